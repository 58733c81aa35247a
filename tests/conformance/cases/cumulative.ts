import * as tf from "../../../lib/tensor/_tf.ts";
import { away, type Case, ints, NO_GRADIENT, normal, show } from "../case.ts";
import { full, nd } from "../oracle/nd.ts";
import { fourier } from "../oracle/linear.ts";
import { cumulative as running } from "../oracle/reduce.ts";
import { slice } from "../oracle/shape.ts";

type Shape = readonly number[];
const cases: Case[] = [];

/** Lengths that differ at equal rank: a GPU program for one must not serve another. */
for (
  const [shape, axis] of [
    [[5], 0],
    [[2, 4], 1],
    [[1, 6], 1],
    [[3, 5], 0],
    [[2, 3, 4], 1],
    [[2, 3, 4], 0],
    [[2, 2, 3, 5], -1],
    [[1, 1], 1],
  ] as [Shape, number][]
) {
  for (
    const [exclusive, reverse] of [[false, false], [true, false], [false, true], [
      true,
      true,
    ]] as const
  ) {
    const name = `${show(shape)} axis ${axis}${exclusive ? " exclusive" : ""}${
      reverse ? " reverse" : ""
    }`;
    cases.push({
      name: `cumsum ${name}`,
      inputs: [normal(shape)],
      run: (x) => tf.cumsum(x, axis, exclusive, reverse),
      reference: (x) => running(x, axis, (a, b) => a + b, 0, exclusive, reverse),
    });
    if (shape.length > 2) continue;
    cases.push({
      name: `cumprod ${name}`,
      inputs: [away(shape, 0.6, 1.4)],
      run: (x) => tf.cumprod(x, axis, exclusive, reverse),
      reference: (x) => running(x, axis, (a, b) => a * b, 1, exclusive, reverse),
    });
  }
}

for (const shape of [[8], [2, 8], [3, 6], [2, 5]] as Shape[]) {
  cases.push(
    {
      name: `fft of a complex row ${show(shape)}`,
      inputs: [normal(shape), normal(shape)],
      run: (re, im) => {
        const y = tf.spectral.fft(tf.complex(re, im));
        return [tf.real(y), tf.imag(y)];
      },
      reference: (re, im) => fourier(re, im),
      gradient: false,
      why: NO_GRADIENT.inference,
    },
    {
      name: `ifft of a complex row ${show(shape)}`,
      inputs: [normal(shape), normal(shape)],
      run: (re, im) => {
        const y = tf.spectral.ifft(tf.complex(re, im));
        return [tf.real(y), tf.imag(y)];
      },
      reference: (re, im) => fourier(re, im, true),
      gradient: false,
      why: NO_GRADIENT.inference,
    },
    {
      name: `rfft ${show(shape)}`,
      inputs: [normal(shape)],
      run: (x) => {
        const y = tf.spectral.rfft(x);
        return [tf.real(y), tf.imag(y)];
      },
      reference: (x) => {
        const half = [...shape.slice(0, -1), Math.floor(shape.at(-1)! / 2) + 1];
        return fourier(x, full(shape, 0)).map((p) => slice(p, shape.map(() => 0), half));
      },
      gradient: false,
      why: NO_GRADIENT.inference,
    },
  );
}

