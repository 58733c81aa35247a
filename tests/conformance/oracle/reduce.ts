/**
 * Reductions, running totals, and the functions made of them.
 *
 * @module
 */
import { at, axesOf, build, type Kind, map, type Nd, nd, sizeOf, stridesOf, zip } from "./nd.ts";

/** Which axes a reduction takes, and whether it keeps them with length 1. */
export interface ReduceOptions {
  /** The axes; all of them by default. */
  axis?: number | readonly number[];
  /** Whether they stay, with length 1. */
  keepDims?: boolean;
  /** What the result is made of. */
  dtype?: Kind;
}

/** Folds the values along some axes to one number each. */
export function reduce(
  x: Nd,
  f: (values: Float64Array) => number,
  { axis, keepDims = false, dtype = "float32" }: ReduceOptions = {},
): Nd {
  const rank = x.shape.length, axes = axesOf(rank, axis), strides = stridesOf(x.shape);
  const outer = axesOf(rank).filter((i) => !axes.includes(i));
  const inner = build(
    axes.map((i) => x.shape[i]!),
    (index) => index.reduce((sum, k, i) => sum + k * strides[axes[i]!]!, 0),
  ).data;
  const values = new Float64Array(inner.length);
  const out = build(outer.map((i) => x.shape[i]!), (index) => {
    const base = index.reduce((sum, k, i) => sum + k * strides[outer[i]!]!, 0);
    for (let i = 0; i < inner.length; i++) values[i] = x.data[base + inner[i]!]!;
    return f(values);
  }, dtype);
  return keepDims ? nd(x.shape.map((n, i) => axes.includes(i) ? 1 : n), out.data, dtype) : out;
}

const total = (v: Float64Array) => v.reduce((a, b) => a + b, 0);

/** The sum; 0 of nothing. */
export const sum = (x: Nd, options?: ReduceOptions): Nd => reduce(x, total, options);
/** The mean; NaN of nothing. */
export const mean = (x: Nd, options?: ReduceOptions): Nd =>
  reduce(x, (v) => total(v) / v.length, options);
/** The product; 1 of nothing. */
export const prod = (x: Nd, options?: ReduceOptions): Nd =>
  reduce(x, (v) => v.reduce((a, b) => a * b, 1), options);
/** The greatest; NaN if any is. */
export const max = (x: Nd, options?: ReduceOptions): Nd =>
  reduce(x, (v) => v.reduce((a, b) => Math.max(a, b), -Infinity), options);
/** The least; NaN if any is. */
export const min = (x: Nd, options?: ReduceOptions): Nd =>
  reduce(x, (v) => v.reduce((a, b) => Math.min(a, b), Infinity), options);
/** The logarithm of the sum of exponentials. */
export const logSumExp = (x: Nd, options?: ReduceOptions): Nd =>
  reduce(x, (v) => {
    const top = v.reduce((a, b) => Math.max(a, b), -Infinity);
    return top === -Infinity ? top : top + Math.log(total(v.map((e) => Math.exp(e - top))));
  }, options);

/** The first place of the best value. */
export function argBest(x: Nd, axis: number, better: (a: number, b: number) => boolean): Nd {
  return reduce(x, (v) => {
    let best = 0;
    for (let i = 1; i < v.length; i++) if (better(v[i]!, v[best]!)) best = i;
    return best;
  }, { axis, dtype: "int32" });
}

/** Running totals or products along an axis. */
export function cumulative(
  x: Nd,
  axis: number,
  f: (total: number, next: number) => number,
  first: number,
  exclusive = false,
  reverse = false,
): Nd {
  const a = axesOf(x.shape.length, axis)[0]!, n = x.shape[a]!;
  return build(x.shape, (index) => {
    const j = index[a]!, here = [...index];
    let total = first;
    const stop = exclusive ? 0 : 1;
    if (reverse) {
      for (let k = n - 1; k > j - stop; k--) total = f(total, at(x, (here[a] = k, here)));
    } else for (let k = 0; k < j + stop; k++) total = f(total, at(x, (here[a] = k, here)));
    return total;
  }, x.dtype);
}

/** Exponentials that sum to one along an axis. */
export function softmax(x: Nd, axis = -1): Nd {
  const top = max(x, { axis, keepDims: true });
  const e = zip([x, top], (v, t) => Math.exp(v - t));
  return zip([e, sum(e, { axis, keepDims: true })], (v, s) => v / s);
}

/** The logarithm of {@link softmax}. */
export function logSoftmax(x: Nd, axis = -1): Nd {
  return zip([x, logSumExp(x, { axis, keepDims: true })], (v, s) => v - s);
}

/** Zero mean and unit variance along some axes, then a gain and a shift. */
export function normalize(
  x: Nd,
  axis: number | readonly number[],
  eps: number,
  gain?: Nd,
  shift?: Nd,
): Nd {
  const centre = zip([x, mean(x, { axis, keepDims: true })], (v, m) => v - m);
  const variance = mean(map(centre, (v) => v * v), { axis, keepDims: true });
  let y = zip([centre, variance], (v, s) => v / Math.sqrt(s + eps));
  if (gain) y = zip([y, gain], (v, g) => v * g);
  if (shift) y = zip([y, shift], (v, b) => v + b);
  return y;
}

/** The sum of all elements over how many there are of them that count: TensorFlow.js's default mean of a loss. */
export function weightedLoss(losses: Nd, weights?: Nd): Nd {
  if (!weights) return mean(losses);
  const weighted = zip([losses, weights], (l, w) => l * w);
  const spread = zip([weights, losses], (w) => w);
  const nonZero = weights.data.length === sizeOf(losses.shape) ? weights : spread;
  const count = nonZero.data.reduce((n, w) => n + (w !== 0 ? 1 : 0), 0);
  return map(sum(weighted), (s) => s / count);
}
