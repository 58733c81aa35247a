import type { FrameBatch } from "../../data/mod.ts";
import type { SoundClassifier, SpeechRecognizer } from "../../nn/mod.ts";
import {
  ctcLoss,
  ctcLossRows,
  softmaxCrossEntropy,
  softmaxCrossEntropyRows,
} from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/**
 * The loss of models that sort sounds: the mean cross entropy of their classes, in nats.
 *
 * `loss = −mean_b log p(y_b | sound_b)`
 */
export const soundClassificationLoss: Objective<SoundClassifier, FrameBatch> = Object.assign(
  (model: SoundClassifier, batch: FrameBatch): Scalar =>
    softmaxCrossEntropy(model.forward(batch), batch.labels),
  {
    sum: (model: SoundClassifier, batch: FrameBatch): Scalar =>
      tf.sum(softmaxCrossEntropyRows(model.forward(batch), batch.labels)) as Scalar,
    count: ({ labels }: FrameBatch): number => labels.shape[0]!,
    tokens: ({ labels }: FrameBatch): number => labels.shape[0]!,
  },
);

/** The losses of sounds in a batch, each by the number of its labels. */
function recognitionRows(model: SpeechRecognizer, batch: FrameBatch) {
  const { logits, steps } = model.forward(batch);
  const rows = ctcLossRows(logits, batch.labels, { steps, zeroInfinity: true });
  const labels = tf.sum(tf.cast(tf.greaterEqual(batch.labels, 0), "float32"), 1);
  return tf.div(rows, tf.maximum(labels, 1));
}

/**
 * The loss of models that write what they hear: connectionist temporal classification, in nats a label, as a mean over sounds.
 * A sound that is too short for its labels does not count.
 */
export const recognitionLoss: Objective<SpeechRecognizer, FrameBatch> = Object.assign(
  (model: SpeechRecognizer, batch: FrameBatch): Scalar => {
    const { logits, steps } = model.forward(batch);
    return ctcLoss(logits, batch.labels, { steps, zeroInfinity: true });
  },
  {
    sum: (model: SpeechRecognizer, batch: FrameBatch): Scalar =>
      tf.sum(recognitionRows(model, batch)) as Scalar,
    count: ({ labels }: FrameBatch): number => labels.shape[0]!,
    tokens: ({ frames }: FrameBatch): number => frames.shape[0]! * frames.shape[1]!,
  },
);
