import type { MaskedLM, PretrainingLM, TokenInputs } from "../../nn/mod.ts";
import {
  linear,
  linearCrossEntropy,
  type LinearCrossEntropyOptions,
  linearCrossEntropyRows,
  softmaxCrossEntropy,
  softmaxCrossEntropyRows,
} from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** A batch of texts of which some tokens were hidden. */
export interface MaskedBatch extends TokenInputs {
  /** The tokens that were hidden, at their places; -100 elsewhere, `[B, T]`, int32. */
  labels: Tensor;
}

/** A batch of pairs of texts of which some tokens were hidden. */
export interface PretrainingBatch extends MaskedBatch {
  /** 0 where the second text of a pair follows the first, 1 where it is another, `[B]`, int32. */
  nextLabels: Tensor;
}

/** The logits, or what they are made of where they would be too many at once. */
type Prediction = { logits: Tensor } | { states: Tensor; weight: Tensor };

/** What a head predicts from the states before its matrix. */
function predict(
  states: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  maxLogits: number,
): Prediction {
  const [B, T] = states.shape as [number, number];
  const vocabulary = weight.shape[0]!;
  if (B * T * vocabulary <= maxLogits) return { logits: linear(states, weight, bias) };
  if (!bias) return { states, weight };
  return { // what is added is the weight of a state that is always 1
    states: tf.concat([states, tf.ones([B, T, 1])], 2),
    weight: tf.concat([weight, tf.reshape(bias, [vocabulary, 1])], 1),
  };
}

function meanOf(made: Prediction, labels: Tensor, options: LinearCrossEntropyOptions): Scalar {
  return "logits" in made
    ? softmaxCrossEntropy(made.logits, labels, options)
    : linearCrossEntropy(made.states, made.weight, labels, options);
}

/**
 * Makes an {@link Objective} of models of hidden tokens, with settings.
 *
 * @param options How targets are smoothed, and how many logits exist at once.
 */
export function maskedLMWith(
  options: LinearCrossEntropyOptions = {},
): Objective<MaskedLM, MaskedBatch> {
  const { ignoreIndex = -100, maxLogits = 2 ** 24 } = options;
  const run = (model: MaskedLM, batch: MaskedBatch): Prediction =>
    model.hiddenStates && model.outputWeight
      ? predict(model.hiddenStates(batch), model.outputWeight, model.outputBias, maxLogits)
      : { logits: model.forward(batch) };
  const objective: Objective<MaskedLM, MaskedBatch> = (model, batch) =>
    meanOf(run(model, batch), batch.labels, options);
  objective.sum = (model, batch) => {
    const made = run(model, batch);
    const rows = "logits" in made
      ? softmaxCrossEntropyRows(made.logits, batch.labels, options)
      : linearCrossEntropyRows(made.states, made.weight, batch.labels, options);
    return tf.sum(rows) as Scalar;
  };
  objective.count = ({ labels }) =>
    tf.tidy(() => tf.sum(tf.cast(tf.notEqual(labels, ignoreIndex), "float32")) as Scalar);
  objective.tokens = ({ ids }) => ids.size;
  return objective;
}

/**
 * The loss of models of hidden tokens: the mean cross entropy of each, given the tokens around it, in nats.
 *
 * `loss = −mean_t log p(label_t | ids)`, over the labels that are not -100.
 *
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805, §3.1
 */
export const maskedLMLoss: Objective<MaskedLM, MaskedBatch> = maskedLMWith();

/**
 * The loss that BERT is pre-trained with: that of the hidden tokens, and that of telling whether the second text of a pair
 * follows the first.
 *
 * `loss = −mean_t log p(label_t | ids) − mean_b log p(nextLabel_b | ids)`
 *
 * Over several batches each counts by the number of its pairs.
 *
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805, §3.1
 */
export const pretrainingLoss: Objective<PretrainingLM, PretrainingBatch> = Object.assign(
  (model: PretrainingLM, batch: PretrainingBatch): Scalar => {
    const { hidden, next } = model.pretrain(batch);
    const made = predict(hidden, model.outputWeight, model.outputBias, 2 ** 24);
    const tokens = meanOf(made, batch.labels, {});
    return tf.add(tokens, softmaxCrossEntropy(next, batch.nextLabels)) as Scalar;
  },
  {
    sum: (model: PretrainingLM, batch: PretrainingBatch): Scalar =>
      tf.mul(pretrainingLoss(model, batch), batch.ids.shape[0]!) as Scalar,
    count: ({ ids }: PretrainingBatch): number => ids.shape[0]!,
    tokens: ({ ids }: PretrainingBatch): number => ids.size,
  },
);

/**
 * The share of pairs of which the model tells rightly whether the second text follows the first: what to measure beside
 * {@link pretrainingLoss}, in which it is a small part of the sum.
 *
 * @param model The model.
 * @param batch Pairs of texts.
 * @returns A number from 0 to 1, float32; guessing has 0.5 where half of the pairs follow.
 */
export function nextSentenceAccuracy(model: PretrainingLM, batch: PretrainingBatch): Scalar {
  const told = tf.argMax(model.pretrain(batch).next, 1);
  return tf.mean(tf.cast(tf.equal(told, batch.nextLabels), "float32")) as Scalar;
}
