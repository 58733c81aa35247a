import type { ImageBatch } from "../../data/mod.ts";
import type { ImageClassifier, ImageSegmenter } from "../../nn/mod.ts";
import {
  type CrossEntropyOptions,
  softmaxCrossEntropy,
  softmaxCrossEntropyRows,
} from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** The cross entropy of each image whose labels are shares of classes. */
function softRows(logits: Tensor, shares: Tensor, smoothing: number): Tensor {
  const classes = logits.shape.at(-1)!;
  const wanted = tf.add(tf.mul(shares, 1 - smoothing), smoothing / classes);
  return tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), -1));
}

/**
 * Makes an {@link Objective} of models that sort images, with settings.
 *
 * `loss = −mean_b Σ_k y_bk log p(k | image_b)`, in nats, where `y` is 1 for the class of the image, or, of mixed images, the
 * share of each class.
 *
 * @param options How targets are smoothed.
 */
export function imageClassificationWith(
  options: CrossEntropyOptions = {},
): Objective<ImageClassifier, ImageBatch> {
  const rows = (model: ImageClassifier, { images, labels }: ImageBatch) => {
    const logits = model.forward(images);
    return labels.dtype === "float32"
      ? softRows(logits, labels, options.labelSmoothing ?? 0)
      : softmaxCrossEntropyRows(logits, labels, options);
  };
  const objective: Objective<ImageClassifier, ImageBatch> = (model, batch) =>
    batch.labels.dtype === "float32"
      ? tf.mean(rows(model, batch)) as Scalar
      : softmaxCrossEntropy(model.forward(batch.images), batch.labels, options);
  objective.sum = (model, batch) => tf.sum(rows(model, batch)) as Scalar;
  objective.count = ({ images }) => images.shape[0]!;
  objective.tokens = ({ images }) => images.shape[0]!;
  return objective;
}

/** The loss of models that sort images: the mean cross entropy of their classes, in nats. */
export const imageClassificationLoss: Objective<ImageClassifier, ImageBatch> =
  imageClassificationWith();

/** Images, and the class of each of their pixels. */
export interface SegmentationBatch {
  /** `[B, H, W, C]`, float32. */
  images: Tensor;
  /** The class of each pixel, `[B, H, W]`, int32, -100 where none counts. */
  labels: Tensor;
}

/** The loss of models that sort pixels: the mean cross entropy of the pixels that count, in nats. */
export const segmentationLoss: Objective<ImageSegmenter, SegmentationBatch> = Object.assign(
  (model: ImageSegmenter, { images, labels }: SegmentationBatch): Scalar =>
    softmaxCrossEntropy(model.forward(images), labels),
  {
    sum: (model: ImageSegmenter, { images, labels }: SegmentationBatch): Scalar =>
      tf.sum(softmaxCrossEntropyRows(model.forward(images), labels)) as Scalar,
    count: ({ labels }: SegmentationBatch): Scalar =>
      tf.tidy(() => tf.sum(tf.cast(tf.notEqual(labels, -100), "float32")) as Scalar),
    tokens: ({ images }: SegmentationBatch): number => images.shape[0]!,
  },
);
