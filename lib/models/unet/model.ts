import { BatchNorm2d, Conv2d, ConvTranspose2d, type ImageSegmenter, Module } from "../../nn/mod.ts";
import { maxPool2d } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { ShapeError, type Tensor } from "../../tensor/mod.ts";
import type { UNetConfig } from "./config.ts";

/** Two convolutions of 3 × 3 that keep the size, each with batch normalisation and a rectifier. */
export class DoubleConv extends Module {
  /** The first filters. */
  readonly conv1: Conv2d;
  /** The first norm. */
  readonly bn1: BatchNorm2d;
  /** The second filters. */
  readonly conv2: Conv2d;
  /** The second norm. */
  readonly bn2: BatchNorm2d;

  /**
   * Makes both with random filters.
   *
   * @param inChannels Channels of the images.
   * @param outChannels Filters of each convolution.
   */
  constructor(inChannels: number, outChannels: number) {
    super();
    const options = { padding: 1, bias: false, init: "he" } as const;
    this.conv1 = new Conv2d(inChannels, outChannels, 3, options);
    this.bn1 = new BatchNorm2d(outChannels);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, options);
    this.bn2 = new BatchNorm2d(outChannels);
  }

  /** Applies both: `[B, H, W, inChannels]` to `[B, H, W, outChannels]`. */
  forward(x: Tensor): Tensor {
    const y = tf.relu(this.bn1.forward(this.conv1.forward(x)));
    return tf.relu(this.bn2.forward(this.conv2.forward(y)));
  }
}

/**
 * U-Net: images become smaller and deeper, then larger again, and each level on the way up sees what the level on the way down
 * saw, so that edges stay sharp.
 *
 * Convolutions keep the size and are normalised by batch, as most versions of today do; the paper's do neither.
 *
 * @see Ronneberger, Fischer and Brox, 2015, "U-Net", https://arxiv.org/abs/1505.04597
 */
export class UNet extends Module implements ImageSegmenter {
  /** The form. */
  readonly config: UNetConfig;
  /** The levels on the way down; the last one is the bottom. */
  readonly down: DoubleConv[];
  /** What makes images twice as large on the way up. */
  readonly grow: ConvTranspose2d[];
  /** The levels on the way up. */
  readonly up: DoubleConv[];
  /** To the classes. */
  readonly head: Conv2d;

  /** Makes a net with random weights. */
  constructor(config: UNetConfig) {
    super();
    this.config = config;
    const { inChannels = 1, width = 64, depth = 4, numLabels } = config;
    const widths = Array.from({ length: depth + 1 }, (_, level) => width * 2 ** level);
    this.down = widths.map((out, i) => new DoubleConv(widths[i - 1] ?? inChannels, out));
    const upwards = widths.slice(0, -1).reverse();
    this.grow = upwards.map((out) => new ConvTranspose2d(2 * out, out, 2, { stride: 2 }));
    this.up = upwards.map((out) => new DoubleConv(2 * out, out));
    this.head = new Conv2d(width, numLabels, 1);
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /**
   * Sorts pixels.
   *
   * @param images `[B, H, W, inChannels]`; height and width are multiples of `2 ** depth`.
   * @returns Logits of each pixel, `[B, H, W, numLabels]`.
   * @throws {ShapeError} If the images cannot be halved that often.
   */
  forward(images: Tensor): Tensor {
    const { inChannels = 1, depth = 4 } = this.config;
    const [, H, W, C] = images.shape;
    if (images.rank !== 4 || C !== inChannels || H! % 2 ** depth !== 0 || W! % 2 ** depth !== 0) {
      throw new ShapeError(
        `Cannot apply UNet as images must have shape [*, H, W, ${inChannels}], H and W multiples of ${
          2 ** depth
        }: current shape is [${images.shape}]`,
        [-1, -1, -1, inChannels],
        images.shape,
      );
    }
    const seen: Tensor[] = [];
    let x = images;
    for (const [level, block] of this.down.entries()) {
      x = block.forward(level > 0 ? maxPool2d(x, 2) : x);
      seen.push(x);
    }
    for (const [i, block] of this.up.entries()) {
      const beside = seen.at(-2 - i)!;
      x = block.forward(tf.concat([beside, this.grow[i]!.forward(x)], 3));
    }
    return this.head.forward(x);
  }
}
