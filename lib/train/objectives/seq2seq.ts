import type { Seq2SeqBatch, Seq2SeqLM } from "../../nn/mod.ts";
import {
  linearCrossEntropy,
  type LinearCrossEntropyOptions,
  linearCrossEntropyRows,
  softmaxCrossEntropy,
  softmaxCrossEntropyRows,
} from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** The targets of a batch. @throws {TypeError} If it has none. */
export function labelsOf({ labels }: Pick<Seq2SeqBatch, "labels">): Tensor {
  if (labels) return labels;
  throw new TypeError(
    "Cannot take the loss of a batch as it must have labels: current labels are undefined",
  );
}

/**
 * Makes an {@link Objective} of models that read one sequence and write another, with settings.
 *
 * @example
 * ```ts
 * import { seq2seqWith } from "@tome/tome/train";
 *
 * const loss = seq2seqWith({ labelSmoothing: 0.1 }); // new Trainer(model, { loss, … })
 * console.assert(typeof loss === "function");
 * ```
 * @param options Which targets do not count, and how the others are smoothed.
 */
export function seq2seqWith(
  options: LinearCrossEntropyOptions = {},
): Objective<Seq2SeqLM, Seq2SeqBatch> {
  const { ignoreIndex = -100 } = options;
  const decode = (model: Seq2SeqLM, batch: Seq2SeqBatch) => {
    const { mask } = batch;
    const given = [batch.decoderIds, model.encode(batch), mask ? { mask } : {}] as const;
    return model.decodeStates && model.outputWeight
      ? { states: model.decodeStates(...given), weight: model.outputWeight }
      : { logits: model.decode(...given) };
  };
  const objective: Objective<Seq2SeqLM, Seq2SeqBatch> = (model, batch) => {
    const { states, weight, logits } = decode(model, batch);
    return logits
      ? softmaxCrossEntropy(logits, labelsOf(batch), options)
      : linearCrossEntropy(states, weight, labelsOf(batch), options);
  };
  objective.sum = (model, batch) => {
    const { states, weight, logits } = decode(model, batch);
    const rows = logits
      ? softmaxCrossEntropyRows(logits, labelsOf(batch), options)
      : linearCrossEntropyRows(states, weight, labelsOf(batch), options);
    return tf.sum(rows) as Scalar;
  };
  objective.count = (batch) =>
    tf.tidy(() => tf.sum(tf.cast(tf.notEqual(labelsOf(batch), ignoreIndex), "float32")) as Scalar);
  objective.tokens = ({ ids, decoderIds }) => ids.size + decoderIds.size;
  return objective;
}

/**
 * The loss of models that read one sequence and write another: the mean cross entropy of each token of the target given
 * those before it and the source, in nats.
 *
 * `loss = −mean_t log p(label_t | source, targets_<t)`, over the labels that are not -100.
 */
export const seq2seqLoss: Objective<Seq2SeqLM, Seq2SeqBatch> = seq2seqWith();
