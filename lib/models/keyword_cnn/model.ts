import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  type FrameInputs,
  Linear,
  Module,
  type SoundClassifier,
} from "../../nn/mod.ts";
import { maxPool2d } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import type { KeywordCNNConfig } from "./config.ts";

/** A convolution of 3 × 3, a norm of the batch, and a rectifier. */
export class KeywordLayer extends Module {
  /** The filters. */
  readonly conv: Conv2d;
  /** The norm of its channels. */
  readonly norm: BatchNorm2d;

  /** Makes a layer with random filters. */
  constructor(inChannels: number, outChannels: number) {
    super();
    this.conv = new Conv2d(inChannels, outChannels, 3, { padding: 1, bias: false });
    this.norm = new BatchNorm2d(outChannels);
  }

  /** From `[B, T, F, inChannels]` to `[B, T, F, outChannels]`. */
  forward(x: Tensor): Tensor {
    return tf.relu(this.norm.forward(this.conv.forward(x)));
  }
}

/**
 * A convolutional network that sorts short sounds, such as words of command: it looks at a spectrogram as at an image.
 *
 * Each layer is a convolution of 3 × 3, a norm of the batch and a rectifier, with pools of 2 × 2 between the layers; the mean of
 * what the last layer found at all times and in all bands goes to the classes.
 *
 * @example
 * ```ts
 * import { KeywordCNN } from "@tome/tome/models/keyword-cnn";
 * import { randomNormal, useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new KeywordCNN({ numFeatures: 40, numLabels: 10 }).eval();
 * const logits = model.forward({ frames: randomNormal([2, 50, 40]) });
 * console.assert(logits.shape.join() === "2,10");
 * ```
 * @see Sainath and Parada, 2015, "Convolutional Neural Networks for Small-footprint Keyword Spotting",
 *   https://www.isca-archive.org/interspeech_2015/sainath15b_interspeech.html
 */
export class KeywordCNN extends Module implements SoundClassifier {
  /** The form. */
  readonly config: KeywordCNNConfig;
  /** The convolutions, the one that sees the sound first. */
  readonly layers: readonly KeywordLayer[];
  /** Before the last layer. */
  readonly drop: Dropout;
  /** To the classes. */
  readonly classifier: Linear;

  /**
   * Makes a model with random weights.
   *
   * @throws {RangeError} If there are no filters, or fewer features than the pools need.
   */
  constructor(config: KeywordCNNConfig) {
    super();
    const { numFeatures, numLabels, widths = [16, 32, 64], dropout = 0.2 } = config;
    if (widths.length === 0 || !(numFeatures >= 2 ** (widths.length - 1))) {
      throw new RangeError(
        `Cannot make KeywordCNN as there must be layers, and 2^(layers − 1) features or more: ` +
          `current numbers are ${widths.length} and ${numFeatures}`,
      );
    }
    this.config = { ...config };
    this.layers = widths.map((width, i) => new KeywordLayer(widths[i - 1] ?? 1, width));
    this.drop = new Dropout(dropout);
    this.classifier = new Linear(widths.at(-1)!, numLabels, { init: "torch" });
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /**
   * Sorts sounds.
   *
   * @param inputs Frames; a mask is not read, as all sounds of a batch are filled up to the length that the model learnt with.
   * @returns Logits, `[B, numLabels]`.
   * @throws {ShapeError} If a frame has another number of features.
   */
  forward({ frames }: FrameInputs): Tensor {
    checkShape("apply KeywordCNN", "frames", frames, [-1, -1, this.config.numFeatures]);
    let x: Tensor = tf.expandDims(frames, 3); // [B, T, F, 1]
    for (const [i, layer] of this.layers.entries()) {
      x = layer.forward(i > 0 ? maxPool2d(x, 2) : x);
    }
    return this.classifier.forward(this.drop.forward(tf.mean(x, [1, 2])));
  }
}
