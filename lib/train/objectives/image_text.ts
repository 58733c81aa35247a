import type { TokenBatch } from "../../data/mod.ts";
import type {
  ImageCaptionLM,
  ImageTextModel,
  QuantizingEncoder,
  TextToImageLM,
} from "../../nn/mod.ts";
import {
  linearCrossEntropy,
  linearCrossEntropyRows,
  softmaxCrossEntropy,
  stopGradient,
} from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import { nextTokenRows, type Objective } from "../objectives.ts";
import type { PictureBatch } from "./generation.ts";

/** Images, and a text that tells of each. */
export interface ImageTextBatch {
  /** `[B, H, W, C]`, float32. */
  images: Tensor;
  /** Token ids of the texts, `[B, T]`, int32, each row with its end token. */
  ids: Tensor;
}

/**
 * The loss of {@link ImageTextModel}s: which of the batch's texts tells of each image, and which image does each text tell of?
 * The mean of both cross entropies, in nats.
 *
 * `loss = −½ mean_i (log softmax(s u_i · V)_i + log softmax(s v_i · U)_i)`, of the vectors `u` of images and `v` of texts and the
 * learnt scale `s`. A text that a batch holds twice is no mistake, and is left out of the other's sums.
 *
 * @see Oord et al., 2018, "Representation Learning with Contrastive Predictive Coding", https://arxiv.org/abs/1807.03748, equation 4
 * @see Radford et al., 2021, https://arxiv.org/abs/2103.00020, figure 3
 */
export const contrastiveLoss: Objective<ImageTextModel, ImageTextBatch> = (() => {
  const objective: Objective<ImageTextModel, ImageTextBatch> = (model, { images, ids }) => {
    const B = images.shape[0]!;
    const [u, v] = [model.encodeImages(images), model.encodeTexts({ ids })]; // [B, D]
    const products = tf.matMul(u as tf.Tensor2D, v as tf.Tensor2D, false, true); // [B, B]
    const differ = tf.notEqual(tf.expandDims(ids, 0), tf.expandDims(ids, 1)); // [B, B, T]
    const same = tf.equal(tf.sum(tf.cast(differ, "int32"), 2), tf.scalar(0, "int32"));
    const twice = tf.mul(tf.sub(tf.cast(same, "float32"), tf.eye(B)), -1e9);
    const logits = tf.add(tf.mul(products, model.similarityScale()), twice);
    const own = tf.range(0, B, 1, "int32");
    const losses = [logits, tf.transpose(logits)].map((x) => softmaxCrossEntropy(x, own));
    return tf.div(tf.add(losses[0]!, losses[1]!), 2) as Scalar;
  };
  objective.count = ({ images }) => images.shape[0]!;
  objective.sum = (model, batch) =>
    tf.mul(objective(model, batch), batch.images.shape[0]!) as Scalar;
  objective.tokens = ({ images }) => images.shape[0]!;
  return objective;
})();

/** Images, and their captions for training. */
export interface CaptionBatch {
  /** `[B, H, W, C]`, float32. */
  images: Tensor;
  /** The captions, shifted right: they start with `startId`, `[B, T]`, int32. */
  decoderIds: Tensor;
  /** The captions, -100 where a row is filled up, `[B, T]`, int32. */
  labels: Tensor;
}

/** The loss of models that write captions: the mean cross entropy of each token given the image and those before, in nats. */
export const captionLoss: Objective<ImageCaptionLM, CaptionBatch> = (() => {
  const given = (model: ImageCaptionLM, { images, decoderIds, labels }: CaptionBatch) => {
    if (!model.outputWeight) {
      throw new TypeError(
        "Cannot take the loss of captions as the model must have its output's matrix: current one is quantized",
      );
    }
    const states = model.decodeStates(decoderIds, model.encode(images));
    return [states, model.outputWeight, labels] as const;
  };
  const objective: Objective<ImageCaptionLM, CaptionBatch> = (model, batch) =>
    linearCrossEntropy(...given(model, batch));
  objective.sum = (model, batch) =>
    tf.sum(linearCrossEntropyRows(...given(model, batch))) as Scalar;
  objective.count = ({ labels }) =>
    tf.tidy(() => tf.sum(tf.cast(tf.notEqual(labels, -100), "float32")) as Scalar);
  objective.tokens = ({ decoderIds }) => decoderIds.size;
  return objective;
})();

/** How {@link codebookWith} weighs. */
export interface CodebookOptions {
  /** β, how much the encoder is held to the codebook. @default {0.25} */
  beta?: number;
  /** The variance of the pixels: an error as large as that counts as 1, however dark the images are. @default {1} */
  variance?: number;
}

/**
 * Makes the loss of models that make images again through a codebook: the mean squared error of their pixels, the codebook's
 * distance to what the encoder gives, and the encoder's to the codebook.
 *
 * `mean (x − x̂)² / variance + mean (sg[z] − e)² + β mean (z − sg[e])²`, where `sg` lets no gradient through.
 *
 * @param options The weights of the parts.
 * @see Oord et al., 2017, "Neural Discrete Representation Learning", https://arxiv.org/abs/1711.00937, equation 3
 */
export function codebookWith(
  { beta = 0.25, variance = 1 }: CodebookOptions = {},
): Objective<QuantizingEncoder, PictureBatch> {
  const distance = (a: Tensor, b: Tensor) => tf.mean(tf.square(tf.sub(a, b)));
  const objective: Objective<QuantizingEncoder, PictureBatch> = (model, { images }) => {
    const { images: again, vectors, nearest } = model.quantize(images);
    const pixels = tf.div(distance(images, again), variance);
    const codebook = distance(stopGradient(vectors), nearest);
    const commitment = distance(vectors, stopGradient(nearest));
    return tf.add(tf.add(pixels, codebook), tf.mul(commitment, beta)) as Scalar;
  };
  objective.tokens = ({ images }) => images.shape[0]!;
  return objective;
}

/** The loss of models that make images again through a codebook; what {@link codebookWith} makes by itself. */
export const codebookLoss: Objective<QuantizingEncoder, PictureBatch> = codebookWith();

/**
 * Makes the loss of {@link TextToImageLM}s: the mean cross entropy of the text's tokens and that of the image's codes, in nats,
 * weighted.
 *
 * @param textWeight The weight of the text; that of the image is 1 less it. @default {1/8}
 * @see Ramesh et al., 2021, "Zero-Shot Text-to-Image Generation", https://arxiv.org/abs/2102.12092, §2.2
 */
export function textToImageWith(textWeight = 1 / 8): Objective<TextToImageLM, TokenBatch> {
  const objective: Objective<TextToImageLM, TokenBatch> = (model, batch) => {
    const rows = nextTokenRows(model, batch); // [B, T]
    const [B, T] = rows.shape as [number, number];
    const text = T - model.imageLength; // the last of the text foretells the first code
    const mean = (start: number, length: number) =>
      tf.mean(tf.slice(rows, [0, start], [B, length]));
    const image = mean(text, model.imageLength);
    return tf.add(tf.mul(mean(0, text), textWeight), tf.mul(image, 1 - textWeight)) as Scalar;
  };
  objective.tokens = ({ inputs }) => inputs.size;
  return objective;
}

/** The loss of models that write images from texts; what {@link textToImageWith} makes of a weight of 1/8. */
export const textToImageLoss: Objective<TextToImageLM, TokenBatch> = textToImageWith();
