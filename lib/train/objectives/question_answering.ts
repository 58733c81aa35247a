import { paddingMask, type QuestionAnswerer, type TokenInputs } from "../../nn/mod.ts";
import { softmaxCrossEntropyRows } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** A batch of questions and texts whose answers are known. */
export interface AnswerBatch extends TokenInputs {
  /** The place of each answer's first token, `[B]`, int32; -100 where the row does not count. */
  starts: Tensor;
  /** The place of each answer's last token, `[B]`, int32; -100 where the row does not count. */
  ends: Tensor;
}

/** How many of the places count. */
const counted = (places: Tensor) => tf.sum(tf.cast(tf.notEqual(places, -100), "float32"));

/**
 * The loss of models that find answers: the mean of the cross entropies of the first and of the last token, in nats.
 *
 * `loss = −mean_b (log p(start_b | ids) + log p(end_b | ids)) / 2`, over the rows that count.
 * Places that are filled up are no choice, so that a row's loss does not depend on the rows beside it.
 *
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805, §4.2
 */
export const questionAnsweringLoss: Objective<QuestionAnswerer, AnswerBatch> = Object.assign(
  (model: QuestionAnswerer, batch: AnswerBatch): Scalar =>
    tf.div(sumOf(model, batch), countOf(batch)) as Scalar,
  {
    sum: sumOf,
    count: countOf,
    tokens: ({ ids }: AnswerBatch): number => ids.size,
  },
);

function sumOf(model: QuestionAnswerer, batch: AnswerBatch): Scalar {
  const { start, end } = model.forward(batch);
  const { mask, starts, ends } = batch;
  const hidden = mask && tf.reshape(paddingMask(mask), mask.shape); // no answer begins or ends where a row is filled up
  const losses = (logits: Tensor, places: Tensor) =>
    softmaxCrossEntropyRows(hidden ? tf.add(logits, hidden) : logits, places);
  const both = tf.add(losses(start, starts), losses(end, ends));
  return tf.mul(tf.sum(both), 0.5) as Scalar;
}

function countOf({ starts, ends }: AnswerBatch): Scalar {
  return tf.tidy(() => tf.mul(tf.add(counted(starts), counted(ends)), 0.5) as Scalar);
}
