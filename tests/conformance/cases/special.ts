import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { type Case, type Maker, NO_GRADIENT, values } from "../case.ts";
import { build, map, type Nd, zip } from "../oracle/nd.ts";
import { matMul, sigmoid } from "../oracle/linear.ts";
import { max, mean, min, softmax, sum } from "../oracle/reduce.ts";

type Row = [
  name: string,
  inputs: Maker[],
  run: (...x: Tensor[]) => Tensor | Tensor[],
  reference: (...x: Nd[]) => Nd | Nd[],
];
const rows: Row[] = [];
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const NAN = values([6], [NaN, 1, -2, Infinity, -Infinity, 0.5]);
const P = values([6], [1, NaN, -2, Infinity, 1, -Infinity]);
for (
  const [name, f, reference] of [
    ["neg", tf.neg, (v) => -v],
    ["abs", tf.abs, Math.abs],
    ["square", tf.square, (v) => v * v],
    ["exp", tf.exp, Math.exp],
    ["sqrt", tf.sqrt, Math.sqrt],
    ["log", tf.log, Math.log],
    ["tanh", tf.tanh, Math.tanh],
    ["sigmoid", tf.sigmoid, sigmoid],
    ["relu", tf.relu, (v) => Math.max(v, 0)],
    ["relu6", tf.relu6, (v) => Math.min(Math.max(v, 0), 6)],
    ["leakyRelu", (x) => tf.leakyRelu(x, 0.2), (v) => v > 0 ? v : 0.2 * v],
    ["elu", tf.elu, (v) => v > 0 ? v : Math.expm1(v)],
    ["softplus", tf.softplus, softplus],
    ["reciprocal", tf.reciprocal, (v) => 1 / v],
    ["clipByValue", (x) => tf.clipByValue(x, -1, 1), (v) => Math.min(Math.max(v, -1), 1)],
    ["floor", tf.floor, Math.floor],
  ] as [string, (x: Tensor) => Tensor, (v: number) => number][]
) {
  rows.push([`${name} of NaN and infinities [6]`, [NAN], f, (x) => map(x!, reference)]);
}
for (
  const [name, f, reference] of [
    ["isNaN", tf.isNaN, Number.isNaN],
    ["isInf", tf.isInf, (v) => Math.abs(v) === Infinity],
    ["isFinite", tf.isFinite, Number.isFinite],
  ] as [string, (x: Tensor) => Tensor, (v: number) => boolean][]
) {
  rows.push([`${name} [6]`, [NAN], f, (x) => map(x!, (v) => Number(reference(v)), "bool")]);
}
for (
  const [name, f, reference] of [
    ["add", tf.add, (a, b) => a + b],
    ["sub", tf.sub, (a, b) => a - b],
    ["mul", tf.mul, (a, b) => a * b],
    ["div", tf.div, (a, b) => a / b],
    ["maximum", tf.maximum, Math.max],
    ["minimum", tf.minimum, Math.min],
    ["squaredDifference", tf.squaredDifference, (a, b) => (a - b) ** 2],
  ] as [string, (a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => number][]
) {
  rows.push([
    `${name} of NaN and infinities [6] [6]`,
    [NAN, P],
    f,
    (a, b) => zip([a!, b!], reference),
  ]);
}
for (
  const [name, f, reference] of [
    ["equal", tf.equal, (a, b) => a === b],
    ["notEqual", tf.notEqual, (a, b) => a !== b],
    ["greater", tf.greater, (a, b) => a > b],
    ["lessEqual", tf.lessEqual, (a, b) => a <= b],
  ] as [string, (a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => boolean][]
) {
  rows.push([
    `${name} of NaN and infinities [6] [6]`,
    [NAN, P],
    f,
    (a, b) => zip([a!, b!], (u, v) => Number(reference(u, v)), "bool"),
  ]);
}
rows.push(
  [
    "maximum of NaN by a number, both ways [3]",
    [values([3], [NaN, 2, -1])],
    (x) => [tf.maximum(x!, 0), tf.maximum(0, x!)],
    (x) => [map(x!, (v) => Math.max(v, 0)), map(x!, (v) => Math.max(v, 0))],
  ],
  [
    "sum with a NaN [2,3] axis 1",
    [values([2, 3], [1, NaN, 2, 3, 4, 5])],
    (x) => tf.sum(x!, 1),
    (x) => sum(x!, { axis: 1 }),
  ],
  [
    "mean with an infinity [2,3] axis 1",
    [values([2, 3], [1, Infinity, 2, 3, 4, 5])],
    (x) => tf.mean(x!, 1),
    (x) => mean(x!, { axis: 1 }),
  ],
  [
    "max with a NaN [2,3] axis 1",
    [values([2, 3], [1, NaN, 2, 3, 4, 5])],
    (x) => tf.max(x!, 1),
    (x) => max(x!, { axis: 1 }),
  ],
  [
    "min with a NaN last [2,3] axis 1",
    [values([2, 3], [1, 2, NaN, 3, 4, 5])],
    (x) => tf.min(x!, 1),
    (x) => min(x!, { axis: 1 }),
  ],
  [
    "max of infinities only [1,2] axis 1",
    [values([1, 2], [-Infinity, -Infinity])],
    (x) => tf.max(x!, 1),
    (x) => max(x!, { axis: 1 }),
  ],
  [
    "softmax with a NaN [2,3]",
    [values([2, 3], [1, NaN, 2, 3, 4, 5])],
    (x) => tf.softmax(x!),
    (x) => softmax(x!),
  ],
  [
    "matMul with a NaN [2,2] [2,2]",
    [values([2, 2], [1, NaN, 2, 3]), values([2, 2], [1, 2, 3, 4])],
    (a, b) => tf.matMul(a!, b!),
    (a, b) => matMul(a!, b!),
  ],
  [
    "where chooses away a NaN [4]",
    [values([4], [NaN, 1, NaN, 2])],
    (x) => tf.where(tf.isNaN(x!), tf.zerosLike(x!), x!),
    (x) => map(x!, (v) => Number.isNaN(v) ? 0 : v),
  ],
  [
    "pow of special numbers [8] [8]",
    [values([8], [0, 2, -2, -2, 2, 0.5, 4, 1]), values([8], [0, 0, 2, 3, -1, 10, 0.5, 100])],
    tf.pow,
    (a, b) => zip([a!, b!], Math.pow),
  ],
  [
    "pow of a negative number by a fraction is NaN [1] [1]",
    [values([1], [-2]), values([1], [0.5])],
    tf.pow,
    (a, b) => zip([a!, b!], Math.pow),
  ],
  [
    "atan2 on the axes [4] [4]",
    [values([4], [0, 1, 0, -1]), values([4], [1, 0, -1, 0])],
    tf.atan2,
    (a, b) => zip([a!, b!], Math.atan2),
  ],
  [
    "mod of negative numbers [4] [4]",
    [values([4], [7.5, -7.5, 7.5, -7.5]), values([4], [2, 2, -2, -2])],
    tf.mod,
    (a, b) => zip([a!, b!], (u, v) => u - Math.floor(u / v) * v),
  ],
  [
    "sign of zero and its kind [3]",
    [values([3], [0, -3, 2])],
    tf.sign,
    (x) => map(x!, Math.sign),
  ],
  [
    "relu at 0 has slope 0 [3]",
    [values([3], [-1, 0, 1])],
    (x) => tf.grad((y: Tensor) => tf.relu(y))(x!),
    () => build([3], ([i]) => i === 2 ? 1 : 0),
  ],
  [
    "round of halves is to even [6]",
    [values([6], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])],
    tf.round,
    () => ({ dtype: "float32", shape: [6], data: Float64Array.of(-2, -2, 0, 0, 2, 2) }),
  ],
);

/** NaN, infinities, zeros and halves: where devices follow their hardware, and JavaScript says what is right. */
export const special: Case[] = rows.map(([name, inputs, run, reference]): Case => ({
  name,
  inputs,
  run,
  reference,
  gradient: false,
  why: NO_GRADIENT.extreme,
}));
