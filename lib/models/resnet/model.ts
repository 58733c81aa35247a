import { BatchNorm2d, Conv2d, type ImageClassifier, Linear, Module } from "../../nn/mod.ts";
import { maxPool2d } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import type { ResNetConfig } from "./config.ts";

const conv = (from: number, to: number, size: number, stride = 1) =>
  new Conv2d(from, to, size, { stride, padding: size >> 1, bias: false, init: "he" });

/** A residual block: what its convolutions make is added to what they were given. */
export class ResNetBlock extends Module {
  /** The first convolution: 3 × 3, in a bottleneck 1 × 1. */
  readonly conv1: Conv2d;
  /** Its norm. */
  readonly bn1: BatchNorm2d;
  /** The second convolution, 3 × 3. */
  readonly conv2: Conv2d;
  /** Its norm. */
  readonly bn2: BatchNorm2d;
  /** The third convolution of a bottleneck, 1 × 1. */
  readonly conv3?: Conv2d;
  /** Its norm. */
  readonly bn3?: BatchNorm2d;
  /** A convolution of 1 × 1 and a norm for what is added, where its size changes. */
  readonly downsample?: [Conv2d, BatchNorm2d];

  /**
   * Makes a block with random filters.
   *
   * @param kind What the block is.
   * @param inChannels Channels of the images.
   * @param outChannels Channels of the result.
   * @param stride Steps of the 3 × 3 filters that make images smaller: the first ones, in a bottleneck the only ones.
   */
  constructor(
    kind: ResNetConfig["block"],
    inChannels: number,
    outChannels: number,
    stride: number,
  ) {
    super();
    if (kind === "basic") {
      this.conv1 = conv(inChannels, outChannels, 3, stride);
      this.bn1 = new BatchNorm2d(outChannels);
      this.conv2 = conv(outChannels, outChannels, 3);
      this.bn2 = new BatchNorm2d(outChannels);
    } else {
      const width = outChannels / 4;
      this.conv1 = conv(inChannels, width, 1);
      this.bn1 = new BatchNorm2d(width);
      this.conv2 = conv(width, width, 3, stride);
      this.bn2 = new BatchNorm2d(width);
      this.conv3 = conv(width, outChannels, 1);
      this.bn3 = new BatchNorm2d(outChannels);
    }
    if (stride !== 1 || inChannels !== outChannels) {
      this.downsample = [conv(inChannels, outChannels, 1, stride), new BatchNorm2d(outChannels)];
    }
  }

  /** Applies the block: `[B, H, W, inChannels]` to `[B, H / stride, W / stride, outChannels]`. */
  forward(x: Tensor): Tensor {
    const { conv1, bn1, conv2, bn2, conv3, bn3, downsample } = this;
    let y = bn2.forward(conv2.forward(tf.relu(bn1.forward(conv1.forward(x)))));
    if (conv3 && bn3) y = bn3.forward(conv3.forward(tf.relu(y)));
    const same = downsample ? downsample[1].forward(downsample[0].forward(x)) : x;
    return tf.relu(tf.add(y, same));
  }
}

/** Blocks of one size of images. */
export class ResNetStage extends Module {
  /** The blocks. */
  readonly blocks: ResNetBlock[];

  /**
   * Makes the blocks.
   *
   * @param kind What a block is.
   * @param depth The number of blocks.
   * @param inChannels Channels of the images.
   * @param outChannels Channels of the result.
   * @param stride Steps of the first block.
   */
  constructor(
    kind: ResNetConfig["block"],
    depth: number,
    inChannels: number,
    outChannels: number,
    stride: number,
  ) {
    super();
    this.blocks = Array.from(
      { length: depth },
      (_, i) => new ResNetBlock(kind, i ? outChannels : inChannels, outChannels, i ? 1 : stride),
    );
  }

  /** Applies the blocks one after another. */
  forward(x: Tensor): Tensor {
    return this.blocks.reduce((y, block) => block.forward(y), x);
  }
}

/**
 * A residual network, in the form of torchvision's and Hugging Face's models: a bottleneck makes images smaller in its 3 × 3.
 *
 * @see He et al., 2015, "Deep Residual Learning for Image Recognition", https://arxiv.org/abs/1512.03385
 */
export class ResNet extends Module implements ImageClassifier {
  /** The form. */
  readonly config: ResNetConfig;
  /** The first convolution. */
  readonly conv1: Conv2d;
  /** Its norm. */
  readonly bn1: BatchNorm2d;
  /** The stages; each but the first halves the images. */
  readonly layers: ResNetStage[];
  /** To the classes. */
  readonly fc: Linear;

  /**
   * Makes a net with random weights.
   *
   * @throws {RangeError} If there are not as many depths as widths, or a bottleneck's width is no multiple of 4.
   */
  constructor(config: ResNetConfig) {
    super();
    this.config = config;
    const { block, depths, hiddenDims, embedDim = 64, inChannels = 3, numLabels } = config;
    if (depths.length !== hiddenDims.length || depths.length === 0) {
      throw new RangeError(
        `Cannot make ResNet as each stage must have a depth and a width: current numbers are ${depths.length} and ${hiddenDims.length}`,
      );
    }
    if (block === "bottleneck" && hiddenDims.some((width) => width % 4 !== 0)) {
      throw new RangeError(
        `Cannot make ResNet as widths of bottlenecks must be multiples of 4: current widths are ${hiddenDims}`,
      );
    }
    const small = config.stem === "small";
    this.conv1 = conv(inChannels, embedDim, small ? 3 : 7, small ? 1 : 2);
    this.bn1 = new BatchNorm2d(embedDim);
    this.layers = depths.map((depth, i) =>
      new ResNetStage(block, depth, hiddenDims[i - 1] ?? embedDim, hiddenDims[i]!, i ? 2 : 1)
    );
    this.fc = new Linear(hiddenDims.at(-1)!, numLabels, { init: "torch" });
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /**
   * What the last stage sees.
   *
   * @param images `[B, H, W, inChannels]`
   * @returns `[B, H', W', hiddenDims.at(-1)]`
   * @throws {ShapeError} If the images have other channels.
   */
  features(images: Tensor): Tensor {
    const { inChannels = 3, stem = "large" } = this.config;
    checkShape("apply ResNet", "images", images, [-1, -1, -1, inChannels]);
    const x = tf.relu(this.bn1.forward(this.conv1.forward(images)));
    const first = stem === "large" ? maxPool2d(x, 3, { stride: 2, padding: 1 }) : x;
    return this.layers.reduce((y, stage) => stage.forward(y), first);
  }

  /**
   * Sorts images.
   *
   * @param images `[B, H, W, inChannels]`
   * @returns Logits, `[B, numLabels]`.
   * @throws {ShapeError} If the images have other channels.
   */
  forward(images: Tensor): Tensor {
    return this.fc.forward(tf.mean(this.features(images), [1, 2]));
  }
}
