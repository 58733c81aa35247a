import * as tf from "../tensor/_tf.ts";
import { refuseRecording, ShapeError, type Tensor } from "../tensor/mod.ts";
import type { AttentionSpec } from "./_attention_form.ts";
import { attentionWeights, gather } from "./attention_weights.ts";
import { blockAttention, paysInBlocks } from "./block_attention.ts";
import { chooseDrops, drop } from "./dropout.ts";
import { fitsFlash, flashAttention } from "./flash_attention.ts";

/** How {@link attention} is computed. */
export interface AttentionOptions {
  /** Whether query `t` of `T` sees only the keys `s ≤ t + S − T`. @default {false} */
  causal?: boolean;
  /** What the scores are multiplied by. @default {1 / sqrt(D)} */
  scale?: number;
  /** Added to the scaled scores, broadcast to `[B, H, T, S]`; −1e9 or −∞ hides a key. */
  mask?: Tensor;
  /** The share of the weights that is dropped; only in training. @default {0} */
  dropout?: number;
  /** Called with the weights `[B, H, T, S]`, before any is dropped; they are freed with the scope, unless kept. @default {none} */
  onWeights?: (weights: Tensor) => void;
}

/**
 * Scaled dot-product attention.
 *
 * `softmax(Q Kᵀ · scale + mask) V`; a query that sees nothing gives zeros.
 *
 * Unless `onWeights` asks for them, the weights `[B, H, T, S]` of a long context are never stored as a whole, and what
 * is kept for the gradient grows with `T + S`; but the gradient of a mask, where it is asked for, takes all of them.
 *
 * @param q Queries, `[B, H, T, D]`, float32.
 * @param k Keys, `[B, K, S, D]`; `H` is a multiple of `K`, and each key head serves `H / K` query heads.
 * @param v Values, `[B, K, S, E]`.
 * @returns `[B, H, T, E]`
 * @throws {ShapeError} If the shapes do not fit together.
 * @see Vaswani et al., 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762, equation 1
 * @see Ainslie et al., 2023, "GQA", https://arxiv.org/abs/2305.13245
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { causal = false, scale, mask, dropout: rate = 0, onWeights }: AttentionOptions = {},
): Tensor {
  const [B, H, , D] = q.shape as [number, number, number, number];
  const [, K, S] = k.shape as [number, number, number, number];
  const fits = q.rank === 4 && k.rank === 4 && v.rank === 4 && k.shape[0] === B && H % K === 0 &&
    k.shape[3] === D && v.shape[0] === B && v.shape[1] === K && v.shape[2] === S;
  if (!fits) {
    throw new ShapeError(
      `Cannot apply attention as queries [B, H, T, D], keys [B, K, S, D] and values [B, K, S, E] must fit ` +
        `together: current shapes are [${q.shape}], [${k.shape}] and [${v.shape}]`,
      [B, -1, -1, D],
      k.shape,
    );
  }
  const spec: AttentionSpec = {
    causal,
    scale: scale ?? 1 / Math.sqrt(D),
    drops: chooseDrops(rate),
  };
  if (!onWeights && fitsFlash(q, k, v, mask)) return flashAttention(q, k, v, mask, spec);
  if (!onWeights && paysInBlocks(q, k, v, mask)) return blockAttention(q, k, v, mask, spec);
  const weights = attentionWeights(q, k, mask, spec);
  if (onWeights) {
    refuseRecording("its attention weights are watched");
    onWeights(weights);
  }
  return gather(drop(weights, spec.drops), v);
}

/** {@link attention} in TensorFlow.js's own operations, with repeated keys: the definition that tests compare with. */
export function attentionReference(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { causal = false, scale = 1 / Math.sqrt(q.shape[3]!), mask }: AttentionOptions = {},
): Tensor {
  const repeat = (x: Tensor) => {
    const [B, K, S, D] = x.shape as [number, number, number, number];
    const times = q.shape[1]! / K;
    return tf.reshape(tf.tile(tf.reshape(x, [B, K, 1, S, D]), [1, 1, times, 1, 1]), [B, -1, S, D]);
  };
  const [T, S] = [q.shape[2]!, k.shape[2]!];
  let scores: Tensor = tf.mul(tf.matMul(q, repeat(k), false, true), scale);
  if (mask) scores = tf.add(scores, mask);
  if (causal) {
    const hidden = tf.greater(tf.range(0, S), tf.reshape(tf.range(S - T, S), [T, 1]));
    scores = tf.add(scores, tf.mul(tf.cast(hidden, "float32"), -1e9));
  }
  return tf.matMul(tf.softmax(scores), repeat(v));
}
