import { defineUpdate } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { type ParameterUpdate, requireRange } from "./optimizer.ts";
import wgsl from "./adam.wgsl" with { type: "text" };

/** The numbers of Adam and AdamW. */
export interface Moments {
  /** How much of the mean of the gradients, and of their squares, is kept each step. @default {[0.9, 0.999]} */
  betas?: readonly [number, number];
  /** Added to the root of the mean square. @default {1e-8} */
  eps?: number;
}

/** What Adam and AdamW remember of a parameter. */
export const MOMENTS = ["firstMoment", "secondMoment"] as const;

const run = defineUpdate({
  name: "update a parameter by Adam",
  targets: ["w", "m", "v"],
  inputs: ["g"],
  scalars: ["scale", "l2", "keep", "toFirst", "beta2", "toSecond", "rate", "unbias", "eps"],
  wgsl,
  host({ w, m, v, g }, { scale, l2, keep, toFirst, beta2, toSecond, rate, unbias, eps }, size) {
    const simd = simdFor(w, m, v, g);
    if (simd) {
      simd.adam(
        ...[w.byteOffset, m.byteOffset, v.byteOffset, g.byteOffset, size] as const,
        ...[scale, l2, keep, toFirst, beta2, toSecond, rate, unbias, eps] as const,
      );
      return;
    }
    for (let i = 0; i < size; i++) {
      const weight = w[i]!;
      const mean = m[i]!;
      const gradient = scale * g[i]! + l2 * weight;
      const first = mean + toFirst * (gradient - mean);
      const second = beta2 * v[i]! + toSecond * gradient * gradient;
      m[i] = first;
      v[i] = second;
      w[i] = keep * weight - rate * first / (Math.sqrt(second) * unbias + eps);
    }
  },
});

/** Checks the numbers and fills in what is left out. @throws {RangeError} If one is out of range. */
export function completeMoments(
  { betas = [0.9, 0.999], eps = 1e-8 }: Moments,
): Required<Moments> {
  for (const [k, beta] of betas.entries()) requireRange(`betas[${k}]`, beta, 0, 1 - 1e-7);
  requireRange("eps", eps, 0, Infinity);
  return { betas, eps };
}

/**
 * One step of Adam for some parameters.
 *
 * @param decoupled Whether the decay shrinks the weight itself, as in AdamW, instead of joining the gradient.
 */
export function adamUpdate(
  updates: readonly ParameterUpdate[],
  { betas: [beta1, beta2], eps }: Required<Moments>,
  decoupled: boolean,
): void {
  run.many(updates.map(({ parameter, gradient, scale, slots, step, lr, weightDecay }) => [
    { w: parameter, m: slots.firstMoment!, v: slots.secondMoment! },
    { g: gradient },
    {
      scale,
      l2: decoupled ? 0 : weightDecay,
      keep: decoupled ? () => 1 - lr() * weightDecay : 1,
      toFirst: 1 - beta1,
      beta2,
      toSecond: 1 - beta2,
      rate: () => lr() / (1 - beta1 ** step()),
      unbias: () => 1 / Math.sqrt(1 - beta2 ** step()),
      eps,
    },
  ]));
}
