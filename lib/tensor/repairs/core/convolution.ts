import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";
import { explicitPadding, type Padding } from "../kernel.ts";
import { runKernel, setGradient } from "./gradient.ts";
import { padAxis, sliceAxis } from "./layout.ts";

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

interface ConvAttrs {
  strides: number | [number, number];
  pad: Padding;
  dataFormat: "NHWC" | "NCHW";
  dilations: number | [number, number];
  dimRoundingMode?: "floor" | "round" | "ceil";
}

interface Conv3DAttrs {
  strides: number | [number, number, number];
  pad: "same" | "valid" | number;
  dilations: number | [number, number, number];
}

/** How the taps of a dilated filter meet the input; one entry for each spatial axis. The stride is 1. */
interface Dilated {
  taps: number[];
  dilations: number[];
  before: number[];
  after: number[];
  output: number[];
}

/** The offsets of each tap of a filter, in the order in which the filter stores them. */
function offsetsOf({ taps, dilations }: Dilated): number[][] {
  return taps.reduce<number[][]>(
    (all, count, axis) =>
      all.flatMap((head) =>
        Array.from({ length: count }, (_, i) => [...head, i * dilations[axis]!])
      ),
    [[]],
  );
}

/** The part of the padded input that one tap sees, `[B, ...output, C]`. */
function seenBy(padded: Tensor, offset: number[], { output }: Dilated): Tensor {
  return offset.reduce((x, begin, i) => sliceAxis(x, i + 1, begin, output[i]!), padded);
}

/** What each tap adds to the input's gradient, put in its place and summed. */
function scatterParts(parts: Tensor[], plan: Dilated, inputShape: number[]): Tensor {
  const offsets = offsetsOf(plan);
  const sum = parts.map((part, k) =>
    offsets[k]!.reduce((g, begin, i) => {
      const padded = inputShape[i + 1]! + plan.before[i]! + plan.after[i]!;
      return padAxis(g, i + 1, begin, padded - begin - plan.output[i]!);
    }, part)
  ).reduce((a, b) => tf.add(a, b));
  return plan.before.reduce((g, b, i) => sliceAxis(g, i + 1, b, inputShape[i + 1]!), sum);
}

function padInput(x: Tensor, { before, after }: Dilated): Tensor {
  return before.reduce((g, b, i) => padAxis(g, i + 1, b, after[i]!), x);
}

/** The filter's gradient: one matrix product for each tap. */
function dilatedFilterGradient(x: Tensor, dy: Tensor, shape: number[], plan: Dilated): Tensor {
  const padded = padInput(x, plan);
  const dyRows = tf.reshape(dy, [-1, dy.shape.at(-1)!]); // [P, O]
  const perTap = offsetsOf(plan).map((offset) => {
    const rows = tf.reshape(seenBy(padded, offset, plan), [-1, x.shape.at(-1)!]); // [P, C]
    return tf.matMul(rows, dyRows, true, false); // [C, O]
  });
  return tf.reshape(tf.stack(perTap), shape);
}

/** The input's gradient: one matrix product for each tap. */
function dilatedInputGradient(filter: Tensor, dy: Tensor, shape: number[], plan: Dilated): Tensor {
  const [C, O] = filter.shape.slice(-2) as [number, number];
  const taps = tf.unstack(tf.reshape(filter, [-1, C, O]));
  const dyRows = tf.reshape(dy, [-1, O]);
  const parts = taps.map((w) =>
    tf.reshape(tf.matMul(dyRows, w, false, true), [...dy.shape.slice(0, -1), C])
  );
  return scatterParts(parts, plan, shape);
}

/** C8: the gradient of conv2d and conv1d throws with a dilation, and forgets the rounding mode. */
export function repairConv2dGradient(): void {
  setGradient<[Tensor, Tensor], ConvAttrs>(
    "Conv2D",
    { inputs: ["x", "filter"] },
    (dy, [x, filter], attrs) => {
      const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs;
      if (tf.backend_util.tupleValuesAreOne(dilations)) {
        const common = { strides, pad, dataFormat, dimRoundingMode };
        return {
          x: () =>
            runKernel("Conv2DBackpropInput", { dy, filter }, { ...common, inputShape: x.shape }),
          filter: () =>
            runKernel("Conv2DBackpropFilter", { x, dy }, { ...common, filterShape: filter.shape }),
        };
      }
      const last = (t: Tensor) => dataFormat === "NCHW" ? tf.transpose(t, [0, 2, 3, 1]) : t;
      const back = (t: Tensor) => dataFormat === "NCHW" ? tf.transpose(t, [0, 3, 1, 2]) : t;
      const plan = plan2D(x, filter, attrs, false);
      return {
        x: () => {
          const shape = dataFormat === "NCHW" ? [0, 2, 3, 1].map((i) => x.shape[i]!) : x.shape;
          return back(dilatedInputGradient(filter, last(dy), shape, plan));
        },
        filter: () => dilatedFilterGradient(last(x), last(dy), filter.shape, plan),
      };
    },
  );
}

