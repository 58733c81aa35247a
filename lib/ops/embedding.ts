import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";

/**
 * The rows of a table that ids name.
 *
 * @param weight The table, `[V, C]`, float32.
 * @param ids Row numbers, `[...]`, int32.
 * @returns `[..., C]`
 * @throws {TypeError} If `ids` is not int32.
 */
export function embedding(weight: Tensor, ids: Tensor): Tensor {
  if (ids.dtype !== "int32") {
    throw new TypeError(`Cannot look up rows as ids must be int32: current dtype is ${ids.dtype}`);
  }
  return tf.gather(weight, ids);
}
