import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  type ImageClassifier,
  Linear,
  Module,
} from "../../nn/mod.ts";
import { maxPool2d } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import type { InceptionConfig, InceptionWidths } from "./config.ts";

/** A convolution with batch normalisation and a rectifier, which keeps the size of images. */
export class ConvUnit extends Module {
  /** The filters. */
  readonly conv: Conv2d;
  /** The norm. */
  readonly bn: BatchNorm2d;

  /**
   * Makes a unit with random filters.
   *
   * @param inChannels Channels of the images.
   * @param outChannels Filters.
   * @param size Height and width of the filters, odd.
   */
  constructor(inChannels: number, outChannels: number, size: number) {
    super();
    this.conv = new Conv2d(inChannels, outChannels, size, {
      padding: size >> 1,
      bias: false,
      init: "he",
    });
    this.bn = new BatchNorm2d(outChannels, { eps: 1e-3 });
  }

  /** Applies filters, norm and rectifier: `[B, H, W, inChannels]` to `[B, H, W, outChannels]`. */
  forward(x: Tensor): Tensor {
    return tf.relu(this.bn.forward(this.conv.forward(x)));
  }
}

/**
 * An Inception block: filters of 1 × 1, 3 × 3 and 5 × 5 and a pool see the same images side by side, and their channels are
 * joined. Filters of 1 × 1 before the large ones keep these cheap.
 *
 * @see Szegedy et al., 2014, "Going Deeper with Convolutions", https://arxiv.org/abs/1409.4842, figure 2 (b)
 */
export class InceptionBlock extends Module {
  /** 1 × 1. */
  readonly branch1: ConvUnit;
  /** 1 × 1, then 3 × 3. */
  readonly branch2: [ConvUnit, ConvUnit];
  /** 1 × 1, then 5 × 5. */
  readonly branch3: [ConvUnit, ConvUnit];
  /** 1 × 1 after a pool of 3 × 3. */
  readonly branch4: ConvUnit;
  /** Channels of the result. */
  readonly outChannels: number;

  /**
   * Makes the branches with random filters.
   *
   * @param inChannels Channels of the images.
   * @param widths Filters of each branch.
   */
  constructor(inChannels: number, { one, three, five, pool }: InceptionWidths) {
    super();
    this.branch1 = new ConvUnit(inChannels, one, 1);
    this.branch2 = [new ConvUnit(inChannels, three[0], 1), new ConvUnit(three[0], three[1], 3)];
    this.branch3 = [new ConvUnit(inChannels, five[0], 1), new ConvUnit(five[0], five[1], 5)];
    this.branch4 = new ConvUnit(inChannels, pool, 1);
    this.outChannels = one + three[1] + five[1] + pool;
  }

  /** Joins what the branches see: `[B, H, W, inChannels]` to `[B, H, W, outChannels]`. */
  forward(x: Tensor): Tensor {
    const { branch1, branch2, branch3, branch4 } = this;
    const pooled = maxPool2d(x, 3, { stride: 1, padding: 1 });
    return tf.concat([
      branch1.forward(x),
      branch2[1].forward(branch2[0].forward(x)),
      branch3[1].forward(branch3[0].forward(x)),
      branch4.forward(pooled),
    ], 3);
  }
}

const SMALL: readonly InceptionWidths[] = [
  { one: 8, three: [8, 16], five: [4, 8], pool: 8 },
  { one: 16, three: [16, 32], five: [8, 16], pool: 16 },
];

/** A small network of Inception blocks. */
export class InceptionNet extends Module implements ImageClassifier {
  /** The form. */
  readonly config: InceptionConfig;
  /** The first filters. */
  readonly stem: ConvUnit;
  /** The blocks. */
  readonly blocks: InceptionBlock[];
  /** Before the last layer. */
  readonly dropout: Dropout;
  /** To the classes. */
  readonly fc: Linear;

  /** Makes a net with random weights. */
  constructor(config: InceptionConfig) {
    super();
    this.config = config;
    const { inChannels = 1, stemWidth = 16, blocks = SMALL, dropout = 0.2 } = config;
    this.stem = new ConvUnit(inChannels, stemWidth, 3);
    let channels = stemWidth;
    this.blocks = blocks.map((widths) => {
      const block = new InceptionBlock(channels, widths);
      channels = block.outChannels;
      return block;
    });
    this.dropout = new Dropout(dropout);
    this.fc = new Linear(channels, config.numLabels, { init: "torch" });
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /**
   * Sorts images.
   *
   * @param images `[B, H, W, inChannels]`
   * @returns Logits, `[B, numLabels]`.
   * @throws {ShapeError} If the images have other channels.
   */
  forward(images: Tensor): Tensor {
    checkShape("apply InceptionNet", "images", images, [-1, -1, -1, this.config.inChannels ?? 1]);
    let x = maxPool2d(this.stem.forward(images), 2);
    for (const [i, block] of this.blocks.entries()) {
      x = block.forward(i > 0 ? maxPool2d(x, 2) : x);
    }
    return this.fc.forward(this.dropout.forward(tf.mean(x, [1, 2])));
  }
}
