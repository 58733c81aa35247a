import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import {
  away,
  bools,
  type Case,
  distinct,
  ints,
  NO_GRADIENT,
  normal,
  show,
  uniform,
} from "../case.ts";
import { build, map, type Nd, zip } from "../oracle/nd.ts";
import { logSoftmax, mean, normalize, softmax, sum, weightedLoss } from "../oracle/reduce.ts";
import { oneHot, reshape } from "../oracle/shape.ts";

const cases: Case[] = [];

for (const shape of [[5], [3, 7], [2, 3, 4], [4, 1], [2, 2, 3, 5], [1, 2, 2, 1, 6]]) {
  cases.push(
    {
      name: `softmax ${show(shape)}`,
      inputs: [normal(shape, 0, 2)],
      run: (x) => tf.softmax(x),
      reference: (x) => softmax(x),
    },
    {
      name: `logSoftmax ${show(shape)}`,
      inputs: [normal(shape, 0, 2)],
      run: (x) => tf.logSoftmax(x),
      reference: (x) => logSoftmax(x),
    },
  );
}

/** Zero mean and unit variance, as a library composes it. */
function layerNorm(x: Tensor, gain: Tensor, shift: Tensor): Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), gain), shift);
}

for (const shape of [[3, 8], [2, 3, 5], [1, 4], [2, 2, 2, 7]]) {
  const C = [shape.at(-1)!];
  cases.push(
    {
      name: `layer norm composed ${show(shape)}`,
      inputs: [normal(shape), normal(C, 1, 0.2), normal(C)],
      run: layerNorm,
      reference: (x, gain, shift) => normalize(x, -1, 1e-5, gain, shift),
    },
    {
      name: `RMS norm composed ${show(shape)}`,
      inputs: [normal(shape), normal(C, 1, 0.2)],
      run: (x, gain) =>
        tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5))), gain),
      reference: (x, gain) => {
        const ms = mean(map(x, (v) => v * v), { axis: -1, keepDims: true });
        return zip([zip([x, ms], (v, m) => v / Math.sqrt(m + 1e-5)), gain], (v, g) => v * g);
      },
    },
  );
}

const batched = (x: Nd, m: Nd, v: Nd, offset?: Nd, scale?: Nd) => {
  let y = zip([x, m, v], (a, b, c) => (a - b) / Math.sqrt(c + 1e-3));
  if (scale) y = zip([y, scale], (a, b) => a * b);
  return offset ? zip([y, offset], (a, b) => a + b) : y;
};
for (const shape of [[4, 3], [2, 3, 5], [2, 3, 2, 4]]) {
  const C = [shape.at(-1)!];
  cases.push(
    {
      name: `batchNorm ${show(shape)} offset and scale`,
      inputs: [normal(shape), normal(C), uniform(C, 0.5, 2), normal(C), normal(C, 1, 0.3)],
      run: (x, m, v, o, s) =>
        tf.batchNorm(
          x,
          m as tf.Tensor1D,
          v as tf.Tensor1D,
          o as tf.Tensor1D,
          s as tf.Tensor1D,
          1e-3,
        ),
      reference: (x, m, v, o, s) => batched(x, m, v, o, s),
    },
    {
      name: `batchNorm ${show(shape)} without scale`,
      inputs: [normal(shape), normal(C), uniform(C, 0.5, 2), normal(C)],
      run: (x, m, v, o) =>
        tf.batchNorm(x, m as tf.Tensor1D, v as tf.Tensor1D, o as tf.Tensor1D, undefined, 1e-3),
      reference: (x, m, v, o) => batched(x, m, v, o),
    },
    {
      name: `batchNorm ${show(shape)} without offset and scale`,
      inputs: [normal(shape), normal(C), uniform(C, 0.5, 2)],
      run: (x, m, v) =>
        tf.batchNorm(x, m as tf.Tensor1D, v as tf.Tensor1D, undefined, undefined, 1e-3),
      reference: (x, m, v) => batched(x, m, v),
    },
  );
}
cases.push(
  {
    name: "batch norm of the batch's own moments [3,2,2,4]",
    inputs: [normal([3, 2, 2, 4]), normal([4], 1, 0.3), normal([4])],
    run: (x, gain, shift) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(
        x,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        shift as tf.Tensor1D,
        gain as tf.Tensor1D,
        1e-3,
      );
    },
    reference: (x, gain, shift) => normalize(x, [0, 1, 2], 1e-3, gain, shift),
  },
  {
    name: "group norm composed [2,3,3,6] in 3 groups",
    inputs: [normal([2, 3, 3, 6])],
    run: (x) => {
      const g = tf.reshape(x, [2, 9, 3, 2]);
      const { mean, variance } = tf.moments(g, [1, 3], true);
      return tf.reshape(tf.mul(tf.sub(g, mean), tf.rsqrt(tf.add(variance, 1e-5))), [2, 3, 3, 6]);
    },
    reference: (x) => reshape(normalize(reshape(x, [2, 9, 3, 2]), [1, 3], 1e-5), [2, 3, 3, 6]),
  },
  {
    name: "localResponseNormalization [1,2,3,6]",
    inputs: [normal([1, 2, 3, 6])],
    run: (x) => tf.localResponseNormalization(x as tf.Tensor4D, 2, 1, 0.5, 0.75),
    reference: (x) =>
      build(x.shape, ([b, i, j, c]) => {
        const at = (k: number) => x.data[((b! * 2 + i!) * 3 + j!) * 6 + k]!;
        let s = 0;
        for (let k = Math.max(c! - 2, 0); k <= Math.min(c! + 2, 5); k++) s += at(k) ** 2;
        return at(c!) * (1 + 0.5 * s) ** -0.75;
      }),
  },
);

