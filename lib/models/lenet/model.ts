import { Conv2d, Flatten, type ImageClassifier, Linear, Module } from "../../nn/mod.ts";
import { avgPool2d, maxPool2d } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import type { LeNetConfig } from "./config.ts";

/**
 * LeNet-5: two convolutions and three fully connected layers; 61,706 parameters with 10 classes.
 *
 * Every map of the second convolution sees all maps of the first, and the last layer is a plain linear one, as today's
 * versions have it.
 *
 * @example
 * ```ts
 * import { LeNet } from "@tome/tome/models/lenet";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new LeNet({ numLabels: 10 });
 * console.assert(model.numParameters() === 61_706);
 * ```
 * @see LeCun et al., 1998, "Gradient-Based Learning Applied to Document Recognition",
 *   http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf, §II.B
 */
export class LeNet extends Module implements ImageClassifier {
  /** The form. */
  readonly config: LeNetConfig;
  /** 6 filters of 5 × 5. */
  readonly conv1: Conv2d;
  /** 16 filters of 5 × 5. */
  readonly conv2: Conv2d;
  /** 400 numbers to 120. */
  readonly fc1: Linear;
  /** 120 to 84. */
  readonly fc2: Linear;
  /** 84 to the classes. */
  readonly fc3: Linear;
  readonly #flatten = new Flatten();

  /** Makes a net whose weights are drawn as PyTorch draws them. */
  constructor(config: LeNetConfig) {
    super();
    this.config = config;
    const { inChannels = 1, imageSize = 28, numLabels } = config;
    this.conv1 = new Conv2d(inChannels, 6, 5, { padding: imageSize === 28 ? 2 : 0 });
    this.conv2 = new Conv2d(6, 16, 5);
    this.fc1 = new Linear(400, 120, { init: "torch" });
    this.fc2 = new Linear(120, 84, { init: "torch" });
    this.fc3 = new Linear(84, numLabels, { init: "torch" });
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
    const { imageSize = 28, inChannels = 1, activation = "tanh", pooling = "average" } =
      this.config;
    checkShape("apply LeNet", "images", images, [-1, imageSize, imageSize, inChannels]);
    const active = activation === "tanh" ? tf.tanh<Tensor> : tf.relu<Tensor>;
    const pool = pooling === "average" ? avgPool2d : maxPool2d;
    let x = pool(active(this.conv1.forward(images)), 2); // [B, 14, 14, 6]
    x = pool(active(this.conv2.forward(x)), 2); // [B, 5, 5, 16]
    x = active(this.fc1.forward(this.#flatten.forward(x)));
    return this.fc3.forward(active(this.fc2.forward(x)));
  }
}
