import { BatchNorm2d, Conv2d, ConvTranspose2d, Module, type ObjectDetector } from "../../nn/mod.ts";
import { maxPool2d } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { ShapeError, type Tensor } from "../../tensor/mod.ts";
import { DoubleConv } from "../unet/mod.ts";
import type { CenterDetectorConfig } from "./config.ts";

/** Where the logits of centres begin: at a chance of 1 %, as nearly all cells have none (RetinaNet §4.1). */
const RARE = -Math.log(99);

/** Logarithms of distances are held between these, so that no box is smaller than a tenth of a cell or larger than 400. */
const [SHORTEST, LONGEST] = [-2.5, 6];

/**
 * A one-stage detector without anchors: each cell of 4 × 4 pixels says how likely the centre of a thing of each class is in it,
 * and how far the thing's four edges are away.
 *
 * Two convolutions with stride 2 give the finest level; from there the images become smaller and deeper, then larger again, and
 * each level on the way up sees what the one on the way down saw.
 *
 * @see Zhou, Wang and Krähenbühl, 2019, "Objects as Points", https://arxiv.org/abs/1904.07850, for centres
 * @see Tian et al., 2019, "FCOS: Fully Convolutional One-Stage Object Detection", https://arxiv.org/abs/1904.01355, for
 *   distances to edges
 */
export class CenterDetector extends Module implements ObjectDetector {
  /** The form. */
  readonly config: CenterDetectorConfig;
  /** The first halving of the image. */
  readonly stem1: Conv2d;
  /** Its norm. */
  readonly bn1: BatchNorm2d;
  /** The second one. */
  readonly stem2: Conv2d;
  /** Its norm. */
  readonly bn2: BatchNorm2d;
  /** The levels on the way down, the finest first. */
  readonly down: DoubleConv[];
  /** What makes levels twice as large on the way up. */
  readonly grow: ConvTranspose2d[];
  /** The levels on the way up. */
  readonly up: DoubleConv[];
  /** To the logits of centres. */
  readonly centers: Conv2d;
  /** To the logarithms of the distances to the edges. */
  readonly edges: Conv2d;

  /** Makes a detector with random weights. */
  constructor(config: CenterDetectorConfig) {
    super();
    this.config = config;
    const { inChannels = 1, width = 24, depth = 2, numLabels } = config;
    const half = Math.max(1, width >> 1);
    const smaller = { stride: 2, padding: 1, bias: false, init: "he" } as const;
    this.stem1 = new Conv2d(inChannels, half, 3, smaller);
    this.bn1 = new BatchNorm2d(half);
    this.stem2 = new Conv2d(half, width, 3, smaller);
    this.bn2 = new BatchNorm2d(width);
    const widths = Array.from({ length: depth + 1 }, (_, level) => width * 2 ** level);
    this.down = widths.map((out, i) => new DoubleConv(widths[i - 1] ?? width, out));
    const upwards = widths.slice(0, -1).reverse();
    this.grow = upwards.map((out) => new ConvTranspose2d(2 * out, out, 2, { stride: 2 }));
    this.up = upwards.map((out) => new DoubleConv(2 * out, out));
    this.centers = new Conv2d(width, numLabels, 1);
    this.edges = new Conv2d(width, 4, 1);
    tf.tidy(() => this.centers.bias!.assign(tf.fill([numLabels], RARE)));
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /** Pixels of a cell's side. */
  get stride(): number {
    return 4;
  }

  /**
   * Looks for things.
   *
   * @param images `[B, H, W, inChannels]`; height and width are multiples of `4 · 2 ** depth`.
   * @returns Of each cell, `[B, H / 4, W / 4, K + 4]`: the logits of a centre of each class, then the logarithms of the distances
   *   from its middle to the left, upper, right and lower edge, in cells.
   * @throws {ShapeError} If the images cannot be halved that often.
   */
  forward(images: Tensor): Tensor {
    const { inChannels = 1, depth = 2 } = this.config;
    const side = this.stride * 2 ** depth;
    const [, H, W, C] = images.shape;
    if (images.rank !== 4 || C !== inChannels || H! % side !== 0 || W! % side !== 0) {
      throw new ShapeError(
        `Cannot apply CenterDetector as images must have shape [*, H, W, ${inChannels}], H and W multiples of ${side}: current shape is [${images.shape}]`,
        [-1, -1, -1, inChannels],
        images.shape,
      );
    }
    let x = tf.relu(this.bn1.forward(this.stem1.forward(images))) as Tensor; // [B, H / 2, W / 2, width / 2]
    x = tf.relu(this.bn2.forward(this.stem2.forward(x))); // [B, H / 4, W / 4, width]
    const seen: Tensor[] = [];
    for (const [level, block] of this.down.entries()) {
      x = block.forward(level > 0 ? maxPool2d(x, 2) : x);
      seen.push(x);
    }
    for (const [i, block] of this.up.entries()) {
      x = block.forward(tf.concat([seen.at(-2 - i)!, this.grow[i]!.forward(x)], 3));
    }
    const edges = tf.clipByValue(this.edges.forward(x), SHORTEST, LONGEST);
    return tf.concat([this.centers.forward(x), edges], 3); // [B, H / 4, W / 4, K + 4]
  }
}
