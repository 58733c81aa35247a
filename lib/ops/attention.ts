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
  /** How many keys a query of causal attention sees at most: those of the latest positions, its own included. @default {all} */
  window?: number;
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
  options: AttentionOptions = {},
): Tensor {
  const { causal = false, scale, window = Infinity, dropout: rate = 0, onWeights } = options;
  const [B, H, T, D] = q.shape as [number, number, number, number];
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
  if (window !== Infinity && !(causal && Number.isSafeInteger(window) && window > 0)) {
    throw new RangeError(
      `Cannot apply attention as window must be a positive integer and the attention causal: current window is ${window}`,
    );
  }
  let { mask } = options;
  if (window < S) {
    const before = windowMask(T, S, window);
    mask = mask ? tf.add(mask, before) : before;
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

/** −1e9 where a key lies before the window of a query: `[T, S]`. */
function windowMask(T: number, S: number, window: number): Tensor {
  return tf.tidy(() => {
    const first = tf.reshape(tf.range(S - T - window + 1, S - window + 1), [T, 1]);
    return tf.mul(tf.cast(tf.less(tf.range(0, S), first), "float32"), -1e9);
  });
}

/** {@link attention} in TensorFlow.js's own operations, with repeated keys: the definition that tests compare with. */
export function attentionReference(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const { causal = false, scale = 1 / Math.sqrt(q.shape[3]!), mask, window = Infinity } = options;
  const repeat = (x: Tensor) => {
    const [B, K, S, D] = x.shape as [number, number, number, number];
    const times = q.shape[1]! / K;
    return tf.reshape(tf.tile(tf.reshape(x, [B, K, 1, S, D]), [1, 1, times, 1, 1]), [B, -1, S, D]);
  };
  const [T, S] = [q.shape[2]!, k.shape[2]!];
  let scores: Tensor = tf.mul(tf.matMul(q, repeat(k), false, true), scale);
  if (mask) scores = tf.add(scores, mask);
  if (causal) {
    const later = tf.sub(tf.range(0, S), tf.reshape(tf.range(S - T, S), [T, 1])); // than the query
    const hidden = tf.logicalOr(tf.greater(later, 0), tf.lessEqual(later, -Math.min(window, S)));
    scores = tf.add(scores, tf.mul(tf.cast(hidden, "float32"), -1e9));
  }
  return tf.matMul(tf.softmax(scores), repeat(v));
}
