import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { away, bools, type Case, distinct, type Maker, NO_GRADIENT, normal } from "../case.ts";
import { map, type Nd, zip } from "../oracle/nd.ts";
import { matMul, transpose } from "../oracle/linear.ts";
import { argBest, cumulative, max, mean, normalize, prod, softmax, sum } from "../oracle/reduce.ts";
import * as move from "../oracle/shape.ts";

type Row = [
  name: string,
  inputs: Maker[],
  run: (...x: Tensor[]) => Tensor | Tensor[],
  reference: (...x: Nd[]) => Nd | Nd[],
  gradient?: false,
  why?: string,
];
const FIVE = [2, 1, 3, 2, 2], SIX = [2, 1, 2, 1, 3, 2];
const rows: Row[] = [];

for (const shape of [FIVE, SIX]) {
  const n = shape.length, x = normal(shape), perm = [...shape.keys()].reverse();
  const begin = shape.map((v) => v > 1 ? 1 : 0), size = shape.map((v, i) => v - begin[i]!);
  const margins = shape.map((_, i): [number, number] => [i % 2, (i + 1) % 2]);
  const reps = shape.map((v) => v === 1 ? 2 : 1);
  rows.push(
    [
      `rank ${n}: sub broadcast over every other axis`,
      [x, normal(shape.map((v, i) => i % 2 ? 1 : v))],
      tf.sub,
      (a, b) => zip([a!, b!], (u, v) => u - v),
    ],
    [
      `rank ${n}: mul by a vector`,
      [x, normal([shape.at(-1)!])],
      tf.mul,
      (a, b) => zip([a!, b!], (u, v) => u * v),
    ],
    [
      `rank ${n}: maximum of itself and 0`,
      [away(shape, 0.1, 2)],
      (a) => tf.maximum(a!, 0),
      (a) => map(a!, (v) => Math.max(v, 0)),
    ],
    [
      `rank ${n}: sum of axes 0 and 2`,
      [x],
      (a) => tf.sum(a!, [0, 2]),
      (a) => sum(a!, { axis: [0, 2] }),
    ],
    [
      `rank ${n}: mean of the last axis, kept`,
      [x],
      (a) => tf.mean(a!, -1, true),
      (a) => mean(a!, { axis: -1, keepDims: true }),
    ],
    [
      `rank ${n}: max of axis 2`,
      [distinct(shape)],
      (a) => tf.max(a!, 2),
      (a) => max(a!, { axis: 2 }),
    ],
    [
      `rank ${n}: prod of axis 2`,
      [away(shape, 0.6, 1.5)],
      (a) => tf.prod(a!, 2),
      (a) => prod(a!, { axis: 2 }),
    ],
    [
      `rank ${n}: argMax of axis 2`,
      [distinct(shape)],
      (a) => tf.argMax(a!, 2),
      (a) => argBest(a!, 2, (u, v) => u > v),
      false,
      NO_GRADIENT.whole,
    ],
    [`rank ${n}: softmax`, [x], (a) => tf.softmax(a!), (a) => softmax(a!)],
    [
      `rank ${n}: transpose back to front`,
      [x],
      (a) => tf.transpose(a!, perm),
      (a) => transpose(a!, perm),
    ],
    [`rank ${n}: slice`, [x], (a) => tf.slice(a!, begin, size), (a) => move.slice(a!, begin, size)],
    [`rank ${n}: pad`, [x], (a) => tf.pad(a!, margins, 1), (a) => move.pad(a!, margins, 1)],
    [`rank ${n}: tile`, [x], (a) => tf.tile(a!, reps), (a) => move.tile(a!, reps)],
    [`rank ${n}: concat axis 2`, [x, x], (...a) => tf.concat(a, 2), (...a) => move.concat(a, 2)],
    [
      `rank ${n}: stack of the first slices`,
      [normal(shape.slice(1)), normal(shape.slice(1))],
      (...a) => tf.stack(a, 0),
      (...a) => move.stack(a, 0),
    ],
    [
      `rank ${n}: reverse first and last axis`,
      [x],
      (a) => tf.reverse(a!, [0, n - 1]),
      (a) => move.reverse(a!, [0, n - 1]),
    ],
    [
      `rank ${n}: where`,
      [bools(shape), x, x],
      (c, a, b) => tf.where(c!, a!, b!),
      (c, a, b) => zip([c!, a!, b!], (p, u, v) => p ? u : v),
    ],
    [
      `rank ${n}: greater`,
      [x, x],
      tf.greater,
      (a, b) => zip([a!, b!], (u, v) => Number(u > v), "bool"),
      false,
      NO_GRADIENT.whole,
    ],
    [
      `rank ${n}: cumsum of axis ${n - 1}`,
      [x],
      (a) => tf.cumsum(a!, n - 1),
      (a) => cumulative(a!, n - 1, (u, v) => u + v, 0),
    ],
    [
      `rank ${n}: cumsum of axis 2 reverse`,
      [x],
      (a) => tf.cumsum(a!, 2, false, true),
      (a) => cumulative(a!, 2, (u, v) => u + v, 0, false, true),
    ],
    [
      `rank ${n}: matMul`,
      [normal([...shape.slice(0, -2), 3, 4]), normal([...shape.slice(0, -2), 4, 2])],
      (a, b) => tf.matMul(a!, b!),
      (a, b) => matMul(a!, b!),
    ],
    [`rank ${n}: layer norm composed`, [x], (a) => {
      const { mean, variance } = tf.moments(a!, [n - 2, n - 1], true);
      return tf.mul(tf.sub(a!, mean), tf.rsqrt(tf.add(variance, 1e-3)));
    }, (a) => normalize(a!, [n - 2, n - 1], 1e-3)],
    [
      `rank ${n}: gather axis 2`,
      [x],
      (a) => tf.gather(a!, [0, 1, 0, 1], 2),
      (a) => move.gather(a!, { dtype: "int32", shape: [4], data: Float64Array.of(0, 1, 0, 1) }, 2),
    ],
    [
      `rank ${n}: split axis 0`,
      [x],
      (a) => tf.split(a!, 2, 0),
      (a) =>
        [0, 1].map((k) =>
          move.slice(a!, shape.map((_, i) => i === 0 ? k : 0), [1, ...shape.slice(1)])
        ),
    ],
  );
}

/** Arrays of five and six axes. */
export const rank: Case[] = rows.map(([name, inputs, run, reference, gradient, why]): Case => ({
  name,
  inputs,
  run,
  reference,
  ...(gradient === false ? { gradient, why: why! } : {}),
}));
for (
  const [name, run] of [
    ["transpose", (x) => tf.transpose(x, [6, 5, 4, 3, 2, 1, 0])],
    ["sub broadcast", (x) => tf.sub(x, tf.ones([2, 1, 1, 1, 1, 1, 1]))],
    ["pad", (x) => tf.pad(x, new Array(7).fill([0, 1]))],
  ] as [string, (x: Tensor) => Tensor][]
) {
  rank.push({
    name: `rank 7: ${name}`,
    inputs: [normal([2, 1, 2, 1, 2, 1, 3])],
    run,
    reference: name === "transpose"
      ? (x) => transpose(x)
      : name === "pad"
      ? (x) => move.pad(x, new Array(7).fill([0, 1]))
      : (x) => map(x, (v) => v - 1),
    expect: "error",
    message: /rank/i,
    on: ["webgpu"],
  });
}
