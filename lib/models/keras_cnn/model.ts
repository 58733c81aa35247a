import { Conv2d, Dropout, Flatten, type ImageClassifier, Linear, Module } from "../../nn/mod.ts";
import { maxPool2d } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import type { KerasCNNConfig } from "./config.ts";

/**
 * The convolutional network of Keras' example on digits: 34,826 parameters.
 *
 * Two convolutions of 3 × 3, each with a rectifier and a pool, then dropout and one linear layer. Weights are drawn as Keras
 * draws them.
 *
 * @see Chollet, 2015, "Simple MNIST convnet", https://keras.io/examples/vision/mnist_convnet/
 */
export class KerasCNN extends Module implements ImageClassifier {
  /** The form. */
  readonly config: KerasCNNConfig;
  /** The first filters. */
  readonly conv1: Conv2d;
  /** The second filters. */
  readonly conv2: Conv2d;
  /** To the classes. */
  readonly fc: Linear;
  /** Before the last layer. */
  readonly dropout: Dropout;
  readonly #flatten = new Flatten();

  /**
   * Makes a net with random weights.
   *
   * @throws {RangeError} If the images are too small for two convolutions and two pools.
   */
  constructor(config: KerasCNNConfig) {
    super();
    this.config = config;
    const { inChannels = 1, imageSize = 28, widths = [32, 64], dropout = 0.5 } = config;
    const side = Math.floor((Math.floor((imageSize - 2) / 2) - 2) / 2);
    if (!(side >= 1)) {
      throw new RangeError(
        `Cannot make KerasCNN as imageSize must be at least 10: current value is ${imageSize}`,
      );
    }
    this.conv1 = new Conv2d(inChannels, widths[0], 3, { init: "glorot" });
    this.conv2 = new Conv2d(widths[0], widths[1], 3, { init: "glorot" });
    this.dropout = new Dropout(dropout);
    this.fc = new Linear(side * side * widths[1], config.numLabels, { init: "glorot" });
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /**
   * Sorts images.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @returns Logits, `[B, numLabels]`.
   * @throws {ShapeError} If the images have another size.
   */
  forward(images: Tensor): Tensor {
    const { imageSize = 28, inChannels = 1 } = this.config;
    checkShape("apply KerasCNN", "images", images, [-1, imageSize, imageSize, inChannels]);
    let x = maxPool2d(tf.relu(this.conv1.forward(images)), 2);
    x = maxPool2d(tf.relu(this.conv2.forward(x)), 2);
    return this.fc.forward(this.dropout.forward(this.#flatten.forward(x)));
  }
}
