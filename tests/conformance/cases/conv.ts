import * as tf from "../../../lib/tensor/_tf.ts";
import { type Case, normal, show } from "../case.ts";
import {
  conv as convolve,
  convTranspose,
  depthwise,
  transpose,
  type Window,
} from "../oracle/linear.ts";
import { map, type Nd, zip } from "../oracle/nd.ts";
import { concat, reshape, slice } from "../oracle/shape.ts";

type Shape = readonly number[];
type Pad = "same" | "valid" | number;

const cases: Case[] = [];

for (
  const [x, w, stride, pad, dilation] of [
    [[1, 7, 2], [3, 2, 4], 1, "same", 1],
    [[2, 8, 3], [3, 3, 2], 2, "valid", 1],
    [[2, 9, 1], [4, 1, 3], 1, "same", 1],
    [[1, 10, 4], [3, 4, 4], 1, "valid", 2],
    [[1, 5, 2], [5, 2, 1], 1, "valid", 1],
    [[3, 6, 4], [1, 4, 8], 1, "same", 1],
  ] as [Shape, Shape, number, "same" | "valid", number][]
) {
  cases.push({
    name: `conv1d ${show(x, w)} stride ${stride} ${pad} dilation ${dilation}`,
    inputs: [normal(x), normal(w)],
    run: (a, b) => tf.conv1d(a as tf.Tensor3D, b as tf.Tensor3D, stride, pad, "NWC", dilation),
    reference: (a, b) => convolve(a, b, { stride, pad, dilation }),
  });
}

for (
  const [x, w, stride, pad, dilation] of [
    [[1, 3, 3, 1], [2, 2, 1, 1], 1, "valid", 1],
    [[2, 5, 7, 3], [3, 3, 3, 4], 1, "same", 1],
    [[2, 5, 7, 3], [3, 3, 3, 4], 2, "same", 1],
    [[1, 6, 6, 4], [3, 3, 4, 8], 2, "valid", 1],
    [[2, 4, 4, 5], [1, 1, 5, 6], 1, "same", 1],
    [[1, 4, 5, 8], [1, 1, 8, 4], 2, "valid", 1],
    [[1, 5, 5, 2], [3, 2, 2, 3], [2, 1], "same", 1],
    [[1, 7, 6, 2], [2, 3, 2, 3], 1, 1, 1],
    [[1, 8, 8, 3], [3, 3, 3, 2], 1, "same", 2],
    [[2, 7, 9, 4], [3, 3, 4, 4], 1, "valid", 2],
    [[1, 9, 7, 2], [2, 2, 2, 2], 1, "valid", [3, 2]],
    [[1, 1, 6, 2], [1, 3, 2, 2], 1, "same", 1],
    [[2, 4, 4, 3], [4, 4, 3, 5], 1, "valid", 1],
    [[1, 8, 8, 1], [5, 5, 1, 2], 3, "same", 1],
    [[3, 3, 3, 16], [3, 3, 16, 8], 1, "same", 1],
  ] as [Shape, Shape, number | [number, number], Pad, number | [number, number]][]
) {
  cases.push({
    name: `conv2d ${show(x, w)} stride ${stride} ${pad} dilation ${dilation}`,
    inputs: [normal(x), normal(w)],
    run: (a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad, "NHWC", dilation),
    reference: (a, b) => convolve(a, b, { stride, pad, dilation }),
  });
}

for (
  const [x, w, stride, pad] of [
    [[2, 3, 5, 6], [3, 3, 3, 4], 1, "same"],
    [[1, 4, 6, 5], [2, 2, 4, 4], 2, "valid"],
    [[2, 5, 4, 3], [1, 1, 5, 2], 1, "valid"],
  ] as [Shape, Shape, number, Pad][]
) {
  cases.push({
    name: `conv2d NCHW ${show(x, w)} stride ${stride} ${pad}`,
    inputs: [normal(x), normal(w)],
    run: (a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad, "NCHW"),
    reference: (a, b) =>
      transpose(convolve(transpose(a, [0, 2, 3, 1]), b, { stride, pad }), [0, 3, 1, 2]),
  });
}

