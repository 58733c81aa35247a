import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";
import { setGradient, unbroadcast } from "./gradient.ts";

/** C8: the gradient of batchNorm throws without a scale, and where the moments have rank 4 and lengths of 1. */
export function repairBatchNormGradient(): void {
  setGradient<[Tensor, Tensor, Tensor, Tensor | undefined], { varianceEpsilon: number }>(
    "FusedBatchNorm",
    { inputs: ["x", "mean", "variance", "scale"] }, // the scale last, as it may be missing
    (dy, [x, mean, variance, scale], { varianceEpsilon }) => {
      const inverseStd = () => tf.rsqrt(tf.add(variance, varianceEpsilon));
      const scaled = () => scale ? tf.mul(dy, scale) : dy;
      const centered = () => tf.sub(x, mean);
      return {
        x: () => tf.mul(scaled(), inverseStd()),
        mean: () => unbroadcast(tf.neg(tf.mul(scaled(), inverseStd())), mean.shape),
        variance: () => {
          const cube = tf.mul(-0.5, tf.pow(inverseStd(), 3));
          return unbroadcast(tf.mul(tf.mul(scaled(), centered()), cube), variance.shape);
        },
        scale: () => unbroadcast(tf.mul(dy, tf.mul(centered(), inverseStd())), scale!.shape),
        offset: () => unbroadcast(dy, mean.shape),
      };
    },
  );
}
