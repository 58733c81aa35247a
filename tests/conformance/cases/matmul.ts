import * as tf from "../../../lib/tensor/_tf.ts";
import { away, type Case, normal, show, uniform } from "../case.ts";
import { map, type Nd, nd, sizeOf, zip } from "../oracle/nd.ts";
import { einsum, matMul, sigmoid } from "../oracle/linear.ts";
import { reshape } from "../oracle/shape.ts";

type Shape = readonly number[];
const flip = (s: Shape, yes: boolean) => yes ? [...s.slice(0, -2), s.at(-1)!, s.at(-2)!] : [...s];

/** Pairs as they multiply without a transpose. */
const PAIRS: [Shape, Shape][] = [
  [[1, 1], [1, 1]],
  [[3, 4], [4, 5]],
  [[5, 7], [7, 3]],
  [[8, 4], [4, 8]],
  [[1, 9], [9, 1]],
  [[9, 1], [1, 6]],
  [[33, 17], [17, 35]],
  [[2, 3, 4], [2, 4, 5]],
  [[2, 3, 4], [4, 5]],
  [[3, 4], [2, 4, 5]],
  [[1, 3, 4], [3, 4, 2]],
  [[2, 1, 3, 4], [1, 3, 4, 2]],
  [[2, 2, 5, 3], [2, 2, 3, 5]],
];
const PLAIN: [Shape, Shape][] = [[[2, 1, 2, 3, 4], [2, 1, 2, 4, 3]], [[65, 3], [3, 66]], [
  [3, 130],
  [130, 2],
], [[2, 3, 1, 2, 4], [3, 4, 3]]];
/** Long inner axes, where the GPU splits the sum; `N % 4 == 0` and `K % 4 == 0` take another path than the rest. */
const LONG: [Shape, Shape][] = [[[4, 2048], [2048, 8]], [[16, 2000], [2000, 12]], [[9, 2500], [
  2500,
  15,
]], [[20, 2001], [2001, 20]]];

const cases: Case[] = [];
for (const [sa, sb] of PAIRS) {
  for (const [ta, tb] of [[false, false], [true, false], [false, true], [true, true]] as const) {
    cases.push(product(sa, sb, ta, tb));
  }
}
for (const [sa, sb] of PLAIN) cases.push(product(sa, sb, false, false));
for (const [sa, sb] of LONG) {
  for (const [ta, tb] of [[false, false], [false, true], [true, false]] as const) {
    cases.push({ ...product(sa, sb, ta, tb, 0.3), samples: 3 });
  }
}

function product(sa: Shape, sb: Shape, ta: boolean, tb: boolean, std = 1): Case {
  const [a, b] = [flip(sa, ta), flip(sb, tb)];
  return {
    name: `matMul ${show(a, b)}${ta ? " transposeA" : ""}${tb ? " transposeB" : ""}`,
    inputs: [normal(a, 0, std), normal(b, 0, std)],
    run: (x, y) => tf.matMul(x, y, ta, tb),
    reference: (x, y) => matMul(x, y, ta, tb),
  };
}