for (
  const [y, w, space, stride, pad] of [
    [[1, 3, 3, 2], [2, 2, 3, 2], [6, 6], 2, "same"],
    [[2, 4, 5, 3], [3, 3, 2, 3], [4, 5], 1, "same"],
    [[1, 2, 3, 4], [3, 3, 4, 4], [5, 7], 2, "valid"],
    [[2, 2, 2, 1], [4, 4, 3, 1], [4, 4], 2, "same"],
    [[1, 3, 2, 8], [1, 1, 4, 8], [3, 2], 1, "valid"],
  ] as [Shape, Shape, [number, number], number, "same" | "valid"][]
) {
  cases.push({
    name: `conv2dTranspose ${show(y, w)} to ${show(space)} stride ${stride} ${pad}`,
    inputs: [normal(y), normal(w)],
    run: (a, b) =>
      tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, [y[0]!, ...space, w[2]!], stride, pad),
    reference: (a, b) => convTranspose(a, b, space, { stride, pad }),
  });
}

for (
  const [x, w, stride, pad, dilation] of [
    [[1, 5, 5, 3], [3, 3, 3, 1], 1, "same", 1],
    [[2, 6, 5, 4], [3, 3, 4, 2], 1, "valid", 1],
    [[1, 7, 7, 4], [3, 3, 4, 1], 2, "same", 1],
    [[1, 6, 6, 2], [2, 2, 2, 3], 1, "valid", 1],
    [[1, 7, 7, 3], [3, 3, 3, 1], 1, "same", 2],
    [[2, 4, 6, 1], [1, 3, 1, 2], 1, "same", 1],
    [[1, 5, 6, 8], [5, 5, 8, 1], 1, 2, 1],
  ] as [Shape, Shape, number, Pad, number][]
) {
  cases.push({
    name: `depthwiseConv2d ${show(x, w)} stride ${stride} ${pad} dilation ${dilation}`,
    inputs: [normal(x), normal(w)],
    run: (a, b) =>
      tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad, "NHWC", dilation),
    reference: (a, b) => depthwise(a, b, { stride, pad, dilation }),
  });
}

for (
  const [x, w, p, stride] of [
    [[1, 5, 5, 3], [3, 3, 3, 1], [1, 1, 3, 4], 1],
    [[2, 6, 4, 2], [2, 2, 2, 2], [1, 1, 4, 3], 2],
  ] as [Shape, Shape, Shape, number][]
) {
  cases.push({
    name: `separableConv2d ${show(x, w, p)} stride ${stride}`,
    inputs: [normal(x), normal(w), normal(p)],
    run: (a, b, c) =>
      tf.separableConv2d(a as tf.Tensor4D, b as tf.Tensor4D, c as tf.Tensor4D, stride, "same"),
    reference: (a, b, c) => convolve(depthwise(a, b, { stride, pad: "same" }), c),
  });
}

for (
  const [x, w, stride, pad] of [
    [[1, 3, 4, 3, 2], [2, 2, 2, 2, 3], 1, "same"],
    [[2, 4, 4, 4, 1], [3, 3, 3, 1, 2], 1, "valid"],
    [[1, 5, 4, 3, 2], [2, 3, 2, 2, 2], 2, "same"],
    [[1, 2, 3, 2, 4], [1, 1, 1, 4, 4], 1, "valid"],
  ] as [Shape, Shape, number, "same" | "valid"][]
) {
  cases.push({
    name: `conv3d ${show(x, w)} stride ${stride} ${pad}`,
    inputs: [normal(x), normal(w)],
    run: (a, b) => tf.conv3d(a as tf.Tensor5D, b as tf.Tensor5D, stride, pad),
    reference: (a, b) => convolve(a, b, { stride, pad }),
  });
}

for (
  const [y, w, space, stride, pad] of [
    [[1, 2, 2, 2, 2], [2, 2, 2, 3, 2], [4, 4, 4], 2, "same"],
    [[2, 2, 3, 2, 1], [3, 3, 3, 2, 1], [2, 3, 2], 1, "same"],
    [[1, 2, 2, 1, 2], [2, 2, 2, 1, 2], [3, 3, 2], 1, "valid"],
  ] as [Shape, Shape, [number, number, number], number, "same" | "valid"][]
) {
  cases.push({
    name: `conv3dTranspose ${show(y, w)} to ${show(space)} stride ${stride} ${pad}`,
    inputs: [normal(y), normal(w)],
    run: (a, b) =>
      tf.conv3dTranspose(a as tf.Tensor5D, b as tf.Tensor5D, [y[0]!, ...space, w[3]!], stride, pad),
    reference: (a, b) => convTranspose(a, b, space, { stride, pad }),
  });
}

