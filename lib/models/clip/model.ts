import { type ImageTextModel, Linear, Module, parameter, type TokenInputs } from "../../nn/mod.ts";
import type { Tensor, Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { CLIPConfig } from "./config.ts";
import { CLIPText, CLIPVision } from "./layers.ts";

/** Vectors of length 1 in the directions of `x`, `[B, D]`. */
function directions(x: Tensor): Tensor {
  return tf.div(x, tf.sqrt(tf.sum(tf.square(x), -1, true)));
}

/** The largest logarithm of the scale: products are multiplied by 100 at most. */
const MAX_LOGIT_SCALE = Math.log(100);

/**
 * Two Transformers that give images and texts vectors of one space, so that an image is nearest to the text that tells of it.
 *
 * `contrastiveLoss` of `@tome/tome/train` teaches it, and {@link ZeroShotClassifier} sorts images by texts that name the
 * classes.
 *
 * @example
 * ```ts
 * import { CLIP, CLIP_PRESETS } from "@tome/tome/models/clip";
 * import { randomUniform, useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new CLIP(CLIP_PRESETS.scenes);
 * console.assert(model.encodeImages(randomUniform([2, 28, 28, 3])).shape.join() === "2,32");
 * ```
 * @see Radford et al., 2021, "Learning Transferable Visual Models From Natural Language Supervision",
 *   https://arxiv.org/abs/2103.00020
 */
export class CLIP extends Module implements ImageTextModel {
  /** The sizes of this model. */
  readonly config: Readonly<CLIPConfig>;
  /** Reads images. */
  readonly vision: CLIPVision;
  /** Reads texts. */
  readonly text: CLIPText;
  /** From an image's vector to the common space. */
  readonly imageProjection: Linear;
  /** From a text's vector to the common space. */
  readonly textProjection: Linear;
  /** The logarithm of what products are multiplied by, a scalar. */
  readonly logitScale: Variable;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes; {@link CLIP_PRESETS} has some.
   * @throws {RangeError} If patches do not fill the image, or heads a width.
   */
  constructor(config: CLIPConfig) {
    super();
    this.config = { ...config };
    const { vision, text, projectionDim, logitScale = Math.log(1 / 0.07) } = config;
    const projection = (width: number) =>
      new Linear(width, projectionDim, { bias: false, std: width ** -0.5 });
    this.vision = new CLIPVision(vision);
    this.text = new CLIPText(text);
    this.imageProjection = projection(vision.embedDim);
    this.textProjection = projection(text.embedDim);
    this.logitScale = parameter(() => tf.scalar(logitScale));
  }

  /**
   * The vectors of images.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @returns `[B, projectionDim]`, of length 1.
   * @throws {ShapeError} If the images have another size.
   */
  encodeImages(images: Tensor): Tensor {
    return directions(this.imageProjection.forward(this.vision.forward(images)));
  }

  /**
   * The vectors of texts.
   *
   * @param inputs Token ids, `[B, T]`, int32, each row with its end token; what fills rows up behind it is not seen.
   * @returns `[B, projectionDim]`, of length 1.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  encodeTexts({ ids }: TokenInputs): Tensor {
    return directions(this.textProjection.forward(this.text.forward(ids)));
  }

  /** What products are multiplied by: `exp(logitScale)`, at most 100. */
  similarityScale(): Tensor {
    return tf.exp(tf.minimum(this.logitScale, MAX_LOGIT_SCALE));
  }

  /**
   * Compares images with texts.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @param texts Token ids, `[N, T]`, int32.
   * @returns The scaled products of their vectors, `[B, N]`.
   */
  forward(images: Tensor, texts: TokenInputs): Tensor {
    const products = tf.matMul(
      this.encodeImages(images) as tf.Tensor2D,
      this.encodeTexts(texts) as tf.Tensor2D,
      false,
      true,
    );
    return tf.mul(products, this.similarityScale());
  }
}
