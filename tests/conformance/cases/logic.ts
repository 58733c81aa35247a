import * as tf from "../../../lib/tensor/_tf.ts";
import type { Rng, Tensor } from "@tome/tome/tensor";
import { away, bools, type Case, ints, NO_GRADIENT, normal, show } from "../case.ts";
import { build, map, zip } from "../oracle/nd.ts";

type Shape = readonly number[];
const COMPARISONS: [string, (a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => boolean][] =
  [
    ["equal", tf.equal, (a, b) => a === b],
    ["notEqual", tf.notEqual, (a, b) => a !== b],
    ["greater", tf.greater, (a, b) => a > b],
    ["greaterEqual", tf.greaterEqual, (a, b) => a >= b],
    ["less", tf.less, (a, b) => a < b],
    ["lessEqual", tf.lessEqual, (a, b) => a <= b],
  ];
const LOGIC: [string, (a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => boolean][] = [
  ["logicalAnd", tf.logicalAnd, (a, b) => Boolean(a && b)],
  ["logicalOr", tf.logicalOr, (a, b) => Boolean(a || b)],
  ["logicalXor", tf.logicalXor, (a, b) => a !== b],
];
const SHAPES: [Shape, Shape][] = [[[7], [7]], [[3, 4], [4]], [[], [2, 3]], [[2, 1, 3], [4, 1]], [[
  2,
  1,
  2,
  1,
  2,
], [3, 1, 2, 1]]];
const cases: Case[] = [];

/** Few values, so that many are equal. */
const coarse = (shape: Shape) => (rng: Rng) =>
  map(ints(shape, -2, 3)(rng), (v) => v / 2, "float32");

for (const [name, f, reference] of COMPARISONS) {
  for (const [a, b] of SHAPES) {
    cases.push({
      name: `${name} ${show(a, b)}`,
      inputs: [coarse(a), coarse(b)],
      run: f,
      reference: (x, y) => zip([x, y], (u, v) => Number(reference(u, v)), "bool"),
      gradient: false,
      why: NO_GRADIENT.whole,
    });
  }
  cases.push({
    name: `${name} of int32 [5] [5]`,
    inputs: [ints([5], 0, 3), ints([5], 0, 3)],
    run: f,
    reference: (x, y) => zip([x, y], (u, v) => Number(reference(u, v)), "bool"),
    gradient: false,
    why: NO_GRADIENT.whole,
  });
}
for (const [name, f, reference] of LOGIC) {
  for (const [a, b] of SHAPES.slice(0, 4)) {
    cases.push({
      name: `${name} ${show(a, b)}`,
      inputs: [bools(a), bools(b)],
      run: f,
      reference: (x, y) => zip([x, y], (u, v) => Number(reference(u, v)), "bool"),
      gradient: false,
      why: NO_GRADIENT.whole,
    });
  }
}
for (const shape of [[], [5], [2, 3, 2]]) {
  cases.push({
    name: `logicalNot ${show(shape)}`,
    inputs: [bools(shape)],
    run: tf.logicalNot,
    reference: (x) => map(x, (v) => 1 - v),
    gradient: false,
    why: NO_GRADIENT.whole,
  });
}
for (const shape of [[7], [3, 4], [2, 2, 3], [2, 1, 2, 3], [1, 2, 1, 3, 2], [1, 2, 1, 2, 1, 2]]) {
  cases.push({
    name: `where ${show(shape)}`,
    inputs: [bools(shape), normal(shape), normal(shape)],
    run: (c, a, b) => tf.where(c, a, b),
    reference: (c, a, b) => zip([c, a, b], (p, u, v) => p ? u : v),
  });
}
for (
  const [c, a, b] of [[[3, 1], [3, 4], [4]], [[4], [3, 4], []], [[2, 1, 1], [2, 3, 4], [1, 3, 1]], [
    [3],
    [2, 3],
    [2, 3],
  ]] as Shape[][]
) {
  cases.push({
    name: `where ${show(c!, a!, b!)}`,
    inputs: [bools(c!), normal(a!), normal(b!)],
    run: (p, u, v) => tf.where(p, u, v),
    reference: (p, u, v) => zip([p, u, v], (q, s, t) => q ? s : t),
  });
}
cases.push(
  {
    name: "where of a mask made of its input [3,4]",
    inputs: [away([3, 4], 0.1, 2)],
    run: (x) => tf.where(tf.greater(x, 0), x, tf.mul(x, 0.1)),
    reference: (x) => map(x, (v) => v > 0 ? v : 0.1 * v),
  },
  {
    name: "where of int32 [6]",
    inputs: [bools([6]), ints([6], -9, 9), ints([6], -9, 9)],
    run: (c, a, b) => tf.where(c, a, b),
    reference: (c, a, b) => zip([c, a, b], (p, u, v) => p ? u : v, "int32"),
    gradient: false,
    why: NO_GRADIENT.whole,
  },
  {
    name: "mask times values composed [2,3,4] [2,3,1]",
    inputs: [normal([2, 3, 4]), bools([2, 3, 1])],
    run: (x, m) => tf.mul(x, tf.cast(m, "float32")),
    reference: (x, m) => zip([x, m], (v, p) => v * p),
  },
  {
    name: "causal mask made of two ranges [5,5]",
    inputs: [normal([5, 5])],
    run: (x) => {
      const i = tf.range(0, 5, 1, "int32"), seen = tf.lessEqual(i, tf.expandDims(i, 1));
      return tf.where(seen, x, -1e9);
    },
    reference: (x) => build([5, 5], ([i, j]) => j! <= i! ? x.data[i! * 5 + j!]! : -1e9),
  },
  {
    name: "accuracy of predictions composed [6,4] [6]",
    inputs: [normal([6, 4]), ints([6], 0, 4)],
    run: (z, ids) => tf.mean(tf.cast(tf.equal(tf.argMax(z, 1), ids), "float32")),
    reference: (z, ids) => {
      let right = 0;
      for (let r = 0; r < 6; r++) {
        const row = Array.from(z.data.slice(r * 4, r * 4 + 4));
        if (row.indexOf(Math.max(...row)) === ids.data[r]) right++;
      }
      return build([], () => right / 6);
    },
    gradient: false,
    why: NO_GRADIENT.flat,
  },
);
for (
  const [axis, keepDims] of [[undefined, false], [0, false], [1, true], [[0, 2], false], [
    -1,
    false,
  ]] as [number | number[] | undefined, boolean][]
) {
  for (const [name, f, start] of [["any", tf.any, 0], ["all", tf.all, 1]] as const) {
    cases.push({
      name: `${name} [2,3,4] axis ${axis ?? "all"}${keepDims ? " keepDims" : ""}`,
      inputs: [bools([2, 3, 4], name === "any" ? 0.2 : 0.8)],
      run: (x) => f(x, axis, keepDims),
      reference: (x) => {
        const axes = (axis === undefined ? [0, 1, 2] : [axis].flat()).map((a) => a < 0 ? a + 3 : a);
        const out = build([2, 3, 4].map((n, i) => axes.includes(i) ? 1 : n), () => start, "bool");
        build([2, 3, 4], ([i, j, k]) => {
          const at = [i!, j!, k!].reduce(
            (flat, v, d) => axes.includes(d) ? flat : flat * [2, 3, 4][d]! + v,
            0,
          );
          const v = x.data[(i! * 3 + j!) * 4 + k!]!;
          return out.data[at] = start ? Math.min(out.data[at]!, v) : Math.max(out.data[at]!, v);
        });
        return keepDims ? out : { ...out, shape: out.shape.filter((_, i) => !axes.includes(i)) };
      },
      gradient: false,
      why: NO_GRADIENT.whole,
    });
  }
}

/** Comparisons, logic and choice. */
export const logic: Case[] = cases;