for (const activation of ["linear", "relu", "relu6", "elu", "sigmoid"] as const) {
  const f = {
    linear: (v: number) => v,
    relu: (v: number) => Math.max(v, 0),
    relu6: (v: number) => Math.min(Math.max(v, 0), 6),
    elu: (v: number) => v > 0 ? v : Math.expm1(v),
    sigmoid: (v: number) => 1 / (1 + Math.exp(-v)),
  }[activation];
  const shared = activation === "linear" || activation === "relu" ? [1, 2] : [1];
  for (const stride of shared) {
    cases.push({
      name: `fused conv2d ${activation} [2,5,4,3] [3,3,3,4] stride ${stride} bias`,
      inputs: [normal([2, 5, 4, 3]), normal([3, 3, 3, 4]), normal([4])],
      run: (x, w, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: w as tf.Tensor4D,
          strides: stride,
          pad: "same",
          bias,
          activation,
        }),
      reference: (x, w, bias) =>
        zip([convolve(x, w, { stride, pad: "same" }), bias], (v, b) => f(v + b)),
    });
  }
}

cases.push(
  {
    name: "fused depthwiseConv2d relu [1,5,4,3] [3,3,3,1] bias",
    inputs: [normal([1, 5, 4, 3]), normal([3, 3, 3, 1]), normal([3])],
    run: (x, w, bias) =>
      tf.fused.depthwiseConv2d({
        x: x as tf.Tensor4D,
        filter: w as tf.Tensor4D,
        strides: 1,
        pad: "same",
        bias,
        activation: "relu",
      }),
    reference: (x, w, bias) =>
      zip([depthwise(x, w, { pad: "same" }), bias], (v, b) => Math.max(v + b, 0)),
  },
  {
    name: "conv2d of two groups composed [2,4,4,6] [3,3,3,4]",
    inputs: [normal([2, 4, 4, 6]), normal([3, 3, 3, 4])],
    run: (x, w) => {
      const halves = tf.split(x as tf.Tensor4D, 2, 3), filters = tf.split(w as tf.Tensor4D, 2, 3);
      return tf.concat(
        halves.map((h, i) => tf.conv2d(h as tf.Tensor4D, filters[i]! as tf.Tensor4D, 1, "same")),
        3,
      );
    },
    reference: (x, w) =>
      concat(
        [0, 1].map((g) =>
          convolve(
            slice(x, [0, 0, 0, 3 * g], [2, 4, 4, 3]),
            slice(w, [0, 0, 0, 2 * g], [3, 3, 3, 2]),
            { pad: "same" },
          )
        ),
        3,
      ),
  },
  {
    name: "conv2d of an image without a batch axis [5,5,2] [3,3,2,3]",
    inputs: [normal([5, 5, 2]), normal([3, 3, 2, 3])],
    run: (x, w) => tf.conv2d(x as tf.Tensor3D, w as tf.Tensor4D, 1, "same"),
    reference: (x, w) => reshape(convolve(reshape(x, [1, 5, 5, 2]), w, { pad: "same" }), [5, 5, 3]),
  },
  {
    name: "conv2d of channels that differ [1,4,4,3] [3,3,2,4]",
    inputs: [normal([1, 4, 4, 3]), normal([3, 3, 2, 4])],
    run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
    expect: "error",
    message: /depth|channel/i,
  },
  {
    name: "conv2d with explicit padding of each side [1,4,5,2] [3,3,2,3]",
    inputs: [normal([1, 4, 5, 2]), normal([3, 3, 2, 3])],
    run: (x, w) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, [[0, 0], [1, 0], [2, 1], [0, 0]]),
    reference: (x, w) => convolve(x, w, { pad: [[1, 0], [2, 1]] }),
  },
  {
    name: "residual block composed [2,4,4,3]",
    inputs: [normal([2, 4, 4, 3]), normal([3, 3, 3, 3], 0, 0.3), normal([3, 3, 3, 3], 0, 0.3)],
    run: (x, u, w) => {
      const hidden = tf.relu(tf.conv2d(x as tf.Tensor4D, u as tf.Tensor4D, 1, "same"));
      return tf.add(x, tf.conv2d(hidden, w as tf.Tensor4D, 1, "same"));
    },
    reference: (x, u, w) => {
      const same: Omit<Window, "size"> = { pad: "same" };
      const hidden: Nd = map(convolve(x, u, same), (v) => Math.max(v, 0));
      return zip([x, convolve(hidden, w, same)], (a, b) => a + b);
    },
  },
);

/** Convolutions of one, two and three axes, their transposes, depthwise, separable, dilated and fused. */
export const conv: Case[] = cases;
