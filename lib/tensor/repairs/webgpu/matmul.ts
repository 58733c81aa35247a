/**
 * Matrix products.
 *
 * @module
 */
import type * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import { type KernelCall, kernelOf, wrapKernel } from "./kernels.ts";
import { type SourceRepair, swap } from "./source.ts";
import type { StockBackend, StockProgram } from "./stock.ts";

/**
 * W1: a product split along its inner axis reads a transposed second operand as vectors along the wrong axis: wrong
 * values, in the backward pass of every projection to 2,000 classes or more. The scalar form of the program is right.
 */
export function scalarSplit(program: StockProgram): void {
  if (program.transposeB && program.outputComponent === 4) {
    program.outputComponent = 1;
    program.shaderKey = program.shaderKey.replace(/_4$/, "_1");
  }
}

/**
 * W19: a split product adds up its parts with atomics, in any order. Given the whole inner axis in one part, each
 * element is added to zero, once.
 *
 * @param inner Length of the inner axis.
 */
export function wholeSplit(program: StockProgram, inner: number): void {
  program.splitedDimInner = Math.ceil(inner / 32) * 32; // the tile's length
  program.dispatch[2] = 1;
  program.shaderKey += `_whole_${program.splitedDimInner}`;
}

/** W5: a product over an inner axis of length 0 is zero, and not one step over whatever lies in the buffers. */
export const emptyInner: SourceRepair = (wgsl) =>
  wgsl.replace(
    /\(uniforms\.dimInner - 1\) \/ (\d+) \+ 1/,
    (_, tile) => `(uniforms.dimInner + ${Number(tile) - 1}) / ${tile}`,
  );

/**
 * W21: beyond the inner axis, the second operand is read from the next matrix and multiplied by 0, which a NaN or an
 * infinity there survives: one bad sample of a batch spoils its neighbours.
 */
export const guardInner: SourceRepair = (wgsl, program) =>
  program.fitInner ? wgsl : swap(
    wgsl,
    /(fn mm_readB\([^{]*\{\s*var value = [^;]+;\s*)(value = getB\([^;]+;)/,
    "$1if (row < uniforms.dimInner) { $2 }",
  );

/**
 * W12: batches that broadcast against each other, such as `[2, 1, M, K]` and `[1, 3, K, N]`, are spread out first; the
 * stock backend throws, or pairs the wrong matrices as for `[2, 1, M, K]` and `[2, 3, K, N]`.
 */
export function broadcastBatches(): void {
  for (const name of ["BatchMatMul", "_FusedMatMul"]) {
    wrapKernel(name, (run) => (call) => {
      const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
      const backend = call.backend as StockBackend;
      const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
      if (batchA.length + batchB.length === 0 || String(batchA) === String(batchB)) {
        return run(call);
      }
      const rank = Math.max(batchA.length, batchB.length);
      const [longA, longB] = [batchA, batchB].map((s) => [...Array(rank - s.length).fill(1), ...s]);
      const batch = longA!.map((d, i) => d === 1 ? longB![i]! : d);
      if (sizeOf(batch) === 0) return none(backend, call, batch); // W8: the stock backend takes it for one
      const spreadA = spread(backend, a, longA!, batch);
      const spreadB = spread(backend, b, longB!, batch);
      const out = run({ ...call, inputs: { ...call.inputs, a: spreadA, b: spreadB } });
      if (spreadA !== a) backend.disposeData(spreadA.dataId);
      if (spreadB !== b) backend.disposeData(spreadB.dataId);
      return out;
    });
  }
}

function none(backend: StockBackend, call: KernelCall, batch: number[]): tf.TensorInfo {
  const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const rows = a.shape.at(call.attrs!.transposeA ? -1 : -2)!;
  const columns = b.shape.at(call.attrs!.transposeB ? -2 : -1)!;
  return backend.makeTensorInfo([...batch, rows, columns], a.dtype, new Float32Array(0));
}

/** Repeats matrices over the batch, unless the program's `batch % size` finds the right one without. */
function spread(
  backend: StockBackend,
  x: tf.TensorInfo,
  from: readonly number[],
  to: readonly number[],
): tf.TensorInfo {
  const firstKept = from.findIndex((d) => d !== 1);
  if (firstKept < 0 || from.slice(firstKept).every((d, i) => d === to[firstKept + i])) return x;
  const matrix = x.shape.slice(-2);
  const tile = kernelOf("Tile");
  let shape = [...from, ...matrix];
  let current = x;
  for (let axis = 0; axis < from.length; axis++) {
    if (from[axis] === to[axis]) continue;
    const flat = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
    const tiled = tile({
      inputs: { x: { ...current, shape: flat } },
      backend,
      attrs: { reps: [1, to[axis]!] },
    }) as tf.TensorInfo;
    if (current !== x) backend.disposeData(current.dataId);
    shape = shape.with(axis, to[axis]!);
    current = { ...tiled, shape };
  }
  return current;
}
