import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";
import { explicitPadding, type Padding } from "../kernel.ts";
import { runKernel, setGradient, setGradientOfMany } from "./gradient.ts";

type Rounding = "floor" | "round" | "ceil";
type Explicit = tf.backend_util.ExplicitPadding;
type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

interface PoolAttrs {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: Padding;
  dimRoundingMode?: Rounding;
}

interface Pool3DAttrs {
  filterSize: number | [number, number, number];
  strides: number | [number, number, number];
  pad: "same" | "valid" | number;
  dimRoundingMode?: Rounding;
}

/** One axis of a pooling: its lengths, and how its windows lie. */
interface Axis {
  input: number;
  output: number;
  window: number;
  stride: number;
  before: number;
}

/** For each window along an axis, how many of its cells lie on the input. */
function cellsOnInput({ input, output, window, stride, before }: Axis): number[] {
  return Array.from({ length: output }, (_, i) => {
    const start = i * stride - before;
    return Math.min(start + window, input) - Math.max(start, 0);
  });
}

/**
 * Scales a gradient by the cells of each window over those that lie on the input: the forward pass divides by
 * the latter, the kernel of the backward pass by the former.
 */
function rescale(dy: Tensor, axes: Axis[]): Tensor {
  return axes.reduce((g, axis, i) => {
    const cells = cellsOnInput(axis);
    if (cells.every((n) => n === axis.window)) return g;
    const shape = g.shape.map((_, k) => k === i + 1 ? axis.output : 1);
    return tf.mul(g, tf.tensor(cells.map((n) => n > 0 ? axis.window / n : 0), shape));
  }, dy);
}

/** C1: the gradient of avgPool divides by the window, though the forward pass leaves out the padding. */
export function repairAvgPoolGradient(): void {
  setGradient<[Tensor], PoolAttrs>("AvgPool", { inputs: ["x"] }, (dy, [x], attrs) => {
    const { filterSize, strides, dimRoundingMode } = attrs;
    const pad = explicitPadding(attrs.pad);
    const info = tf.backend_util.computePool2DInfo(
      x.shape as Shape4,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const axes: Axis[] = [{
      input: info.inHeight,
      output: info.outHeight,
      window: info.filterHeight,
      stride: info.strideHeight,
      before: info.padInfo.top,
    }, {
      input: info.inWidth,
      output: info.outWidth,
      window: info.filterWidth,
      stride: info.strideWidth,
      before: info.padInfo.left,
    }];
    // the kernel knows no rounding mode: tell it the padding that gives the same output
    const margins = axes.map(({ input, output, window, stride, before }): [number, number] => [
      before,
      Math.max(0, (output - 1) * stride + window - input - before),
    ]);
    const explicit = [[0, 0], ...margins, [0, 0]] as Explicit;
    return {
      x: () =>
        runKernel("AvgPoolGrad", { dy: rescale(dy, axes), input: x }, {
          filterSize,
          strides,
          pad: explicit,
        }),
    };
  });
}

/** C1: the gradient of avgPool3d divides by the window, though the forward pass leaves out the padding. */
export function repairAvgPool3dGradient(): void {
  setGradient<[Tensor], Pool3DAttrs>("AvgPool3D", { inputs: ["x"] }, (dy, [x], attrs) => {
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const info = tf.backend_util.computePool3DInfo(
      x.shape as Shape5,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const axes: Axis[] = [{
      input: info.inDepth,
      output: info.outDepth,
      window: info.filterDepth,
      stride: info.strideDepth,
      before: info.padInfo.front,
    }, {
      input: info.inHeight,
      output: info.outHeight,
      window: info.filterHeight,
      stride: info.strideHeight,
      before: info.padInfo.top,
    }, {
      input: info.inWidth,
      output: info.outWidth,
      window: info.filterWidth,
      stride: info.strideWidth,
      before: info.padInfo.left,
    }];
    return {
      x: () => runKernel("AvgPool3DGrad", { dy: rescale(dy, axes), input: x }, attrs),
    };
  });
}

/** C17: the gradient of maxPool forgets the rounding mode. */
export function repairMaxPoolGradient(): void {
  setGradient<[Tensor, Tensor], PoolAttrs>(
    "MaxPool",
    { inputs: ["x"], outputs: [true] },
    (dy, [x, y], attrs) => ({
      x: () => runKernel("MaxPoolGrad", { dy, input: x, output: y }, attrs),
    }),
  );
}

/** C8: maxPoolWithArgmax has no gradient. */
export function addMaxPoolWithArgmaxGradient(): void {
  setGradientOfMany<[Tensor, Tensor], { includeBatchInIndex: boolean }>(
    "MaxPoolWithArgmax",
    { inputs: ["x"], outputs: [false, true] },
    ([dy], [x, indexes], { includeBatchInIndex }) => ({
      x: () => {
        const batch = x.shape[0]!;
        const perImage = x.size / batch;
        const offset = tf.reshape(tf.range(0, batch, 1, "int32"), [batch, 1, 1, 1]);
        const cell = includeBatchInIndex ? indexes : tf.add(indexes, tf.mul(offset, perImage));
        const g = tf.unsortedSegmentSum(
          tf.reshape(dy!, [-1]),
          tf.cast(tf.reshape(cell, [-1]), "int32") as tf.Tensor1D,
          x.size,
        );
        return tf.reshape(g, x.shape);
      },
    }),
  );
}
