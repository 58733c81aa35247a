import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { AttentionSpec } from "./_attention_form.ts";
import { maskedSoftmax } from "./masked_softmax.ts";

/** The heads of queries that share a key head, as rows of one matrix, so that keys are not repeated: `[B, K, H/K T, …]`. */
export function grouped(x: Tensor, keyHeads: number): Tensor {
  const [B, H, T, D] = x.shape as [number, number, number, number];
  return H === keyHeads ? x : tf.reshape(x, [B, keyHeads, H / keyHeads * T, D]);
}

/** The products of each query, or of anything of its shape, with each key: `[B, H, T, S]`. */
export function scoresOf(q: Tensor, k: Tensor): Tensor {
  const [B, H, T] = q.shape as [number, number, number];
  const [, K, S] = k.shape as [number, number, number];
  const scores = tf.matMul(grouped(q, K), k, false, true);
  return H === K ? scores : tf.reshape(scores, [B, H, T, S]);
}

/** The sums of the values by the weights: `[B, H, T, E]`. */
export function gather(weights: Tensor, v: Tensor): Tensor {
  const [B, H, T] = weights.shape as [number, number, number];
  const [, K, , E] = v.shape as [number, number, number, number];
  const y = tf.matMul(grouped(weights, K), v);
  return H === K ? y : tf.reshape(y, [B, H, T, E]);
}

/** For each key, the sum over the queries of its weight times what the query has: `[B, K, S, …]`. */
export function scatter(weights: Tensor, x: Tensor, keyHeads: number): Tensor {
  return tf.matMul(grouped(weights, keyHeads), grouped(x, keyHeads), true, false);
}

/** The weights of attention, before any is dropped: `[B, H, T, S]`. */
export function attentionWeights(
  q: Tensor,
  k: Tensor,
  mask: Tensor | undefined,
  { causal, scale }: AttentionSpec,
): Tensor {
  const scores = scoresOf(q, k);
  if (!mask) return maskedSoftmax(scores, { causal, scale });
  return maskedSoftmax(tf.add(tf.mul(scores, scale), mask), { causal });
}
