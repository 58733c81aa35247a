import { buffer, type ImageClassifier, Module, type TokenInputs } from "../../nn/mod.ts";
import type { Tensor, Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { CLIP } from "./model.ts";

/**
 * Sorts images into classes that are named by texts, without an image of any class to learn from.
 *
 * The vector of a class is the mean of its texts' vectors, and an image belongs to the class that it is nearest to.
 *
 * @see Radford et al., 2021, "Learning Transferable Visual Models From Natural Language Supervision",
 *   https://arxiv.org/abs/2103.00020, §3.1
 */
export class ZeroShotClassifier extends Module implements ImageClassifier {
  /** The vectors of the classes, `[K, D]`, of length 1. */
  readonly classes: Variable;
  readonly #model: CLIP;

  /**
   * Reads the texts of the classes.
   *
   * @param model The model, which stays its owner's; in use while the texts are read.
   * @param prompts For each class its texts as tokens, at least one, `[N, T]`, each row with its end token; the tensors are
   *   the caller's.
   */
  constructor(model: CLIP, prompts: readonly TokenInputs[]) {
    super();
    this.#model = model;
    const modules = [...model.namedModules()].filter(([, { training }]) => training);
    model.eval();
    this.classes = buffer(() => {
      const means = prompts.map((inputs) => tf.mean(model.encodeTexts(inputs), 0, true));
      const all = tf.concat(means, 0); // [K, D]
      return tf.div(all, tf.sqrt(tf.sum(tf.square(all), 1, true)));
    });
    for (const [, module] of modules) module.training = true;
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.classes.shape[0]!;
  }

  /**
   * Sorts images.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @returns Logits, `[B, K]`.
   * @throws {ShapeError} If the images have another size.
   */
  forward(images: Tensor): Tensor {
    const vectors = this.#model.encodeImages(images) as tf.Tensor2D;
    const products = tf.matMul(vectors, this.classes as unknown as tf.Tensor2D, false, true);
    return tf.mul(products, this.#model.similarityScale());
  }
}
