import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";

/**
 * Computes something that no gradient goes through, and of which nothing is kept for one: `torch.no_grad()` of PyTorch.
 *
 * @param f What is computed, whole numbers too.
 * @returns What `f` gives, as a constant.
 */
export function noGradient(f: () => Tensor): Tensor {
  // what happens inside is on no tape, and all that the result is said to depend on is a number of its own
  const constant = tf.customGrad((one: unknown) => ({
    value: f(),
    gradFunc: () => tf.zerosLike(one as Tensor),
  }));
  return constant(tf.scalar(0));
}

/**
 * Passes values on and lets no gradient back: `detach()` of PyTorch.
 *
 * @example The straight-through estimator: the values of `round(x)`, the gradient of `x`
 * ```ts
 * import { stopGradient } from "@tome/tome/ops";
 * import { useDevice } from "@tome/tome/tensor";
 * import * as tf from "@tensorflow/tfjs";
 *
 * await useDevice("cpu");
 * const straight = (x: tf.Tensor) => tf.add(x, stopGradient(tf.sub(tf.round(x), x)));
 * const slope = tf.grad((x) => tf.sum(tf.mul(straight(x), 3)))(tf.tensor1d([0.2, 0.7]));
 * console.assert(slope.dataSync().join() === "3,3");
 * ```
 * @param x Any shape.
 * @returns The same values.
 * @see Bengio et al., 2013, "Estimating or Propagating Gradients Through Stochastic Neurons", https://arxiv.org/abs/1308.3432
 */
export function stopGradient(x: Tensor): Tensor {
  return noGradient(() => tf.clone(x));
}
