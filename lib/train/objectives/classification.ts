import type { SequenceClassifier, TokenClassifier, TokenInputs } from "../../nn/mod.ts";
import {
  type CrossEntropyOptions,
  softmaxCrossEntropy,
  softmaxCrossEntropyRows,
} from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Scalar, type Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** A batch of texts whose classes are known. */
export interface LabelledBatch extends TokenInputs {
  /**
   * What is to be told: the class of each text, `[B]`, or of each token, `[B, T]`, int32, -100 where none counts; a number for
   * each text, `[B]`, float32; or, where several classes may apply, 1 for those that do and 0 for the others, `[B, K]`,
   * float32.
   */
  labels: Tensor;
}

/** How {@link classificationWith} computes the loss of classes. */
export interface ClassificationOptions extends CrossEntropyOptions {
  /** How much a text or token of each class counts, to even out rare classes. @default {all 1} */
  classWeights?: readonly number[];
}

/** A model that sorts: texts, or tokens. */
export type Classifier = SequenceClassifier | TokenClassifier;

/** The losses, as many as there are labels, and how much each counts. */
interface Losses {
  rows: Tensor;
  counts: Tensor | number;
}

/** Cross entropy where classes count differently; a loss is multiplied with what its class counts. */
function weighted(
  logits: Tensor,
  labels: Tensor,
  weights: readonly number[],
  { ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyOptions,
): Losses {
  const classes = logits.shape.at(-1)!;
  if (weights.length !== classes || !weights.every((weight) => weight >= 0 && weight < Infinity)) {
    throw new RangeError(
      `Cannot weight classes as there must be a weight for each of ${classes}, finite and not negative: current weights are [${weights}]`,
    );
  }
  const counted = tf.cast(tf.notEqual(labels, ignoreIndex), "float32");
  const known = tf.cast(tf.mul(labels, counted), "int32"); // class 0 where none counts
  const hot = tf.cast(tf.oneHot(known, classes), "float32");
  const each = tf.tensor1d([...weights]);
  const wanted = tf.mul(tf.add(tf.mul(hot, 1 - labelSmoothing), labelSmoothing / classes), each);
  return {
    rows: tf.neg(tf.mul(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), -1), counted)),
    counts: tf.mul(tf.sum(tf.mul(hot, each), -1), counted),
  };
}

/** Whether labels are numbers to be predicted rather than classes. */
const areNumbers = (labels: Tensor) => labels.dtype === "float32";

/** Losses of labels that are numbers: squared errors, or the cross entropy of each class on its own. */
function lossesOfNumbers(logits: Tensor, labels: Tensor): Losses {
  if (labels.rank === 1) {
    checkShape("predict numbers", "logits", logits, [labels.shape[0]!, 1]);
    return {
      rows: tf.square(tf.sub(tf.reshape(logits, labels.shape), labels)),
      counts: labels.size,
    };
  }
  checkShape("tell classes apart", "labels", labels, logits.shape);
  const rest = tf.log1p(tf.exp(tf.neg(tf.abs(logits))));
  const rows = tf.add(tf.sub(tf.relu(logits), tf.mul(logits, labels)), rest);
  return { rows, counts: labels.size };
}

/**
 * Makes an {@link Objective} of models that sort texts or tokens, with settings.
 *
 * With weights `w` the mean is `Σ_b w_label(b) loss_b / Σ_b w_label(b)`, as in PyTorch.
 *
 * @example
 * ```ts
 * import { classificationWith } from "@tome/tome/train";
 *
 * const loss = classificationWith({ classWeights: [1, 4], labelSmoothing: 0.1 }); // new Trainer(model, { loss, … })
 * console.assert(typeof loss === "function");
 * ```
 * @param options Weights of the classes, and how targets are smoothed.
 */
export function classificationWith(
  options: ClassificationOptions = {},
): Objective<Classifier, LabelledBatch> {
  const { classWeights, ...rest } = options;
  const { ignoreIndex = -100 } = rest;
  const losses = (model: Classifier, batch: LabelledBatch): Losses => {
    const logits = model.forward(batch);
    const { labels } = batch;
    if (areNumbers(labels)) return lossesOfNumbers(logits, labels);
    if (classWeights) return weighted(logits, labels, classWeights, rest);
    return {
      rows: softmaxCrossEntropyRows(logits, labels, rest),
      counts: tf.cast(tf.notEqual(labels, ignoreIndex), "float32"),
    };
  };
  const objective: Objective<Classifier, LabelledBatch> = (model, batch) => {
    if (!areNumbers(batch.labels) && !classWeights) {
      return softmaxCrossEntropy(model.forward(batch), batch.labels, rest);
    }
    const { rows, counts } = losses(model, batch);
    return tf.div(tf.sum(rows), typeof counts === "number" ? counts : tf.sum(counts)) as Scalar;
  };
  objective.sum = (model, batch) => tf.sum(losses(model, batch).rows) as Scalar;
  objective.count = ({ labels }) => {
    if (areNumbers(labels)) return labels.size;
    return tf.tidy(() => {
      const counted = tf.cast(tf.notEqual(labels, ignoreIndex), "float32");
      if (!classWeights) return tf.sum(counted) as Scalar;
      const known = tf.cast(tf.mul(labels, counted), "int32");
      const each = tf.gather(tf.tensor1d([...classWeights]), tf.reshape(known, [known.size]));
      return tf.sum(tf.mul(each, tf.reshape(counted, [counted.size]))) as Scalar;
    });
  };
  objective.tokens = ({ ids }) => ids.size;
  return objective;
}

/**
 * The loss of models that sort texts or tokens: the mean cross entropy of the classes, in nats.
 *
 * `loss = −mean log p(label | ids)`, over the labels that are not -100. With labels of float32 it is the mean squared error
 * of one number a text, or the mean cross entropy of each class on its own.
 */
export const classificationLoss: Objective<Classifier, LabelledBatch> = classificationWith();
