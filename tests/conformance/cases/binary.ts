import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { away, type Case, fractions, type Maker, NO_GRADIENT, show, uniform } from "../case.ts";
import { zip } from "../oracle/nd.ts";

type Draw = (shape: readonly number[]) => Maker;
type Row = [
  name: string,
  f: (a: Tensor, b: Tensor) => Tensor,
  reference: (a: number, b: number) => number,
  a: Draw,
  b: Draw,
  gradient?: boolean[] | "flat",
];

const between = (low: number, high: number): Draw => (shape) => uniform(shape, low, high);
const apart = (low: number, high: number): Draw => (shape) => away(shape, low, high);
const mod = (a: number, b: number) => a - Math.floor(a / b) * b;

const ROWS: Row[] = [
  ["add", tf.add, (a, b) => a + b, between(-2, 2), between(-2, 2)],
  ["sub", tf.sub, (a, b) => a - b, between(-2, 2), between(-2, 2)],
  ["mul", tf.mul, (a, b) => a * b, between(-2, 2), between(-2, 2)],
  ["div", tf.div, (a, b) => a / b, between(-2, 2), apart(0.3, 2)],
  ["pow", tf.pow, Math.pow, between(0.2, 3), between(-2, 2)],
  ["maximum", tf.maximum, Math.max, (s) => fractions(s, -3, 3), (s) => (r) => integers(s)(r)],
  ["minimum", tf.minimum, Math.min, (s) => fractions(s, -3, 3), (s) => (r) => integers(s)(r)],
  [
    "squaredDifference",
    tf.squaredDifference,
    (a, b) => (a - b) ** 2,
    between(-2, 2),
    between(-2, 2),
  ],
  ["atan2", tf.atan2, Math.atan2, apart(0.2, 3), apart(0.2, 3)],
  ["divNoNan", tf.divNoNan, (a, b) => a / b, between(-2, 2), apart(0.3, 2)],
  ["prelu", tf.prelu, (x, a) => x > 0 ? x : a * x, apart(0.1, 2), between(-1, 1)],
  ["mod", tf.mod, mod, (s) => fractions(s, -9, 9), (s) => (r) => integers(s, 2, 5)(r), [
    true,
    false,
  ]],
  [
    "floorDiv",
    tf.floorDiv,
    (a, b) => Math.floor(a / b),
    (s) => fractions(s, -9, 9),
    (s) => (r) => integers(s, 1, 2)(r),
    "flat",
  ],
];

/** Whole numbers, as float32: never a tie with {@link fractions}. */
function integers(shape: readonly number[], low = -3, high = 3): Maker {
  const draw = fractions(shape, low, high);
  return (rng) => {
    const x = draw(rng);
    return { ...x, data: x.data.map(Math.floor) };
  };
}

const SHAPES: [readonly number[], readonly number[]][] = [
  [[5], [5]],
  [[], [3, 2]],
  [[3, 2], []],
  [[3, 4], [4]],
  [[3, 5], [3, 1]],
  [[1, 5], [3, 1]],
  [[2, 1, 4], [3, 1]],
  [[4, 1], [2, 3, 1, 2]],
  [[2, 1, 3, 1, 2], [2, 3, 1, 1]],
  [[1], [1, 1]],
];
const MORE: [readonly number[], readonly number[]][] = [
  [[8], [8]],
  [[2, 3, 4], [2, 3, 4]],
  [[2, 3, 4], [4]],
  [[2, 3, 4], [1, 1, 4]],
  [[2, 3, 4], [2, 1, 1]],
  [[], []],
  [[1, 1, 1], [7]],
  [[2, 1, 2, 1, 2, 1], [1, 3, 1, 2, 1, 2]],
];

/** Elementwise functions of two tensors, over the ways in which shapes broadcast. */
export const binary: Case[] = ROWS.flatMap(([name, f, reference, a, b, gradient]) =>
  [...SHAPES, ...["add", "mul", "div"].includes(name) ? MORE : []].map(([sa, sb]): Case => ({
    name: `${name} ${show(sa, sb)}`,
    inputs: [a(sa), b(sb)],
    run: f,
    reference: (x, y) => zip([x, y], reference, name === "floorDiv" ? "int32" : "float32"),
    ...(gradient === "flat" ? { gradient: false, why: NO_GRADIENT.flat } : {}),
    ...(Array.isArray(gradient) ? { gradient, why: "its slope by the divisor jumps" } : {}),
  }))
);

binary.push(
  {
    name: "addN [2,3] three times",
    inputs: [uniform([2, 3], -1, 1), uniform([2, 3], -1, 1), uniform([2, 3], -1, 1)],
    run: (...x) => tf.addN(x),
    reference: (...x) => zip(x, (a, b, c) => a + b + c),
  },
  {
    name: "mul by itself [3,3]",
    inputs: [uniform([3, 3], -1, 1)],
    run: (x) => tf.mul(x, x),
    reference: (x) => zip([x], (v) => v * v),
  },
  {
    name: "pow by a number [5]",
    inputs: [away([5], 0.3, 2)],
    run: (x) => tf.pow(x, 3),
    reference: (x) => zip([x], (v) => v ** 3),
  },
  {
    name: "add three ways through one input [4,1] [1,3]",
    inputs: [uniform([4, 1], -1, 1), uniform([1, 3], -1, 1)],
    run: (a, b) => tf.add(tf.mul(a, b), tf.sub(tf.div(a, tf.add(tf.square(b), 1)), a)),
    reference: (a, b) => zip([a, b], (u, v) => u * v + u / (v * v + 1) - u),
  },
  {
    name: "add of shapes that do not broadcast [3] [4]",
    inputs: [uniform([3]), uniform([4])],
    run: tf.add,
    expect: "error",
    message: /broadcast|shape/i,
  },
);