const huber = (d: number) => Math.abs(d) <= 1 ? 0.5 * d * d : Math.abs(d) - 0.5;
const PAIR_LOSSES: [
  string,
  (t: Tensor, p: Tensor, w?: Tensor) => Tensor,
  (t: number, p: number) => number,
][] = [
  ["meanSquaredError", tf.losses.meanSquaredError, (t, p) => (t - p) ** 2],
  ["absoluteDifference", tf.losses.absoluteDifference, (t, p) => Math.abs(t - p)],
  ["huberLoss", tf.losses.huberLoss, (t, p) => huber(t - p)],
];
for (const [name, f, each] of PAIR_LOSSES) {
  for (const shape of [[5], [3, 4], [2, 3, 2]]) {
    cases.push({
      name: `${name} ${show(shape)}`,
      inputs: [distinct(shape, 0.3), away(shape, 0.01, 0.05)],
      run: (t, p) => f(t, p),
      reference: (t, p) => weightedLoss(zip([t, p], each)),
      gradient: [true, true],
    });
  }
  cases.push({
    name: `${name} [3,4] weights [3,4]`,
    inputs: [distinct([3, 4], 0.3), away([3, 4], 0.01, 0.05), uniform([3, 4], 0.5, 2)],
    run: (t, p, w) => f(t, p, w),
    reference: (t, p, w) => weightedLoss(zip([t, p], each), w),
    gradient: [true, true, false],
    why: "weights only scale; TensorFlow.js counts the nonzero ones by a comparison",
  });
}
const logistic = (t: number, z: number) =>
  Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z)));
