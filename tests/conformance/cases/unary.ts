import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { away, type Case, fractions, type Maker, NO_GRADIENT, show, uniform } from "../case.ts";
import { map } from "../oracle/nd.ts";
import { sigmoid } from "../oracle/linear.ts";
import { erf } from "../oracle/special.ts";

type Draw = (shape: readonly number[]) => Maker;
type Row = [
  name: string,
  f: (x: Tensor) => Tensor,
  reference: (x: number) => number,
  draw: Draw,
  flat?: "flat",
];

const between = (low: number, high: number): Draw => (shape) => uniform(shape, low, high);
const apart = (low: number, high: number): Draw => (shape) => away(shape, low, high);
const off = (low: number, high: number): Draw => (shape) => fractions(shape, low, high);
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const scale = 1.0507009873554805, alpha = 1.6732632423543772;
const evenRound = (x: number) => {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
};

const ROWS: Row[] = [
  ["abs", tf.abs, Math.abs, apart(0.1, 3)],
  ["acos", tf.acos, Math.acos, between(-0.95, 0.95)],
  ["acosh", tf.acosh, Math.acosh, between(1.1, 6)],
  ["asin", tf.asin, Math.asin, between(-0.95, 0.95)],
  ["asinh", tf.asinh, Math.asinh, apart(0.1, 5)],
  ["atan", tf.atan, Math.atan, between(-5, 5)],
  ["atanh", tf.atanh, Math.atanh, apart(0.1, 0.9)],
  ["ceil", tf.ceil, Math.ceil, off(-4, 4), "flat"],
  [
    "clipByValue",
    (x) => tf.clipByValue(x, -1, 1),
    (x) => Math.min(Math.max(x, -1), 1),
    apart(0.1, 0.9),
  ],
  [
    "clipByValue outside",
    (x) => tf.clipByValue(x, -1, 1),
    (x) => Math.min(Math.max(x, -1), 1),
    apart(0.5, 0.95),
  ],
  ["cos", tf.cos, Math.cos, between(-6, 6)],
  ["cosh", tf.cosh, Math.cosh, between(-4, 4)],
  ["elu", tf.elu, (x) => x > 0 ? x : Math.expm1(x), apart(0.1, 3)],
  ["erf", tf.erf, erf, between(-3, 3)],
  ["exp", tf.exp, Math.exp, between(-5, 5)],
  ["expm1", tf.expm1, Math.expm1, apart(0.05, 4)],
  ["floor", tf.floor, Math.floor, off(-4, 4), "flat"],
  ["leakyRelu", (x) => tf.leakyRelu(x, 0.2), (x) => x > 0 ? x : 0.2 * x, apart(0.1, 3)],
  ["log", tf.log, Math.log, between(0.05, 9)],
  ["log1p", tf.log1p, Math.log1p, between(0.1, 9)],
  ["logSigmoid", tf.logSigmoid, (x) => -softplus(-x), between(-6, 6)],
  ["neg", tf.neg, (x) => -x, between(-3, 3)],
  ["reciprocal", tf.reciprocal, (x) => 1 / x, apart(0.3, 4)],
  ["relu", tf.relu, (x) => Math.max(x, 0), apart(0.1, 3)],
  ["relu6", tf.relu6, (x) => Math.min(Math.max(x, 0), 6), off(-4, 10)],
  ["round", tf.round, evenRound, off(-4, 4), "flat"],
  ["rsqrt", tf.rsqrt, (x) => 1 / Math.sqrt(x), between(0.1, 9)],
  ["selu", tf.selu, (x) => scale * (x > 0 ? x : alpha * Math.expm1(x)), apart(0.1, 3)],
  ["sigmoid", tf.sigmoid, sigmoid, between(-8, 8)],
  ["sign", tf.sign, Math.sign, apart(0.1, 3), "flat"],
  ["sin", tf.sin, Math.sin, between(-6, 6)],
  ["sinh", tf.sinh, Math.sinh, apart(0.1, 4)],
  ["softplus", tf.softplus, softplus, between(-8, 8)],
  ["sqrt", tf.sqrt, Math.sqrt, between(0.1, 9)],
  ["square", tf.square, (x) => x * x, between(-3, 3)],
  ["step", (x) => tf.step(x, 0.3), (x) => x > 0 ? 1 : 0.3, apart(0.1, 3), "flat"],
  ["tan", tf.tan, Math.tan, between(-1.3, 1.3)],
  ["tanh", tf.tanh, Math.tanh, apart(0.05, 4)],
];

const SHAPES = [[], [7], [3, 4], [2, 1, 3, 2, 2]];

const asinBounds = [{
  rtol: 4e-4,
  atol: 1e-4,
  on: ["webgpu" as const],
  why:
    "Mesa's software Vulkan computes asin and acos by a polynomial that is 3.3e-4 off, as WGSL allows",
}];

/** One elementwise function of one tensor, over scalars, lengths that are no multiple of 4, and rank 5. */
export const unary: Case[] = ROWS.flatMap(([name, f, reference, draw, flat]) =>
  SHAPES.map((shape): Case => ({
    name: `${name} ${show(shape)}`,
    inputs: [draw(shape)],
    run: f,
    reference: (x) => map(x, reference),
    ...(flat ? { gradient: false, why: NO_GRADIENT.flat } : {}),
    ...(name === "asin" || name === "acos" ? { bounds: asinBounds } : {}),
  }))
);

unary.push(
  {
    name: "swish composed [5,3]",
    inputs: [uniform([5, 3], -4, 4)],
    run: (x) => tf.mul(x, tf.sigmoid(x)),
    reference: (x) => map(x, (v) => v * sigmoid(v)),
  },
  {
    name: "gelu by erf composed [5,3]",
    inputs: [uniform([5, 3], -4, 4)],
    run: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    reference: (x) => map(x, (v) => 0.5 * v * (1 + erf(v * Math.SQRT1_2))),
  },
  {
    name: "gelu by tanh composed [5,3]",
    inputs: [uniform([5, 3], -4, 4)],
    run: (x) => {
      const inner = tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
    },
    reference: (x) =>
      map(x, (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))),
  },
  {
    name: "mish composed [5,3]",
    inputs: [uniform([5, 3], -4, 4)],
    run: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
    reference: (x) => map(x, (v) => v * Math.tanh(softplus(v))),
  },
  {
    name: "hard swish composed [5,3]",
    inputs: [fractions([5, 3], -5, 5)],
    run: (x) => tf.div(tf.mul(x, tf.relu6(tf.add(x, 3))), 6),
    reference: (x) => map(x, (v) => v * Math.min(Math.max(v + 3, 0), 6) / 6),
  },
);