cases.push(
  {
    name: "dropout by a seed keeps its share and its scale [4000]",
    inputs: [(rng) => nd([4000], new Float64Array(4000).map(() => 1 + 0 * rng.bits()))],
    run: (x) => {
      const y = tf.dropout(x, 0.25, undefined, 7),
        kept = tf.mean(tf.cast(tf.notEqual(y, 0), "float32"));
      const right = tf.logicalOr(tf.equal(y, 0), tf.less(tf.abs(tf.sub(y, 1 / 0.75)), 1e-5));
      return [tf.all(right), tf.logicalAnd(tf.greater(kept, 0.72), tf.less(kept, 0.78))];
    },
    reference: () => [full([], 1, "bool"), full([], 1, "bool")],
    gradient: false,
    why: NO_GRADIENT.random,
  },
  {
    name: "dropout by a seed is equal on every device [50]",
    inputs: [normal([50])],
    run: (x) => tf.dropout(x, 0.5, undefined, 11),
    why:
      "the generator is TensorFlow.js's own, in JavaScript; only its agreement across devices is claimed",
  },
  {
    name: "randomUniform by a seed is equal on every device [40]",
    inputs: [normal([1])],
    run: () => tf.randomUniform([40], -1, 1, "float32", 5),
    gradient: false,
    why: "it has no input; only its agreement across devices is claimed",
  },
  {
    name: "randomNormal by a seed is equal on every device [40]",
    inputs: [normal([1])],
    run: () => tf.randomNormal([40], 0, 1, "float32", 5),
    gradient: false,
    why: "it has no input; only its agreement across devices is claimed",
  },
  {
    name: "truncatedNormal stays within two deviations [2000]",
    inputs: [normal([1])],
    run: () => tf.all(tf.lessEqual(tf.abs(tf.truncatedNormal([2000], 0, 1, "float32", 3)), 2)),
    reference: () => full([], 1, "bool"),
    gradient: false,
    why: NO_GRADIENT.random,
  },
  {
    name: "multinomial draws what is certain [2,3]",
    inputs: [(rng) => nd([2, 3], [-90, 90, -90, 90, -90, -90 + 0 * rng.bits()])],
    run: (x) => tf.multinomial(x as tf.Tensor2D, 5, 9),
    reference: () => nd([2, 5], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0], "int32"),
    gradient: false,
    why: NO_GRADIENT.random,
  },
  {
    name: "multinomial draws in proportion [1,4]",
    inputs: [
      (rng) => nd([1, 4], [1, 2, 3, 4].map((p) => Math.fround(Math.log(p / 10) + 0 * rng.bits()))),
    ],
    run: (x) => {
      const drawn = tf.multinomial(x as tf.Tensor2D, 4000, 3);
      const share = tf.mean(
        tf.cast(tf.oneHot(tf.reshape(tf.cast(drawn, "int32"), [4000]), 4), "float32"),
        0,
      );
      return tf.all(tf.less(tf.abs(tf.sub(share, tf.tensor1d([0.1, 0.2, 0.3, 0.4]))), 0.04));
    },
    reference: () => full([], 1, "bool"),
    gradient: false,
    why: NO_GRADIENT.random,
  },
  {
    name: "stft of a signal [20] by frames of 8",
    inputs: [normal([20])],
    run: (x) => {
      const y = tf.signal.stft(x as tf.Tensor1D, 8, 4, 8, (n) => tf.ones([n]));
      return [tf.real(y), tf.imag(y)];
    },
    reference: (x) => {
      const frames = nd(
        [4, 8],
        Array.from({ length: 32 }, (_, i) => x.data[(i >> 3) * 4 + i % 8]!),
      );
      return fourier(frames, full([4, 8], 0)).map((p) => slice(p, [0, 0], [4, 5]));
    },
    gradient: false,
    why: NO_GRADIENT.inference,
  },
  {
    name: "frames of a signal [10] of 4 by 3",
    inputs: [normal([10])],
    run: (x) => tf.signal.frame(x as tf.Tensor1D, 4, 3),
    reference: (x) =>
      nd([3, 4], Array.from({ length: 12 }, (_, i) => x.data[Math.floor(i / 4) * 3 + i % 4]!)),
  },
  {
    name: "moving average by two cumulative sums composed [9]",
    inputs: [normal([9])],
    run: (x) => tf.sub(tf.slice(tf.cumsum(x), [3], [6]), tf.slice(tf.cumsum(x), [0], [6])),
    reference: (x) =>
      nd(
        [6],
        Array.from({ length: 6 }, (_, i) => x.data[i + 1]! + x.data[i + 2]! + x.data[i + 3]!),
      ),
  },
  {
    name: "positions of tokens by a cumulative sum of a mask [2,5]",
    inputs: [ints([2, 5], 0, 2)],
    run: (m) => tf.cumsum(m, 1, true),
    reference: (m) => running(m, 1, (a, b) => a + b, 0, true),
    gradient: false,
    why: NO_GRADIENT.whole,
  },
);

cases.push({
  name: "the gradient of rfft says what to do instead [8]",
  inputs: [normal([8])],
  run: (x) => tf.grad((y: tf.Tensor) => tf.real(tf.spectral.rfft(y)))(x),
  expect: "error",
  message: /Cannot differentiate \w+ as .*;/,
});

/** Running totals and products, Fourier transforms, and what random operations promise. */
export const cumulative: Case[] = cases;
