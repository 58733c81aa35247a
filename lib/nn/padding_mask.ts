import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { KVCache } from "./kv_cache.ts";

/** What is added to the score of a place that is filled up. */
const HIDDEN = 1e9;

/**
 * What attention adds to its scores so that no token looks at a place that is filled up.
 *
 * @param mask 1 where there is a token and 0 where the row is filled up, `[B, S]`, int32.
 * @param cache Where it stays once it is made, if it is the same for every token that is written. @default {nowhere}
 * @returns 0 or −1e9, `[B, 1, 1, S]`, float32.
 */
export function paddingMask(mask: Tensor, cache?: KVCache): Tensor {
  const make = () => {
    const [B, S] = mask.shape as [number, number];
    const hidden = tf.mul(tf.sub(tf.cast(mask, "float32"), 1), HIDDEN);
    return tf.reshape(hidden, [B, 1, 1, S]) as Tensor;
  };
  return cache ? cache.hold("mask", () => [make()])[0]! : make();
}
