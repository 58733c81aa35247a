import * as tf from "./_tf.ts";
import { markVariable, type Owner } from "./owners.ts";
import type { Tensor, Variable } from "./types.ts";

/** Tensors, alone or in arrays, maps and objects of any depth. */
export type TensorContainer = tf.TensorContainer;

/**
 * Runs `f` and frees every tensor that it made, but for those it returns.
 *
 * @example
 * ```ts
 * import { memory, tidy, useDevice } from "@tome/tome/tensor";
 * import * as tf from "@tensorflow/tfjs";
 *
 * await useDevice("cpu");
 * const before = memory().numTensors;
 * const y = tidy(() => tf.ones([2, 2]).add(1).sum());
 * console.assert(memory().numTensors === before + 1);
 * y.dispose();
 * ```
 */
export function tidy<T extends TensorContainer>(f: () => T): T {
  return tf.tidy(f);
}

/** Protects a tensor from the {@link tidy} it was made in; its owner disposes it. */
export function keep<T extends Tensor>(tensor: T): T {
  return tf.keep(tensor);
}

/**
 * A variable with the value of a tensor that nobody else holds; the tensor is freed.
 *
 * @param value The first value.
 * @param trainable Whether gradients are taken by it.
 * @param owner For whom it is held, as `memory()` tells.
 */
export function ownVariable(
  value: Tensor,
  trainable = false,
  owner: Owner = trainable ? "parameters" : "other",
): Variable {
  const variable = tf.variable(value, trainable);
  markVariable(variable, owner);
  value.dispose();
  return variable;
}

/** Frees every tensor in an object, array or map of tensors. */
export function dispose(container: TensorContainer): void {
  tf.dispose(container);
}
