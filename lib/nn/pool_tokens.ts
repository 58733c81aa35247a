import * as tf from "../tensor/_tf.ts";
import { checkShape, type Tensor } from "../tensor/mod.ts";
import { paddingMask } from "./padding_mask.ts";

/** What a text's vector is made of: the mean of its tokens' vectors, the vector of the first, or the largest values. */
export type TokenPooling = "mean" | "cls" | "max";

/**
 * One vector for each text, from the vectors of its tokens.
 *
 * `mean_t x_t`, `x_0`, or `max_t x_t`, over the places that are not filled up.
 *
 * @param x The vectors of the tokens, `[B, T, C]`, float32.
 * @param mask 1 where there is a token and 0 where the row is filled up, `[B, T]`, int32; none: tokens everywhere.
 * @param pooling How.
 * @returns `[B, C]`; a row without tokens gives zeros by `"mean"`.
 * @throws {ShapeError} If the shapes do not fit together.
 * @see Reimers and Gurevych, 2019, "Sentence-BERT", https://arxiv.org/abs/1908.10084
 */
export function poolTokens(x: Tensor, mask?: Tensor, pooling: TokenPooling = "mean"): Tensor {
  checkShape("pool tokens", "x", x, [-1, -1, -1]);
  const [B, T, C] = x.shape as [number, number, number];
  if (mask) checkShape("pool tokens", "mask", mask, [B, T]);
  if (pooling === "cls") return tf.reshape(tf.slice(x, [0, 0, 0], [B, 1, C]), [B, C]);
  if (pooling === "max") {
    return tf.max(mask ? tf.add(x, tf.reshape(paddingMask(mask), [B, T, 1])) : x, 1);
  }
  if (!mask) return tf.mean(x, 1);
  const kept = tf.cast(mask, "float32");
  const sum = tf.sum(tf.mul(x, tf.reshape(kept, [B, T, 1])), 1);
  return tf.div(sum, tf.maximum(tf.sum(kept, 1, true), 1e-9)); // [B, C]
}
