import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { away, type Bounds, type Case, type Maker, NO_GRADIENT, normal, values } from "../case.ts";
import { build, map, type Nd, zip } from "../oracle/nd.ts";
import { matMul, sigmoid } from "../oracle/linear.ts";
import { erf } from "../oracle/special.ts";
import { logSoftmax, logSumExp, mean, normalize, softmax, sum } from "../oracle/reduce.ts";

type Row = [
  name: string,
  inputs: Maker[],
  run: (...x: Tensor[]) => Tensor | Tensor[],
  reference: (...x: Nd[]) => Nd | Nd[],
  gradient?: "flat",
  bounds?: Bounds,
];
const rows: Row[] = [];
const NEAR: Bounds = {
  rtol: 1e-4,
  atol: 0,
  floor: 0,
  why: "a digit lost near 0 counts however small the number is, so nothing passes for being small",
};
const ERF: Bounds = {
  atol: 5e-7,
  floor: 5e-7,
  on: ["cpu", "wasm"],
  why: "they compute erf by Abramowitz and Stegun's 7.1.26, which is 1.5e-7 off",
};
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Numbers around ±10⁴: what logits become when a run diverges. */
const wide = values([9], [-1e4, -1234.5, -100, -20, 0.5, 20, 100, 1234.5, 1e4]);
for (
  const [name, f, reference] of [
    ["sigmoid", tf.sigmoid, sigmoid],
    ["tanh", tf.tanh, Math.tanh],
    ["softplus", tf.softplus, softplus],
    ["logSigmoid", tf.logSigmoid, (v) => -softplus(-v)],
    ["relu", tf.relu, (v) => Math.max(v, 0)],
    ["relu6", tf.relu6, (v) => Math.min(Math.max(v, 0), 6)],
    ["elu", tf.elu, (v) => v > 0 ? v : Math.expm1(v)],
    ["selu", tf.selu, (v) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v))],
    ["leakyRelu", (x) => tf.leakyRelu(x, 0.2), (v) => v > 0 ? v : 0.2 * v],
    ["erf", tf.erf, erf],
    ["atan", tf.atan, Math.atan],
    ["abs", tf.abs, Math.abs],
    ["clipByValue", (x) => tf.clipByValue(x, -50, 50), (v) => Math.min(Math.max(v, -50), 50)],
    ["square", tf.square, (v) => v * v],
  ] as [string, (x: Tensor) => Tensor, (v: number) => number][]
) {
  rows.push([`${name} of numbers up to 1e4 [9]`, [wide], f, (x) => map(x!, reference)]);
}
rows.push(
  [
    "exp of numbers that overflow and vanish [6]",
    [values([6], [-1e4, -200, -80, 80, 100, 1e4])],
    tf.exp,
    (x) => map(x!, Math.exp),
    "flat",
  ],
  [
    "sinh of large numbers [4]",
    [values([4], [-20, -5, 5, 20])],
    tf.sinh,
    (x) => map(x!, Math.sinh),
  ],
  [
    "cosh of large numbers [4]",
    [values([4], [-20, -5, 5, 20])],
    tf.cosh,
    (x) => map(x!, Math.cosh),
  ],
  [
    "log of tiny and huge numbers [4]",
    [values([4], [1e-30, 1e-10, 1e10, 1e30])],
    tf.log,
    (x) => map(x!, Math.log),
    "flat",
  ],
  [
    "sqrt of tiny and huge numbers [4]",
    [values([4], [1e-30, 1e-10, 1e10, 1e30])],
    tf.sqrt,
    (x) => map(x!, Math.sqrt),
    "flat",
  ],
  [
    "rsqrt of tiny and huge numbers [4]",
    [values([4], [1e-20, 1e-10, 1e10, 1e20])],
    tf.rsqrt,
    (x) => map(x!, (v) => 1 / Math.sqrt(v)),
    "flat",
  ],
  [
    "sin of large numbers [4]",
    [values([4], [-100, -31, 31, 100])],
    tf.sin,
    (x) => map(x!, Math.sin),
  ],
  [
    "mul that overflows [3]",
    [values([3], [1e30, -1e30, 1e-30]), values([3], [1e30, 1e30, 1e-30])],
    tf.mul,
    (a, b) => zip([a!, b!], (u, v) => u * v),
    "flat",
  ],
  [
    "div by zero [4]",
    [values([4], [1, -1, 0, 5]), values([4], [0, 0, 0, Infinity])],
    tf.div,
    (a, b) => zip([a!, b!], (u, v) => u / v),
    "flat",
  ],
  [
    "divNoNan by zero [4]",
    [values([4], [1, -1, 0, 5]), values([4], [0, 0, 0, 2])],
    tf.divNoNan,
    (a, b) => zip([a!, b!], (u, v) => v === 0 ? 0 : u / v),
    "flat",
  ],
  [
    "sub of near numbers around 1e4 [3]",
    [values([3], [10000.5, 1e4, -1e4]), values([3], [1e4, 10000.25, -10000.125])],
    tf.sub,
    (a, b) => zip([a!, b!], (u, v) => u - v),
  ],
);

