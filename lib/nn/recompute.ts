import * as tf from "../tensor/_tf.ts";
import { onHost, rng, type RngState, type Tensor, type Variable } from "../tensor/mod.ts";

/**
 * Runs a part of a model without keeping what its gradient needs: the backward pass runs it again.
 *
 * Of the part only the input is kept, so that a deep model needs the memory of one part, and not of all, for about a third
 * more time. Dropout drops the same elements again.
 *
 * @example
 * ```ts
 * import { Linear, recompute } from "@tome/tome/nn";
 * import { useDevice } from "@tome/tome/tensor";
 * import * as tf from "@tensorflow/tfjs";
 *
 * await useDevice("cpu");
 * using layer = new Linear(4, 4);
 * const forward = (x: tf.Tensor) => tf.tanh(layer.forward(x));
 * const { grads } = tf.variableGrads(() =>
 *   tf.sum(recompute(forward, tf.ones([2, 4]), [...layer.parameters()])) as tf.Scalar
 * );
 * console.assert(Object.keys(grads).length === 2);
 * ```
 * @param f The part; what it makes on the way is freed.
 * @param x What it is given.
 * @param parameters Every parameter that it uses; another one would get no gradient from it.
 * @returns What `f` gives.
 * @see Chen et al., 2016, "Training Deep Nets with Sublinear Memory Cost", https://arxiv.org/abs/1604.06174
 */
export function recompute(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  parameters: readonly Variable[],
): Tensor {
  const used = parameters.filter(({ trainable }) => trainable);
  let before: RngState;
  const run = tf.customGrad((...args: unknown[]) => {
    const save = args.at(-1) as (tensors: Tensor[]) => void;
    onHost(() => before = rng.state);
    const value = tf.tidy(() => f(x));
    save([x]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      let now: RngState;
      onHost(() => [now, rng.state] = [rng.state, before]);
      const input = saved[0]!;
      const { grads } = tf.engine().gradients(
        () => f(input),
        [input, ...used] as Tensor[],
        dy,
        true, // what f does not depend on has no gradient
      );
      onHost(() => rng.state = now);
      return grads.map((grad, k) => grad ?? tf.zerosLike(k === 0 ? input : used[k - 1]!));
    };
    return { value, gradFunc: gradFunc as (dy: Tensor, saved: Tensor[]) => Tensor[] };
  });
  return run(x, ...used);
}
