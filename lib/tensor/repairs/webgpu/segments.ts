/**
 * Sums by segment: gradients of gathers, scatters.
 *
 * @module
 */
import * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import { flat } from "./flat.ts";
import { wrapKernel } from "./kernels.ts";
import { type SourceRepair, swap } from "./source.ts";
import type { StockBackend } from "./stock.ts";

/** A segment id beyond the last is dropped, as on the other devices; the stock program wraps it around. */
export const dropBeyond: SourceRepair = (wgsl) =>
  swap(wgsl, "if (segmentId >= 0)", "if (segmentId >= 0 && segmentId < uniforms.numSegments)");

/**
 * W8: a sum of no rows is zero; the stock kernel throws. W19: where results must repeat bit for bit, each element adds
 * up its rows in their order, instead of every row its elements with atomics, in any order.
 *
 * @param deterministic Whether results must repeat.
 */
export function repairSegments(deterministic: () => boolean): void {
  wrapKernel("UnsortedSegmentSum", (run) => (call) => {
    const { x, segmentIds } = call.inputs as Record<"x" | "segmentIds", tf.TensorInfo>;
    const rows = call.attrs!.numSegments as number;
    const backend = call.backend as StockBackend;
    if (segmentIds.shape.length !== 1) {
      throw new RangeError(
        `Cannot sum by segments as segmentIds must be a vector: current shape is [${segmentIds.shape}]`,
      );
    }
    const shape = [rows, ...x.shape.slice(1)];
    if (sizeOf(x.shape) === 0) return zeros(backend, shape, x.dtype);
    if (!deterministic()) return run(call);
    const columns = sizeOf(x.shape.slice(1));
    const out = sumRows(backend, { ...x, shape: [x.shape[0]!, columns] }, segmentIds, rows);
    return { ...out, shape };
  });
  wrapKernel("ScatterNd", (run) => (call) => {
    const { indices, updates } = call.inputs as Record<"indices" | "updates", tf.TensorInfo>;
    const shape = call.attrs!.shape as number[];
    const backend = call.backend as StockBackend;
    if (!deterministic() || sizeOf(shape) === 0) return run(call);
    const { sliceRank, numUpdates, sliceSize, strides, outputSize } = tf.backend_util
      .calculateShapes(updates as tf.Tensor, indices as tf.Tensor, shape);
    const ids = flatIds(backend, indices, numUpdates, sliceRank, strides);
    const out = sumRows(
      backend,
      { ...updates, shape: [numUpdates, sliceSize] },
      ids,
      outputSize / sliceSize,
    );
    backend.disposeData(ids.dataId);
    return { ...out, shape };
  });
}

function zeros(backend: StockBackend, shape: number[], dtype: tf.DataType): tf.TensorInfo {
  const values = tf.util.makeZerosTypedArray(sizeOf(shape), dtype as "float32");
  return backend.makeTensorInfo(shape, dtype, values);
}

/** `out[r, c] = Σ x[i, c]` over the rows `i` with `ids[i] = r`, in their order; `[rows, C]`. */
function sumRows(
  backend: StockBackend,
  x: tf.TensorInfo,
  ids: tf.TensorInfo,
  rows: number,
): tf.TensorInfo {
  const [length, columns] = x.shape as [number, number];
  const real = x.dtype === "float32";
  const program = flat(
    real ? "sumRows" : "sumRowsOfIntegers",
    ["x", "ids"],
    [rows, columns],
    "columns : i32, rows : i32,",
    `let row = index / uniforms.columns;
     let column = index - row * uniforms.columns;
     var sum = ${real ? "0.0" : "0"};
     for (var i = 0; i < uniforms.rows; i++) {
       if (i32(ids[i]) == row) { sum += ${real ? "f32" : "i32"}(x[i * uniforms.columns + column]); }
     }
     result[index] = sum;`,
  );
  return backend.runWebGPUProgram(program, [x, { ...ids, shape: [length] }], x.dtype, [
    { type: "int32", data: [columns] },
    { type: "int32", data: [length] },
  ]);
}

/** Coordinates as one row number each; `[n, k]` to `[n]`. */
function flatIds(
  backend: StockBackend,
  indices: tf.TensorInfo,
  count: number,
  rank: number,
  strides: number[],
): tf.TensorInfo {
  const names = strides.map((_, j) => `stride${j} : i32,`).join(" ");
  const terms = strides.map((_, j) => `i32(indices[index * ${rank} + ${j}]) * uniforms.stride${j}`);
  const program = flat(
    `flatIds_${rank}`,
    ["indices"],
    [count],
    names,
    `result[index] = ${terms.join(" + ")};`,
  );
  const inputs = [{ ...indices, shape: [count, rank] }];
  return backend.runWebGPUProgram(
    program,
    inputs,
    "int32",
    strides.map((stride) => ({ type: "int32", data: [stride] })),
  );
}
