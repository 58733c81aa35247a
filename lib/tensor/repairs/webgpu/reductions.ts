/**
 * Reductions.
 *
 * @module
 */
import * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import { kernelOf, wrapKernel } from "./kernels.ts";
import type { StockBackend } from "./stock.ts";

/** W9: the index of the greatest of a vector has no axis; the stock backend gives it one. */
export function argOfVector(): void {
  for (const name of ["ArgMax", "ArgMin"]) {
    wrapKernel(name, (run) => (call) => {
      const out = run(call) as tf.TensorInfo;
      return call.inputs.x!.shape.length === 1 ? { ...out, shape: [] } : out;
    });
  }
}

/** What the reduction of nothing is. */
const OF_NOTHING = { Sum: 0, Mean: NaN, Prod: 1, Max: -Infinity, Min: Infinity, All: 1, Any: 0 };

/** W8: reductions of a tensor without elements divide by its size for their dispatch, and throw. */
export function reduceNothing(): void {
  for (const [name, value] of Object.entries(OF_NOTHING)) {
    wrapKernel(name, (run) => (call) => {
      const x = call.inputs.x!;
      if (sizeOf(x.shape) > 0) return run(call);
      const { axis, reductionIndices, keepDims } = call.attrs as {
        axis?: number | number[];
        reductionIndices?: number | number[];
        keepDims?: boolean;
      };
      const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, x.shape);
      const shape = x.shape
        .map((length, i) => axes.includes(i) ? 1 : length)
        .filter((_, i) => keepDims || !axes.includes(i));
      const dtype = resultOf(name, x.dtype);
      const whole = dtype === "float32"
        ? value
        : Math.max(-(2 ** 31), Math.min(value, 2 ** 31 - 1));
      const values = tf.util.getTypedArrayFromDType(dtype, sizeOf(shape)).fill(whole);
      return (call.backend as StockBackend).makeTensorInfo(shape, dtype, values);
    });
  }
}

function resultOf(name: string, dtype: tf.DataType): "float32" | "int32" | "bool" {
  if (name === "All" || name === "Any") return "bool";
  if (name === "Mean") return "float32";
  return tf.sumOutType(dtype) as "float32" | "int32";
}

/**
 * W24: the greatest of an axis of length 1 are the input itself, which then has two owners and twice its gradient; and
 * the greatest 0 change the shape of the input.
 */
export function topOfOne(): void {
  wrapKernel("TopK", (run) => (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const backend = call.backend as StockBackend;
    const k = call.attrs!.k as number;
    const shape = x.shape.with(-1, k);
    if (sizeOf(shape) === 0) {
      const nothing = (dtype: tf.DataType) =>
        backend.makeTensorInfo(shape, dtype, tf.util.getTypedArrayFromDType(dtype as "int32", 0));
      return [nothing(x.dtype), nothing("int32")];
    }
    if (x.shape.at(-1) !== 1) return run(call);
    const indices = backend.makeTensorInfo(shape, "int32", new Int32Array(sizeOf(shape)));
    return [kernelOf("Identity")({ inputs: { x }, backend }) as tf.TensorInfo, indices];
  });
}