/** Numbers near 0, where a formula that subtracts ones keeps no digit. */
const tiny = values([6], [1e-7, -1e-6, 1e-5, -1e-4, 1e-3, -1e-2]);
for (
  const [name, f, reference] of [
    ["expm1", tf.expm1, Math.expm1],
    ["log1p", tf.log1p, Math.log1p],
    ["tanh", tf.tanh, Math.tanh],
    ["sinh", tf.sinh, Math.sinh],
    ["asinh", tf.asinh, Math.asinh],
    ["atanh", tf.atanh, Math.atanh],
    ["sin", tf.sin, Math.sin],
    ["atan", tf.atan, Math.atan],
    ["erf", tf.erf, erf],
    ["elu", tf.elu, (v) => v > 0 ? v : Math.expm1(v)],
  ] as [string, (x: Tensor) => Tensor, (v: number) => number][]
) {
  const bounds = name === "erf" ? ERF : NEAR;
  rows.push([`${name} near 0 [6]`, [tiny], f, (x) => map(x!, reference), undefined, bounds]);
}

for (const [name, shift] of [["1e4", 1e4], ["-1e4", -1e4]] as [string, number][]) {
  rows.push(
    [
      `softmax around ${name} [3,5]`,
      [normal([3, 5], shift, 2)],
      (x) => tf.softmax(x!),
      (x) => softmax(x!),
    ],
    [
      `logSoftmax around ${name} [3,5]`,
      [normal([3, 5], shift, 2)],
      (x) => tf.logSoftmax(x!),
      (x) => logSoftmax(x!),
    ],
    [
      `logSumExp around ${name} [3,5]`,
      [normal([3, 5], shift, 2)],
      (x) => tf.logSumExp(x!, 1),
      (x) => logSumExp(x!, { axis: 1 }),
    ],
    [
      `layer norm composed around ${name} [3,8]`,
      [normal([3, 8], shift, 50)],
      (x) => {
        const { mean, variance } = tf.moments(x!, -1, true);
        return tf.mul(tf.sub(x!, mean), tf.rsqrt(tf.add(variance, 1e-5)));
      },
      (x) => normalize(x!, -1, 1e-5),
      undefined,
      {
        atol: 1e-4,
        why: "float32 holds numbers around 1e4 to 1e-3; their mean is as exact, and 50 divides it",
      },
    ],
  );
}
rows.push(
  [
    "softmax of a spread of 2e4 [2,5]",
    [values([2, 5], [-1e4, 0, 1e4, 5, -5, 1e4, -1e4, 9999, 0, 1])],
    (x) => tf.softmax(x!),
    (x) => softmax(x!),
  ],
  [
    "logSoftmax of a spread of 2e4 [2,5]",
    [values([2, 5], [-1e4, 0, 1e4, 5, -5, 1e4, -1e4, 9999, 0, 1])],
    (x) => tf.logSoftmax(x!),
    (x) => logSoftmax(x!),
  ],
  [
    "softmaxCrossEntropy of logits up to 1e4 [2,3]",
    [values([2, 3], [1, 0, 0, 0, 0, 1]), values([2, 3], [1e4, -1e4, 0, -1e4, 5, 6])],
    (t, z) => tf.losses.softmaxCrossEntropy(t!, z!),
    (t, z) => mean(sum(zip([t!, logSoftmax(z!)], (a, l) => -a * l), { axis: -1 })),
  ],
  [
    "sigmoidCrossEntropy of logits up to 1e4 [4]",
    [values([4], [1, 0, 1, 0]), values([4], [1e4, -1e4, -30, 30])],
    (t, z) => tf.losses.sigmoidCrossEntropy(t!, z!),
    (t, z) =>
      mean(zip([t!, z!], (a, b) => Math.max(b, 0) - a * b + Math.log1p(Math.exp(-Math.abs(b))))),
  ],
  [
    "matMul of numbers up to 1e4 [5,6] [6,4]",
    [away([5, 6], 1e3, 1e4), away([6, 4], 1e3, 1e4)],
    (a, b) => tf.matMul(a!, b!),
    (a, b) => matMul(a!, b!),
  ],
);