/** C8: the gradient of conv3d throws with a dilation. */
export function repairConv3dGradient(): void {
  const stock = tf.getGradient("Conv3D").gradFunc;
  setGradient<[Tensor, Tensor], Conv3DAttrs>(
    "Conv3D",
    { inputs: ["x", "filter"] },
    (dy, [x, filter], attrs) => {
      const { strides, pad, dilations } = attrs;
      if (tf.backend_util.tupleValuesAreOne(dilations)) {
        return stock(dy, [x, filter], attrs as unknown as tf.NamedAttrMap) as Record<
          string,
          () => Tensor
        >;
      }
      const info = tf.backend_util.computeConv3DInfo(
        x.shape as Shape5,
        filter.shape as Shape5,
        strides,
        dilations,
        pad,
      );
      const { front, top, left, back, bottom, right } = info.padInfo;
      const plan: Dilated = {
        taps: [info.filterDepth, info.filterHeight, info.filterWidth],
        dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
        before: [front, top, left],
        after: [back, bottom, right],
        output: [info.outDepth, info.outHeight, info.outWidth],
      };
      return {
        x: () => dilatedInputGradient(filter, dy, x.shape, plan),
        filter: () => dilatedFilterGradient(x, dy, filter.shape, plan),
      };
    },
  );
}

/** C8: the gradient of depthwiseConv2d throws with a dilation. */
export function repairDepthwiseConv2dGradient(): void {
  const stock = tf.getGradient("DepthwiseConv2dNative").gradFunc;
  setGradient<[Tensor, Tensor], ConvAttrs>(
    "DepthwiseConv2dNative",
    { inputs: ["x", "filter"] },
    (dy, [x, filter], attrs) => {
      if (tf.backend_util.tupleValuesAreOne(attrs.dilations ?? 1)) {
        return stock(dy, [x, filter], attrs as unknown as tf.NamedAttrMap) as Record<
          string,
          () => Tensor
        >;
      }
      const plan = plan2D(x, filter, attrs, true);
      const [C, M] = filter.shape.slice(-2) as [number, number];
      const dyCells = tf.reshape(dy, [-1, C, M]); // [P, C, M]
      return {
        x: () => {
          const taps = tf.unstack(tf.reshape(filter, [-1, C, M]));
          const shape = [...dy.shape.slice(0, -1), C];
          const parts = taps.map((w) => tf.reshape(tf.sum(tf.mul(dyCells, w), -1), shape));
          return scatterParts(parts, plan, x.shape);
        },
        filter: () => {
          const padded = padInput(x, plan);
          const perTap = offsetsOf(plan).map((offset) => {
            const cells = tf.reshape(seenBy(padded, offset, plan), [-1, C, 1]);
            return tf.sum(tf.mul(cells, dyCells), 0); // [C, M]
          });
          return tf.reshape(tf.stack(perTap), filter.shape);
        },
      };
    },
  );
}

function plan2D(x: Tensor, filter: Tensor, attrs: ConvAttrs, depthwise: boolean): Dilated {
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4,
    filter.shape as Shape4,
    attrs.strides,
    attrs.dilations,
    explicitPadding(attrs.pad, attrs.dataFormat),
    attrs.dimRoundingMode,
    depthwise,
    attrs.dataFormat === "NCHW" ? "channelsFirst" : "channelsLast",
  );
  const { top, left } = info.padInfo;
  const taps = [info.filterHeight, info.filterWidth];
  const dilations = [info.dilationHeight, info.dilationWidth];
  const output = [info.outHeight, info.outWidth];
  const input = [info.inHeight, info.inWidth];
  const before = [top, left];
  // what the last window needs, which may be less than the padding that was asked for
  const after = output.map((n, i) =>
    Math.max(0, n - 1 + (taps[i]! - 1) * dilations[i]! + 1 - input[i]! - before[i]!)
  );
  return { taps, dilations, before, after, output };
}

/** C8: conv3dTranspose has no gradient. */
export function addConv3dTransposeGradient(): void {
  setGradient<[Tensor, Tensor], { strides: [number, number, number]; pad: "same" | "valid" }>(
    "Conv3DBackpropInputV2",
    { inputs: ["dy", "filter"] },
    (ddx, [dy, filter], { strides, pad }) => ({
      dy: () => tf.conv3d(ddx as tf.Tensor5D, filter as tf.Tensor5D, strides, pad),
      filter: () =>
        runKernel("Conv3DBackpropFilterV2", { x: ddx, dy }, {
          strides,
          pad,
          filterShape: filter.shape,
        }),
    }),
  );
}

/** C8: the filter's gradient of conv2d has no gradient of its own; penalties on gradients need it. */
export function addConv2dFilterGradient(): void {
  setGradient<[Tensor, Tensor], Omit<ConvAttrs, "dilations">>(
    "Conv2DBackpropFilter",
    { inputs: ["x", "dy"] },
    (ddw, [x, dy], { strides, pad, dataFormat, dimRoundingMode }) => ({
      x: () =>
        runKernel("Conv2DBackpropInput", { dy, filter: ddw }, {
          strides,
          pad,
          dataFormat,
          dimRoundingMode,
          inputShape: x.shape,
        }),
      dy: () =>
        tf.conv2d(
          x as tf.Tensor4D,
          ddw as tf.Tensor4D,
          strides,
          pad,
          dataFormat,
          1,
          dimRoundingMode,
        ),
    }),
  );
}