cases.push(
  {
    name: "dot [5] [5]",
    inputs: [normal([5]), normal([5])],
    run: (a, b) => tf.dot(a, b),
    reference: (a, b) => einsum("i,i->", a, b),
  },
  {
    name: "dot [3,4] [4]",
    inputs: [normal([3, 4]), normal([4])],
    run: (a, b) => tf.dot(a, b),
    reference: (a, b) => einsum("ij,j->i", a, b),
  },
  {
    name: "outerProduct [3] [5]",
    inputs: [normal([3]), normal([5])],
    run: (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
    reference: (a, b) => einsum("i,j->ij", a, b),
  },
  {
    name: "matMul by itself transposed [4,6]",
    inputs: [normal([4, 6])],
    run: (x) => tf.matMul(x, x, false, true),
    reference: (x) => matMul(x, x, false, true),
  },
  {
    name: "matMul of inner lengths that differ [3,4] [5,6]",
    inputs: [normal([3, 4]), normal([5, 6])],
    run: (a, b) => tf.matMul(a, b),
    expect: "error",
    message: /inner|shape|dimension/i,
  },
  {
    name: "projection of [2,3,4] by 2-D reshape [4,5]",
    inputs: [normal([2, 3, 4]), normal([4, 5])],
    run: (x, w) => tf.reshape(tf.matMul(tf.reshape(x, [6, 4]), w), [2, 3, 5]),
    reference: (x, w) => reshape(matMul(reshape(x, [6, 4]), w), [2, 3, 5]),
  },
);

for (
  const [equation, ...shapes] of [
    ["ij,jk->ik", [3, 4], [4, 5]],
    ["ij,j->i", [3, 4], [4]],
    ["bij,bjk->bik", [2, 3, 4], [2, 4, 2]],
    ["bhtd,bhsd->bhts", [2, 2, 3, 4], [2, 2, 5, 4]],
    ["btd,dhk->bthk", [2, 3, 4], [4, 2, 3]],
    ["ij->ji", [3, 4]],
    ["ij->i", [3, 4]],
    ["ij,ij->", [3, 4], [3, 4]],
  ] as [string, ...Shape[]][]
) {
  cases.push({
    name: `einsum ${equation} ${show(...shapes)}`,
    inputs: shapes.map((s) => normal(s)),
    run: (...x) => tf.einsum(equation, ...x),
    reference: (...x) => einsum(equation, ...x),
  });
}

/** Matrix products: odd shapes, transposes, batches that broadcast, inner lengths beyond 2,000. */
export const matmul: Case[] = cases;

const ACTIVATIONS: Record<string, (x: number) => number> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  elu: (x) => x > 0 ? x : Math.expm1(x),
  sigmoid,
  leakyrelu: (x) => x > 0 ? x : 0.2 * x,
};
const fusedReference =
  (activation: string, ta = false, tb = false) => (a: Nd, b: Nd, bias?: Nd): Nd => {
    const y = matMul(a, b, ta, tb), f = ACTIVATIONS[activation]!;
    return bias ? zip([y, bias], (v, c) => f(v + c)) : map(y, f);
  };

/** Matrix products with a bias and an activation in the same program. */
export const fused: Case[] = Object.keys(ACTIVATIONS).flatMap((activation) =>
  ([[[3, 4], [4, 5], true], [[8, 12], [12, 16], true], [[2, 3, 4], [2, 4, 5], false], [[5, 7], [
    7,
    3,
  ], false]] as [Shape, Shape, boolean][])
    .map(([sa, sb, withBias]): Case => ({
      name: `fused matMul ${activation} ${show(sa, sb)}${withBias ? " bias" : ""}`,
      inputs: [normal(sa), normal(sb), ...withBias ? [normal([sb.at(-1)!])] : []],
      run: (a, b, bias) =>
        tf.fused.matMul({
          a: a!,
          b: b!,
          ...(bias ? { bias } : {}),
          activation: activation as tf.fused.Activation,
          leakyreluAlpha: 0.2,
        }),
      reference: (a, b, bias) => fusedReference(activation)(a!, b!, bias),
    }))
);
fused.push(
  {
    name: "fused matMul relu [6,4] [6,8] transposeA bias",
    inputs: [normal([6, 4]), normal([6, 8]), normal([8])],
    run: (a, b, bias) => tf.fused.matMul({ a, b, transposeA: true, bias, activation: "relu" }),
    reference: fusedReference("relu", true),
  },
  {
    name: "fused matMul relu [4,2048] [8,2048] transposeB bias",
    inputs: [normal([4, 2048], 0, 0.3), normal([8, 2048], 0, 0.3), normal([8])],
    run: (a, b, bias) => tf.fused.matMul({ a, b, transposeB: true, bias, activation: "relu" }),
    reference: fusedReference("relu", false, true),
    samples: 3,
  },
  {
    name: "fused matMul with preluActivationWeights [3,4] [4,5]",
    inputs: [normal([3, 4]), normal([4, 5]), normal([5]), uniform([5], 0.1, 0.5)],
    run: (a, b, bias, slope) =>
      tf.fused.matMul({ a, b, bias, activation: "prelu", preluActivationWeights: slope }),
    reference: (a, b, bias, slope) =>
      zip([zip([matMul(a, b), bias], (v, c) => v + c), slope], (v, s) => v > 0 ? v : s * v),
  },
  {
    name: "fused matMul of inner length 0 [2,0] [0,3] bias",
    inputs: [normal([2, 0]), normal([0, 3]), away([3], 0.5, 1)],
    run: (a, b, bias) => tf.fused.matMul({ a, b, bias, activation: "relu" }),
    reference: (_a, _b, bias) =>
      map(
        nd([2, 3], Array.from({ length: sizeOf([2, 3]) }, (_, i) => bias.data[i % 3]!)),
        (v) => Math.max(v, 0),
      ),
  },
);