const MASKS: [string, number][] = [["-1e9", -1e9], ["-inf", -Infinity]];
for (const [name, hole] of MASKS) {
  const masked = (rng: Parameters<Maker>[0]): Nd => {
    const x = normal([4, 6])(rng);
    return build([4, 6], ([r, c]) => c! > r! ? hole : x.data[r! * 6 + c!]!);
  };
  rows.push(
    [
      `softmax of rows masked by ${name} [4,6]`,
      [masked],
      (x) => tf.softmax(x!),
      (x) => softmax(x!),
    ],
    [
      `logSumExp of rows masked by ${name} [4,6]`,
      [masked],
      (x) => tf.logSumExp(x!, 1),
      (x) => logSumExp(x!, { axis: 1 }),
    ],
    [
      `attention with a mask of ${name} added [2,4,4] [2,4,3]`,
      [normal([2, 4, 4]), normal([2, 4, 3])],
      (s, v) => {
        const mask = tf.tensor2d(Array.from({ length: 16 }, (_, i) => i % 4 > i >> 2 ? hole : 0), [
          4,
          4,
        ]);
        return tf.matMul(tf.softmax(tf.add(s!, mask)), v!);
      },
      (s, v) =>
        matMul(
          softmax(
            build(
              [2, 4, 4],
              ([b, i, j]) => s!.data[(b! * 4 + i!) * 4 + j!]! + (j! > i! ? hole : 0),
            ),
          ),
          v!,
        ),
    ],
    [
      `softmax of scores chosen by where or ${name} [3,5]`,
      [normal([3, 5])],
      (x) =>
        tf.softmax(
          tf.where(
            tf.tensor2d([1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1], [3, 5], "bool"),
            x!,
            hole,
          ),
        ),
      (x) =>
        softmax(
          build([3, 5], ([r, c]) =>
            [1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1][r! * 5 + c!]
              ? x!.data[r! * 5 + c!]!
              : hole),
        ),
    ],
  );
}
rows.push(
  [
    "softmax of a row that is masked whole by -1e9 [2,4]",
    [values([2, 4], [-1e9, -1e9, -1e9, -1e9, 1, 2, 3, 4])],
    (x) => tf.softmax(x!),
    (x) => softmax(x!),
  ],
  [
    "softmax of a row that is masked whole by -inf is NaN [2,4]",
    [values([2, 4], [-Infinity, -Infinity, -Infinity, -Infinity, 1, 2, 3, 4])],
    (x) => tf.softmax(x!),
    (x) => softmax(x!),
    "flat",
  ],
  [
    "logSoftmax of a masked row [2,4]",
    [values([2, 4], [-1e6, 1, -1e6, 2, 1, 2, 3, -1e6])],
    (x) => tf.logSoftmax(x!),
    (x) => logSoftmax(x!),
  ],
);

/** Numbers at the ends of float32, and masked rows. */
export const extreme: Case[] = rows.map((
  [name, inputs, run, reference, gradient, bounds],
): Case => ({
  name,
  inputs,
  run,
  reference,
  ...(gradient ? { gradient: false, why: NO_GRADIENT.extreme } : {}),
  ...(bounds ? { bounds: [bounds] } : {}),
}));
