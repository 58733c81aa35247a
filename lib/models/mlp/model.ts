import { Dropout, Flatten, type ImageClassifier, Linear, Module } from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import type { MLPConfig } from "./config.ts";

/**
 * Fully connected layers: a classifier of images, or of anything else that is a row of numbers.
 *
 * With no hidden layer it is logistic regression; with one label its output is the logit of that class.
 */
export class MLPClassifier extends Module implements ImageClassifier {
  /** The sizes. */
  readonly config: MLPConfig;
  /** The layers; the last one gives the logits. */
  readonly layers: Linear[];
  /** After each hidden layer. */
  readonly dropout: Dropout;
  readonly #flatten = new Flatten();

  /** Makes a network with random weights. */
  constructor(config: MLPConfig) {
    super();
    this.config = config;
    const { inFeatures, hiddenDims, numLabels, dropout = 0, init = "torch" } = config;
    const sizes = [inFeatures, ...hiddenDims, numLabels];
    this.layers = sizes.slice(1).map((size, i) => new Linear(sizes[i]!, size, { init }));
    this.dropout = new Dropout(dropout);
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /**
   * Sorts examples.
   *
   * @param examples `[B, ...]`, with `inFeatures` numbers each.
   * @returns Logits, `[B, numLabels]`.
   * @throws {ShapeError} If an example has another number of numbers.
   */
  forward(examples: Tensor): Tensor {
    let x = this.#flatten.forward(examples);
    checkShape("apply MLPClassifier", "examples", x, [-1, this.config.inFeatures]);
    const active = tf[this.config.activation ?? "relu"]<Tensor>;
    for (const layer of this.layers.slice(0, -1)) {
      x = this.dropout.forward(active(layer.forward(x)));
    }
    return this.layers.at(-1)!.forward(x);
  }
}