cases.push(
  {
    name: "sigmoidCrossEntropy [3,4]",
    inputs: [uniform([3, 4]), normal([3, 4], 0, 2)],
    run: (t, z) => tf.losses.sigmoidCrossEntropy(t, z),
    reference: (t, z) => weightedLoss(zip([t, z], logistic)),
  },
  {
    name: "sigmoidCrossEntropy [7] weights [7]",
    inputs: [uniform([7]), normal([7], 0, 2), uniform([7], 0.5, 2)],
    run: (t, z, w) => tf.losses.sigmoidCrossEntropy(t, z, w),
    reference: (t, z, w) => weightedLoss(zip([t, z], logistic), w),
    gradient: [true, true, false],
    why: "weights only scale; TensorFlow.js counts the nonzero ones by a comparison",
  },
  {
    name: "logLoss [3,4]",
    inputs: [uniform([3, 4]), uniform([3, 4], 0.1, 0.9)],
    run: (t, p) => tf.losses.logLoss(t, p),
    reference: (t, p) =>
      weightedLoss(
        zip([t, p], (a, b) => -a * Math.log(b + 1e-7) - (1 - a) * Math.log(1 - b + 1e-7)),
      ),
  },
  {
    name: "hingeLoss [3,4]",
    inputs: [(rng) => map(bools([3, 4])(rng), (v) => v, "float32"), uniform([3, 4], -0.9, 0.9)],
    run: (t, p) => tf.losses.hingeLoss(t, p),
    reference: (t, p) => weightedLoss(zip([t, p], (a, b) => Math.max(1 - (2 * a - 1) * b, 0))),
    gradient: [false, true],
    why: "labels are 0 or 1",
  },
  {
    name: "cosineDistance [3,4] axis 1",
    inputs: [normal([3, 4]), normal([3, 4])],
    run: (t, p) => tf.losses.cosineDistance(t, p, 1),
    reference: (t, p) =>
      weightedLoss(
        map(sum(zip([t, p], (a, b) => a * b), { axis: 1, keepDims: true }), (s) => 1 - s),
      ),
  },
);
for (const [R, V] of [[1, 2], [3, 5], [4, 33], [6, 8]] as const) {
  cases.push(
    {
      name: `softmaxCrossEntropy of one-hot labels [${R},${V}]`,
      inputs: [ints([R], 0, V), normal([R, V], 0, 2)],
      run: (ids, z) => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.cast(ids, "int32"), V), z),
      reference: (ids, z) =>
        mean(
          sum(zip([oneHot(ids, V), logSoftmax(z)], (t, l) => t === 0 ? 0 : -t * l), { axis: -1 }),
        ),
    },
    {
      name: `softmaxCrossEntropy of soft labels [${R},${V}]`,
      inputs: [(rng) => map(softmax(normal([R, V])(rng)), Math.fround), normal([R, V], 0, 2)],
      run: (t, z) => tf.losses.softmaxCrossEntropy(t, z),
      reference: (t, z) => mean(sum(zip([t, logSoftmax(z)], (a, l) => -a * l), { axis: -1 })),
      gradient: [true, true],
    },
  );
}
cases.push(
  {
    name: "cross entropy by gathering log-probabilities composed [4,7]",
    inputs: [ints([4], 0, 7), normal([4, 7])],
    run: (ids, z) =>
      tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(z), tf.oneHot(tf.cast(ids, "int32"), 7)), -1))),
    reference: (ids, z) =>
      map(
        mean(sum(zip([oneHot(ids, 7), logSoftmax(z)], (t, l) => t * l), { axis: -1 })),
        (v) => -v,
      ),
  },
  {
    name: "softmax over the first axis composed [4,3]",
    inputs: [normal([4, 3])],
    run: (x) => tf.transpose(tf.softmax(tf.transpose(x))),
    reference: (x) => softmax(x, 0),
  },
  {
    name: "softmax over an axis that is not the last [2,3]",
    inputs: [normal([2, 3])],
    run: (x) => tf.softmax(x, 0),
    expect: "error",
    message: /last dim/i,
  },
  {
    name: "dropout of rate 0 [3,4]",
    inputs: [normal([3, 4])],
    run: (x) => tf.dropout(x, 0),
    reference: (x) => x,
  },
  {
    name: "confusionMatrix [8] [8]",
    inputs: [ints([8], 0, 3), ints([8], 0, 3)],
    run: (a, b) => tf.math.confusionMatrix(a as tf.Tensor1D, b as tf.Tensor1D, 3),
    reference: (a, b) => {
      const m = build([3, 3], () => 0, "int32");
      a.data.forEach((v, i) => m.data[v * 3 + b.data[i]!]! += 1);
      return m;
    },
    gradient: false,
    why: NO_GRADIENT.whole,
  },
);

/** Softmax, normalisations and losses. */
export const norm: Case[] = cases;
