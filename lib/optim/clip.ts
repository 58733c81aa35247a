import * as tf from "../tensor/_tf.ts";
import { type Scalar, sumOfSquares, type Tensor } from "../tensor/mod.ts";
import { gradientEntries, type Gradients, requireRange } from "./optimizer.ts";

/** What {@link clipByGlobalNorm} finds, on the device. */
export interface ClippedNorm {
  /** The norm of all gradients together, before clipping, `[]`. */
  norm: Scalar;
  /** What each gradient is to be multiplied by, `[]`: 1, or less where the norm is too large. */
  coefficient: Scalar;
}

/**
 * The root of the sum of squares of all gradients, computed on the device.
 *
 * @param gradients float32, of any shapes.
 * @returns The norm, `[]`.
 */
export function globalNorm(gradients: Gradients): Scalar {
  return tf.tidy(() =>
    tf.sqrt(sumOfSquares(gradientEntries(gradients).map(([, gradient]) => gradient)))
  );
}

/**
 * Finds what to multiply all gradients by so that their norm together is at most `maxNorm`.
 *
 * Nothing is read back, and the gradients stay as they are: the optimizer multiplies the coefficient in.
 *
 * `coefficient = min(1, maxNorm / (norm + 1e-6))`
 *
 * @example
 * ```ts
 * import { clipByGlobalNorm, SGD } from "@tome/tome/optim";
 * import { useDevice } from "@tome/tome/tensor";
 * import * as tf from "@tensorflow/tfjs";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * const w = tf.variable(tf.tensor1d([0, 0]));
 * using optimizer = new SGD([["w", w]], { lr: 1 });
 * const gradients = { w: tf.tensor1d([3, 4]) };
 * const { norm, coefficient } = clipByGlobalNorm(gradients, 1);
 * optimizer.step(gradients, { scale: coefficient });
 * assert.equal((await norm.data())[0], 5);
 * assert.deepEqual([...await w.data()].map((x) => x.toFixed(3)), ["-0.600", "-0.800"]);
 * ```
 *
 * @param gradients float32, of any shapes.
 * @param maxNorm The largest norm allowed.
 * @throws {RangeError} If `maxNorm` is not positive.
 * @see Pascanu et al., 2012, "On the difficulty of training Recurrent Neural Networks", https://arxiv.org/abs/1211.5063
 */
export function clipByGlobalNorm(gradients: Gradients, maxNorm: number): ClippedNorm {
  requireRange("maxNorm", maxNorm, Number.MIN_VALUE, Infinity);
  return tf.tidy(() => {
    const norm = globalNorm(gradients);
    const coefficient = tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1) as Scalar;
    return { norm, coefficient };
  });
}

/**
 * Moves each element of each gradient into `-limit…limit`.
 *
 * @param gradients Of any shapes.
 * @param limit The largest magnitude allowed.
 * @returns New gradients by name; the given ones stay the caller's.
 * @throws {RangeError} If `limit` is not positive.
 */
export function clipByValue(gradients: Gradients, limit: number): Map<string, Tensor> {
  requireRange("limit", limit, Number.MIN_VALUE, Infinity);
  return new Map(
    gradientEntries(gradients).map((
      [name, gradient],
    ) => [name, tf.clipByValue(gradient, -limit, limit)]),
  );
}
