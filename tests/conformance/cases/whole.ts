import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import {
  bools,
  type Case,
  fractions,
  ints,
  type Maker,
  NO_GRADIENT,
  show,
  values,
} from "../case.ts";
import { type Kind, map, type Nd, nd, zip } from "../oracle/nd.ts";
import { matMul, transpose } from "../oracle/linear.ts";
import { argBest, cumulative, max, min, prod, sum } from "../oracle/reduce.ts";
import * as move from "../oracle/shape.ts";

type Shape = readonly number[];
type Row = [
  name: string,
  inputs: Maker[],
  run: (...x: Tensor[]) => Tensor | Tensor[],
  reference: (...x: Nd[]) => Nd | Nd[],
];
const rows: Row[] = [];

for (
  const [name, f, reference] of [
    ["add", tf.add, (a, b) => a + b],
    ["sub", tf.sub, (a, b) => a - b],
    ["mul", tf.mul, (a, b) => a * b],
    ["floorDiv", tf.floorDiv, (a, b) => Math.floor(a / b)],
    ["mod", tf.mod, (a, b) => a - Math.floor(a / b) * b],
    ["maximum", tf.maximum, Math.max],
    ["minimum", tf.minimum, Math.min],
    ["squaredDifference", tf.squaredDifference, (a, b) => (a - b) ** 2],
  ] as [string, (a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => number][]
) {
  for (const [a, b] of [[[5], [5]], [[2, 3, 4], [4]], [[3, 1], [1, 5]]] as [Shape, Shape][]) {
    const divides = name === "floorDiv" || name === "mod";
    rows.push([
      `${name} of int32 ${show(a, b)}`,
      [ints(a, -20, 20), ints(b, divides ? 1 : -9, 9)],
      f,
      (x, y) => zip([x!, y!], reference, "int32"),
    ]);
  }
}
rows.push(
  [
    "floorDiv of int32 by negative numbers [6] [6]",
    [values([6], [7, -7, 8, -8, 9, 1], "int32"), values([6], [-2, -2, 3, 3, -3, -5], "int32")],
    tf.floorDiv,
    (a, b) => zip([a!, b!], (u, v) => Math.floor(u / v), "int32"),
  ],
  [
    "mod of int32 by negative numbers [6] [6]",
    [values([6], [7, -7, 8, -8, 9, 1], "int32"), values([6], [-2, -2, 3, 3, -3, -5], "int32")],
    tf.mod,
    (a, b) => zip([a!, b!], (u, v) => u - Math.floor(u / v) * v, "int32"),
  ],
  [
    "div of int32 is floorDiv [4]",
    [ints([4], -9, 9), ints([4], 1, 9)],
    tf.div,
    (a, b) => zip([a!, b!], (u, v) => Math.floor(u / v), "int32"),
  ],
  [
    "pow of int32 [5] [5]",
    [ints([5], 1, 6), ints([5], 0, 5)],
    tf.pow,
    (a, b) => zip([a!, b!], (u, v) => u ** v, "int32"),
  ],
);
for (
  const [name, f, reference] of [
    ["abs", tf.abs, Math.abs],
    ["neg", tf.neg, (v) => 0 - v],
    ["square", tf.square, (v) => v * v],
    ["relu", tf.relu, (v) => Math.max(v, 0)],
    ["sign", tf.sign, Math.sign],
  ] as [string, (x: Tensor) => Tensor, (v: number) => number][]
) {
  const floats = name === "sign" ? "float32" : "int32";
  if (name !== "sign") {
    rows.push([
      `${name} of int32 [2,5]`,
      [ints([2, 5], -9, 9)],
      f,
      (x) => map(x!, reference, floats),
    ]);
  }
}
for (
  const [shape, axis] of [[[7], 0], [[3, 5], 0], [[2, 3, 4], 1], [[2, 3, 4], [0, 2]], [
    [2, 2, 3, 2],
    1,
  ]] as [Shape, number | number[]][]
) {
  rows.push(
    [
      `sum of int32 ${show(shape)} axis ${axis}`,
      [ints(shape, -99, 99)],
      (x) => tf.sum(x, axis),
      (x) => sum(x!, { axis, dtype: "int32" }),
    ],
    [
      `max of int32 ${show(shape)} axis ${axis}`,
      [ints(shape, -99, 99)],
      (x) => tf.max(x, axis),
      (x) => max(x!, { axis, dtype: "int32" }),
    ],
    [
      `min of int32 ${show(shape)} axis ${axis}`,
      [ints(shape, -99, 99)],
      (x) => tf.min(x, axis),
      (x) => min(x!, { axis, dtype: "int32" }),
    ],
    [
      `sum of bool ${show(shape)} axis ${axis}`,
      [bools(shape)],
      (x) => tf.sum(x, axis),
      (x) => sum(x!, { axis, dtype: "int32" }),
    ],
  );
}
rows.push(
  [
    "prod of int32 [3,4] axis 0",
    [ints([3, 4], -5, 6)],
    (x) => tf.prod(x, 0),
    (x) => prod(x!, { axis: 0, dtype: "int32" }),
  ],
  [
    "mean of int32 is float32 [3,4] axis 0",
    [ints([3, 4], -5, 6)],
    (x) => tf.mean(x, 0),
    (x) => map(sum(x!, { axis: 0 }), (v) => v / 3),
  ],
  [
    "argMax of int32 [2,2,5] axis 1",
    [ints([2, 2, 5], -9999, 9999)],
    (x) => tf.argMax(x, 1),
    (x) => argBest(x!, 1, (a, b) => a > b),
  ],
  [
    "argMin of int32 [6]",
    [ints([6], -9999, 9999)],
    (x) => tf.argMin(x),
    (x) => argBest(x!, 0, (a, b) => a < b),
  ],
  [
    "matMul of int32 [3,4] [4,2]",
    [ints([3, 4], -9, 9), ints([4, 2], -9, 9)],
    (a, b) => tf.matMul(a!, b!),
    (a, b) => matMul(a!, b!),
  ],
  [
    "cumsum of int32 [2,5] axis 1",
    [ints([2, 5], -9, 9)],
    (x) => tf.cumsum(x, 1),
    (x) => cumulative(x!, 1, (a, b) => a + b, 0),
  ],
  [
    "cumsum of int32 [3,4] axis 0 exclusive reverse",
    [ints([3, 4], -9, 9)],
    (x) => tf.cumsum(x, 0, true, true),
    (x) => cumulative(x!, 0, (a, b) => a + b, 0, true, true),
  ],
);
for (
  const [kind, make] of [["int32", (s: Shape) => ints(s, -99, 99)], [
    "bool",
    (s: Shape) => bools(s),
  ]] as [Kind, (s: Shape) => Maker][]
) {
  rows.push(
    [`transpose of ${kind} [3,4]`, [make([3, 4])], (x) => tf.transpose(x!), (x) => transpose(x!)],
    [
      `transpose of ${kind} [2,3,4] by 1,0,2`,
      [make([2, 3, 4])],
      (x) => tf.transpose(x!, [1, 0, 2]),
      (x) => transpose(x!, [1, 0, 2]),
    ],
    [
      `transpose of ${kind} [2,3,2,2] by 3,1,0,2`,
      [make([2, 3, 2, 2])],
      (x) => tf.transpose(x!, [3, 1, 0, 2]),
      (x) => transpose(x!, [3, 1, 0, 2]),
    ],
    [
      `slice of ${kind} [4,5]`,
      [make([4, 5])],
      (x) => tf.slice(x!, [1, 2], [2, 3]),
      (x) => move.slice(x!, [1, 2], [2, 3]),
    ],
    [
      `concat of ${kind} [2,3] [2,2] axis 1`,
      [make([2, 3]), make([2, 2])],
      (...x) => tf.concat(x, 1),
      (...x) => move.concat(x, 1),
    ],
    [
      `stack of ${kind} [3] [3]`,
      [make([3]), make([3])],
      (...x) => tf.stack(x),
      (...x) => move.stack(x, 0),
    ],
    [
      `reshape of ${kind} [2,6] to [3,4]`,
      [make([2, 6])],
      (x) => tf.reshape(x!, [3, 4]),
      (x) => move.reshape(x!, [3, 4]),
    ],
    [
      `tile of ${kind} [2,3] by 2,2`,
      [make([2, 3])],
      (x) => tf.tile(x!, [2, 2]),
      (x) => move.tile(x!, [2, 2]),
    ],
    [
      `reverse of ${kind} [2,3] axis 1`,
      [make([2, 3])],
      (x) => tf.reverse(x!, 1),
      (x) => move.reverse(x!, 1),
    ],
    [
      `cast of ${kind} to float32 [5]`,
      [make([5])],
      (x) => tf.cast(x!, "float32"),
      (x) => map(x!, (v) => v, "float32"),
    ],
    [
      `cast of ${kind} to bool [5]`,
      [make([5])],
      (x) => tf.cast(x!, "bool"),
      (x) => map(x!, (v) => Number(v !== 0), "bool"),
    ],
    [
      `cast of ${kind} to int32 [5]`,
      [make([5])],
      (x) => tf.cast(x!, "int32"),
      (x) => map(x!, (v) => v, "int32"),
    ],
    [
      `gather of ${kind} [4,2,3] axis 1`,
      [make([4, 2, 3])],
      (x) => tf.gather(x!, [1, 0, 1], 1),
      (x) => move.gather(x!, nd([3], [1, 0, 1], "int32"), 1),
    ],
    [
      `expandDims of ${kind} [3]`,
      [make([3])],
      (x) => tf.expandDims(x!, 0),
      (x) => move.reshape(x!, [1, 3]),
    ],
  );
}
rows.push(
  [
    "pad of int32 [2,3]",
    [ints([2, 3], -9, 9)],
    (x) => tf.pad(x!, [[1, 0], [0, 2]], 7),
    (x) => move.pad(x!, [[1, 0], [0, 2]], 7),
  ],
  [
    "broadcastTo of int32 [3] to [2,3]",
    [ints([3], -9, 9)],
    (x) => tf.broadcastTo(x!, [2, 3]),
    (x) => move.broadcastTo(x!, [2, 3]),
  ],
  [
    "topk of int32 [6]",
    [values([6], [3, 9, -2, 8, 7, 0], "int32")],
    (x) => tf.topk(x!, 3).values,
    () => nd([3], [9, 8, 7], "int32"),
  ],
  [
    "range of int32",
    [ints([1], 0, 2)],
    () => tf.range(2, 9, 2, "int32"),
    () => nd([4], [2, 4, 6, 8], "int32"),
  ],
  [
    "add of int32 and float32 is float32 [3]",
    [ints([3], -9, 9), fractions([3], -3, 3)],
    tf.add,
    (a, b) => zip([a!, b!], (u, v) => u + v),
  ],
  [
    "add of bool and bool is int32 [4]",
    [bools([4]), bools([4])],
    tf.add,
    (a, b) => zip([a!, b!], (u, v) => u + v, "int32"),
  ],
  [
    "mul of bool and float32 [4]",
    [bools([4]), fractions([4], -3, 3)],
    tf.mul,
    (a, b) => zip([a!, b!], (u, v) => u * v),
  ],
  [
    "cast of float32 to int32 cuts towards zero [6]",
    [values([6], [1.7, -1.7, 2.5, -2.5, 0.2, -0.2])],
    (x) => tf.cast(x!, "int32"),
    (x) => map(x!, (v) => Math.trunc(v) + 0, "int32"),
  ],
  [
    "cast of float32 to bool [5]",
    [values([5], [0, 0.5, -2, 255, 1e-6])],
    (x) => tf.cast(x!, "bool"),
    (x) => map(x!, (v) => Number(v !== 0), "bool"),
  ],
  [
    "equal of bool [4] [4]",
    [bools([4]), bools([4])],
    tf.equal,
    (a, b) => zip([a!, b!], (u, v) => Number(u === v), "bool"),
  ],
);

/** Integers that float32 does not hold: sums in float32 would round them. */
const large = values([4], [16777217, -16777219, 2147483647, 123456789], "int32");
const other = values([4], [16777216, -16777219, 2147483646, 123456788], "int32");
rows.push(
  [
    "slice of int32 beyond 2^24 [4]",
    [large],
    (x) => tf.slice(x!, 0, 3),
    (x) => move.slice(x!, [0], [3]),
  ],
  [
    "gather of int32 beyond 2^24 [4]",
    [large],
    (x) => tf.gather(x!, [3, 0]),
    (x) => move.gather(x!, nd([2], [3, 0], "int32")),
  ],
  [
    "concat of int32 beyond 2^24 [4] [4]",
    [large, other],
    (...x) => tf.concat(x),
    (...x) => move.concat(x, 0),
  ],
  [
    "transpose of int32 beyond 2^24 [2,2]",
    [large],
    (x) => tf.transpose(tf.reshape(x!, [2, 2])),
    (x) => transpose(move.reshape(x!, [2, 2])),
  ],
  [
    "equal of int32 beyond 2^24 [4] [4]",
    [large, other],
    tf.equal,
    (a, b) => zip([a!, b!], (u, v) => Number(u === v), "bool"),
  ],
  [
    "greater of int32 beyond 2^24 [4] [4]",
    [large, other],
    tf.greater,
    (a, b) => zip([a!, b!], (u, v) => Number(u > v), "bool"),
  ],
  [
    "add of int32 beyond 2^24 [4] [4]",
    [values([2], [16777217, -16777219], "int32"), values([2], [2, 4], "int32")],
    tf.add,
    (a, b) => zip([a!, b!], (u, v) => u + v, "int32"),
  ],
  [
    "sub of int32 beyond 2^24 [4] [4]",
    [large, other],
    tf.sub,
    (a, b) => zip([a!, b!], (u, v) => u - v, "int32"),
  ],
  [
    "sum of int32 beyond 2^24 [3,5]",
    [values([15], new Array(15).fill(8388609), "int32")],
    (x) => tf.sum(tf.reshape(x!, [3, 5]), 1),
    () => nd([3], [41943045, 41943045, 41943045], "int32"),
  ],
  [
    "where of int32 beyond 2^24 [4]",
    [bools([4]), large, other],
    (c, a, b) => tf.where(c!, a!, b!),
    (c, a, b) => zip([c!, a!, b!], (p, u, v) => p ? u : v, "int32"),
  ],
  ["tile of int32 beyond 2^24 [4]", [large], (x) => tf.tile(x!, [2]), (x) => move.tile(x!, [2])],
  [
    "pad of int32 beyond 2^24 [4]",
    [large],
    (x) => tf.pad(x!, [[1, 1]]),
    (x) => move.pad(x!, [[1, 1]]),
  ],
  [
    "reverse of int32 beyond 2^24 [4]",
    [large],
    (x) => tf.reverse(x!, 0),
    (x) => move.reverse(x!, 0),
  ],
  [
    "max of int32 beyond 2^24 [2,2] axis 1",
    [large],
    (x) => tf.max(tf.reshape(x!, [2, 2]), 1),
    (x) => max(move.reshape(x!, [2, 2]), { axis: 1, dtype: "int32" }),
  ],
);

/** Integers and truth values. */
export const whole: Case[] = rows.map(([name, inputs, run, reference]) => {
  const mixed = name.includes("float32 is") || name.includes("and float32");
  return {
    name,
    inputs,
    run,
    reference,
    ...(mixed ? {} : { gradient: false as const, why: NO_GRADIENT.whole }),
  };
});
