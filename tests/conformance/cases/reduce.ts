import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { away, type Case, distinct, type Maker, NO_GRADIENT, show, uniform } from "../case.ts";
import { axesOf, map, type Nd, zip } from "../oracle/nd.ts";
import {
  argBest,
  logSumExp,
  max,
  mean,
  min,
  prod,
  reduce,
  type ReduceOptions,
  sum,
} from "../oracle/reduce.ts";

type Draw = (shape: readonly number[]) => Maker;
type Row = [
  name: string,
  f: (x: Tensor, axis: number[] | undefined, keepDims: boolean) => Tensor,
  reference: (x: Nd, options: ReduceOptions) => Nd,
  draw: Draw,
];

const between = (low: number, high: number): Draw => (shape) => uniform(shape, low, high);
const ROWS: Row[] = [
  ["sum", tf.sum, sum, between(-1, 1)],
  ["mean", tf.mean, mean, between(-1, 1)],
  ["max", tf.max, max, (shape) => distinct(shape)],
  ["min", tf.min, min, (shape) => distinct(shape)],
  ["prod", tf.prod, prod, (shape) => away(shape, 0.6, 1.5)],
  ["logSumExp", tf.logSumExp, logSumExp, between(-3, 3)],
];
const euclid = (x: Nd, o: ReduceOptions) => reduce(x, (v) => Math.hypot(...v), o);

const PLANS: [shape: readonly number[], axis: number[] | undefined, keepDims: boolean][] = [
  [[], undefined, false],
  [[7], undefined, false],
  [[7], [0], true],
  [[3, 5], [0], false],
  [[3, 5], [1], false],
  [[3, 5], undefined, true],
  [[3, 5], [-1], true],
  [[2, 3, 4], [1], false],
  [[2, 3, 4], [0, 2], false],
  [[2, 3, 4], [1, 2], true],
  [[1, 6, 1], [0, 2], false],
  [[2, 1, 3, 2], [0, 3], false],
  [[2, 3, 1, 2, 2], [1, 3], false],
  [[2, 3, 1, 2, 2], [-1, 0], true],
];

/** Sums, means, extremes and products, over one axis, several, all of them, and none. */
export const reduction: Case[] = ROWS.flatMap(([name, f, reference, draw]) =>
  PLANS.map(([shape, axis, keepDims]): Case => ({
    name: `${name} ${show(shape)} axis ${axis ?? "all"}${keepDims ? " keepDims" : ""}`,
    inputs: [draw(shape)],
    run: (x) => f(x, axis, keepDims),
    reference: (x) => reference(x, { ...(axis ? { axis } : {}), keepDims }),
  }))
);

for (const [shape, axis, keepDims] of PLANS.filter(([shape]) => shape.length > 0).slice(0, 9)) {
  const name = `${show(shape)} axis ${axis ?? "all"}${keepDims ? " keepDims" : ""}`;
  reduction.push({
    name: `euclidean norm ${name}`,
    inputs: [away(shape, 0.2, 2)],
    run: (x) => tf.norm(x, "euclidean", axis, keepDims),
    reference: (x) => euclid(x, { ...(axis ? { axis } : {}), keepDims }),
  });
}

for (
  const [shape, axis] of [[[7], 0], [[3, 5], 0], [[3, 5], 1], [[2, 3, 4], 1], [[2, 3, 4], -1], [[
    2,
    3,
    1,
    2,
    2,
  ], 1]] as [number[], number][]
) {
  for (
    const [name, f, better] of [
      ["argMax", tf.argMax, (a: number, b: number) => a > b],
      ["argMin", tf.argMin, (a: number, b: number) => a < b],
    ] as const
  ) {
    reduction.push({
      name: `${name} ${show(shape)} axis ${axis}`,
      inputs: [distinct(shape)],
      run: (x) => f(x, axis),
      reference: (x) => argBest(x, axis, better),
      gradient: false,
      why: NO_GRADIENT.whole,
    });
  }
}

for (
  const [shape, axis, keepDims] of [[[7], undefined, false], [[3, 5], [0], false], [[2, 3, 4], [
    1,
    2,
  ], true]] as [number[], number[] | undefined, boolean][]
) {
  reduction.push({
    name: `moments ${show(shape)} axis ${axis ?? "all"}${keepDims ? " keepDims" : ""}`,
    inputs: [uniform(shape, -2, 2)],
    run: (x) => {
      const { mean, variance } = tf.moments(x, axis, keepDims);
      return [mean, variance];
    },
    reference: (x) => {
      const options = { ...(axis ? { axis } : {}), keepDims };
      const centre = zip([x, mean(x, { ...options, keepDims: true })], (v, m) => v - m);
      return [mean(x, options), mean(map(centre, (v) => v * v), options)];
    },
  });
}

reduction.push(
  {
    name: "norm of order 1 [3,4] axis 1",
    inputs: [away([3, 4], 0.2, 2)],
    run: (x) => tf.norm(x, 1, 1),
    reference: (x) => sum(map(x, Math.abs), { axis: 1 }),
  },
  {
    name: "norm of order 2 [3,4] axis 0",
    inputs: [away([3, 4], 0.2, 2)],
    run: (x) => tf.norm(x, 2, 0),
    reference: (x) => euclid(x, { axis: 0 }),
  },
  {
    name: "norm of order Infinity [3,4] axis 1",
    inputs: [distinct([3, 4])],
    run: (x) => tf.norm(x, Infinity, 1),
    reference: (x) => max(map(x, Math.abs), { axis: 1 }),
  },
  {
    name: "standard deviation composed [4,6] axis 1",
    inputs: [uniform([4, 6], -2, 2)],
    run: (x) => tf.sqrt(tf.moments(x, 1).variance),
    reference: (x) => {
      const centre = zip([x, mean(x, { axis: 1, keepDims: true })], (v, m) => v - m);
      return map(mean(map(centre, (v) => v * v), { axis: 1 }), Math.sqrt);
    },
  },
  {
    name: "max of values with ties [2,4] axis 1",
    inputs: [(rng) => map(distinct([2, 4])(rng), (_v) => 1)],
    run: (x) => tf.max(x, 1),
    reference: (x) => max(x, { axis: 1 }),
    gradient: false,
    why: "at a tie the slope of a maximum is not defined",
  },
  {
    name: "argMax of values with ties is the first [2,6] axis 1",
    inputs: [
      (rng) => ({
        ...distinct([2, 6])(rng),
        data: Float64Array.of(1, 3, 3, 2, 3, 0, 5, 5, 5, 5, 5, 5),
      }),
    ],
    run: (x) => tf.argMax(x, 1),
    reference: (x) => argBest(x, 1, (a, b) => a > b),
    gradient: false,
    why: NO_GRADIENT.whole,
  },
  {
    name: "sum over an axis that does not exist [2,3] axis 2",
    inputs: [uniform([2, 3])],
    run: (x) => tf.sum(x, 2),
    expect: "error",
    message: /axis|axes/i,
  },
  {
    name: "sum over no axes at all [2,3]",
    inputs: [uniform([2, 3], -1, 1)],
    run: (x) => tf.sum(x, []),
    reference: (x) => sum(x, { axis: [] }),
  },
  {
    name: "mean then variance of channels [2,3,3,4]",
    inputs: [uniform([2, 3, 3, 4], -1, 1)],
    run: (x) => tf.moments(x, [0, 1, 2]).variance,
    reference: (x) => {
      const axis = axesOf(4).slice(0, 3);
      const centre = zip([x, mean(x, { axis, keepDims: true })], (v, m) => v - m);
      return mean(map(centre, (v) => v * v), { axis });
    },
  },
);
