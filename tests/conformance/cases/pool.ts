import * as tf from "../../../lib/tensor/_tf.ts";
import { type Case, distinct, normal, show, values } from "../case.ts";
import { pool as fold } from "../oracle/linear.ts";
import { reshape } from "../oracle/shape.ts";

type Shape = readonly number[];
type Pad = "same" | "valid" | number;
const max = (v: number[]) => Math.max(...v);
const mean = (v: number[]) => v.reduce((a, b) => a + b, 0) / v.length;

const cases: Case[] = [];

for (
  const [x, size, stride, pad] of [
    [[1, 4, 4, 1], [2, 2], [2, 2], "valid"],
    [[2, 5, 5, 3], [2, 2], [2, 2], "same"],
    [[1, 3, 3, 1], [2, 2], [2, 2], "same"],
    [[2, 5, 6, 4], [3, 3], [1, 1], "same"],
    [[1, 7, 5, 2], [3, 2], [2, 1], "valid"],
    [[1, 6, 6, 3], [3, 3], [2, 2], 1],
    [[1, 4, 4, 5], [4, 4], [1, 1], "valid"],
    [[2, 3, 4, 8], [1, 1], [1, 1], "valid"],
    [[1, 1, 7, 2], [1, 3], [1, 2], "same"],
  ] as [Shape, [number, number], [number, number], Pad][]
) {
  const name = `${show(x)} ${size.join("x")} stride ${stride.join("x")} ${pad}`;
  cases.push(
    {
      name: `maxPool ${name}`,
      inputs: [distinct(x)],
      run: (a) => tf.maxPool(a as tf.Tensor4D, size, stride, pad),
      reference: (a) => fold(a, { size, stride, pad }, max),
    },
    {
      name: `avgPool ${name}`,
      inputs: [normal(x)],
      run: (a) => tf.avgPool(a as tf.Tensor4D, size, stride, pad),
      reference: (a) => fold(a, { size, stride, pad }, mean),
    },
  );
}

for (
  const [x, size, stride, pad] of [
    [[1, 4, 4, 4, 1], 2, 2, "valid"],
    [[2, 3, 3, 3, 2], 2, 1, "same"],
    [[1, 5, 3, 4, 3], 2, 2, "same"],
    [[1, 4, 5, 4, 2], 3, 1, "valid"],
  ] as [Shape, number, number, "same" | "valid"][]
) {
  const name = `${show(x)} ${size} stride ${stride} ${pad}`,
    window = { size: [size, size, size], stride, pad };
  cases.push(
    {
      name: `maxPool3d ${name}`,
      inputs: [distinct(x)],
      run: (a) => tf.maxPool3d(a as tf.Tensor5D, size, stride, pad),
      reference: (a) => fold(a, window, max),
    },
    {
      name: `avgPool3d ${name}`,
      inputs: [normal(x)],
      run: (a) => tf.avgPool3d(a as tf.Tensor5D, size, stride, pad),
      reference: (a) => fold(a, window, mean),
    },
  );
}

for (const type of ["max", "avg"] as const) {
  const f = type === "max" ? max : mean;
  cases.push(
    {
      name: `pool ${type} dilated by 2 [1,6,6,2]`,
      inputs: [distinct([1, 6, 6, 2])],
      run: (a) => tf.pool(a as tf.Tensor4D, [2, 2], type, "valid", [2, 2], [1, 1]),
      reference: (a) => fold(a, { size: [2, 2], dilation: 2 }, f),
    },
    {
      name: `pool ${type} over one axis [2,7,3]`,
      inputs: [distinct([2, 7, 3])],
      run: (a) =>
        tf.squeeze(
          tf.pool(tf.expandDims(a, 1) as tf.Tensor4D, [1, 3], type, "same", [1, 1], [1, 2]),
          [1],
        ),
      reference: (a) => fold(a, { size: [3], stride: 2, pad: "same" }, f),
    },
    {
      name: `${type}Pool of the whole image [2,4,3,5]`,
      inputs: [distinct([2, 4, 3, 5])],
      run: (a) => (type === "max" ? tf.maxPool : tf.avgPool)(a as tf.Tensor4D, [4, 3], 1, "valid"),
      reference: (a) => fold(a, { size: [4, 3] }, f),
    },
    {
      name: `${type}Pool of an image without a batch axis [4,4,2]`,
      inputs: [distinct([4, 4, 2])],
      run: (a) => (type === "max" ? tf.maxPool : tf.avgPool)(a as tf.Tensor3D, 2, 2, "valid"),
      reference: (a) =>
        reshape(fold(reshape(a, [1, 4, 4, 2]), { size: [2, 2], stride: 2 }, f), [2, 2, 2]),
    },
  );
}

cases.push(
  {
    name: "maxPool of negative numbers only [1,2,2,1]",
    inputs: [values([1, 2, 2, 1], [-4, -3, -2, -1])],
    run: (a) => tf.maxPool(a as tf.Tensor4D, 2, 2, "valid"),
    reference: (a) => fold(a, { size: [2, 2], stride: 2 }, max),
  },
  {
    name: "maxPool3d of negative numbers only [1,2,2,2,1]",
    inputs: [values([1, 2, 2, 2, 1], [-4, -3, -2, -1, -5, -6, -7, -8])],
    run: (a) => tf.maxPool3d(a as tf.Tensor5D, 2, 2, "valid"),
    reference: (a) => fold(a, { size: [2, 2, 2], stride: 2 }, max),
  },
  {
    name: "maxPoolWithArgmax [1,4,4,2] 2 stride 2",
    inputs: [distinct([1, 4, 4, 2])],
    run: (a) => tf.maxPoolWithArgmax(a as tf.Tensor4D, 2, 2, "valid").result!,
    reference: (a) => fold(a, { size: [2, 2], stride: 2 }, max),
  },
  {
    name: "dilation2d of negative numbers [1,3,3,2] [2,2,2]",
    inputs: [(rng) => {
      const x = distinct([1, 3, 3, 2])(rng);
      return { ...x, data: x.data.map((v) => Math.fround(v - 20)) };
    }, normal([2, 2, 2])],
    run: (x, w) => tf.dilation2d(x as tf.Tensor4D, w as tf.Tensor3D, 1, "valid"),
    reference: (x, w) => ({
      ...x,
      shape: [1, 2, 2, 2],
      data: Float64Array.from({ length: 8 }, (_, i) => {
        const [r, q, c] = [i >> 2, (i >> 1) & 1, i & 1];
        const cells = [0, 1, 2, 3].map((k) =>
          x.data[((r + (k >> 1)) * 3 + q + (k & 1)) * 2 + c]! + w.data[k * 2 + c]!
        );
        return Math.max(...cells);
      }),
    }),
  },
);

/** Greatest and mean values of windows, over two and three axes. */
export const pool: Case[] = cases;
