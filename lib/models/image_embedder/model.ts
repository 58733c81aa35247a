import { type ImageEncoder, Linear, Module } from "../../nn/mod.ts";
import { adaptiveAvgPool2d, maxPool2d } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { ShapeError, type Tensor } from "../../tensor/mod.ts";
import { DoubleConv } from "../unet/mod.ts";
import type { ImageEmbedderConfig } from "./config.ts";

/**
 * Gives each image a vector of length 1, so that the angle between two says how alike the images are: what tells faces apart.
 *
 * Levels of two convolutions, halved between two, then the mean over all places, and a matrix.
 *
 * @see Schroff, Kalenichenko and Philbin, 2015, "FaceNet: A Unified Embedding for Face Recognition and Clustering",
 *   https://arxiv.org/abs/1503.03832
 */
export class ImageEmbedder extends Module implements ImageEncoder {
  /** The form. */
  readonly config: ImageEmbedderConfig;
  /** The levels. */
  readonly levels: DoubleConv[];
  /** To the vector. */
  readonly proj: Linear;

  /** Makes a model with random weights. */
  constructor(config: ImageEmbedderConfig = {}) {
    super();
    this.config = config;
    const { inChannels = 1, widths = [16, 32, 64], embedDim = 32 } = config;
    this.levels = widths.map((width, i) => new DoubleConv(widths[i - 1] ?? inChannels, width));
    this.proj = new Linear(widths.at(-1)!, embedDim, { init: "torch" });
  }

  /** Numbers in the vector of an image. */
  get embedDim(): number {
    return this.config.embedDim ?? 32;
  }

  /**
   * Gives images their vectors.
   *
   * @param images `[B, H, W, inChannels]`
   * @returns Vectors of length 1, `[B, embedDim]`.
   * @throws {ShapeError} If the channels do not fit.
   */
  forward(images: Tensor): Tensor {
    const { inChannels = 1 } = this.config;
    if (images.rank !== 4 || images.shape[3] !== inChannels) {
      throw new ShapeError(
        `Cannot apply ImageEmbedder as images must have shape [*, H, W, ${inChannels}]: current shape is [${images.shape}]`,
        [-1, -1, -1, inChannels],
        images.shape,
      );
    }
    let x = images;
    for (const [i, level] of this.levels.entries()) {
      x = level.forward(i > 0 ? maxPool2d(x, 2) : x);
    }
    const pooled = tf.reshape(adaptiveAvgPool2d(x), [x.shape[0]!, x.shape[3]!]);
    const vectors = this.proj.forward(pooled);
    const length = tf.sqrt(tf.add(tf.sum(tf.square(vectors), -1, true), 1e-12));
    return tf.div(vectors, length);
  }
}
