/**
 * Exponentials for loops over typed arrays: a little quicker than `Math.exp`, and exact to float32.
 *
 * @module
 */

const POWERS = Float64Array.from({ length: 2200 }, (_, i) => 2 ** (i - 1100));

/**
 * `eˣ`, to a relative error below 1e-8.
 *
 * Cuts x into a multiple of ln 2 and a rest r with |r| ≤ 0.35, where seven terms of the series suffice.
 */
export function exp(x: number): number {
  if (!(x > -740)) return x !== x ? x : 0;
  if (x > 709) return Infinity;
  const k = (x * Math.LOG2E + 1100.5) | 0;
  const r = x - (k - 1100) * Math.LN2;
  const square = r * r;
  const series = 1 + r +
    square *
      (0.5 + r * (1 / 6) + square * (1 / 24 + r * (1 / 120) + square * (1 / 720 + r * (1 / 5040))));
  return series * POWERS[k]!;
}
