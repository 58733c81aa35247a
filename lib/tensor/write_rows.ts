import * as tf from "./_tf.ts";
import {
  asFloat32,
  dispatch,
  type GPUBackend,
  groupsFor,
  type Program,
  WORKGROUP,
} from "./dispatch.ts";
import { type Live, valueOf } from "./live.ts";
import { checkShape, matricesOf } from "./shape.ts";
import type { Tensor, Variable } from "./types.ts";
import type { WasmBackend } from "./wasm_heap.ts";
import wgsl from "./write_rows.wgsl" with { type: "text" };

const PROGRAM: Program = {
  label: "write rows",
  code: `const WORKGROUP : u32 = ${WORKGROUP}u;\n${wgsl}`,
  writes: [true, false],
};

/**
 * Writes rows into a variable in place, such as the keys of new tokens into a cache.
 *
 * @param target `[..., C, D]`, float32; its data must be its own.
 * @param x `[..., T, D]`, float32.
 * @param start The row of the first one, `start + T ≤ C`; a function gives it anew when a recording is replayed.
 * @throws {ShapeError} If the shapes do not fit.
 * @throws {RangeError} If the rows go beyond the end.
 */
export function writeRows(target: Variable, x: Tensor, start: Live): void {
  const [count, capacity, columns] = matricesOf(target.shape);
  const rows = x.shape.at(-2)!;
  checkShape("write rows", "x", x, [...target.shape.slice(0, -2), rows, columns]);
  const first = valueOf(start);
  if (!(first >= 0 && first + rows <= capacity)) {
    throw new RangeError(
      `Cannot write rows ${first}…${first + rows - 1} as there are ${capacity} rows`,
    );
  }
  if (x.size === 0) return;
  const backend = tf.backend();
  if (tf.getBackend() === "webgpu") {
    const gpu = backend as unknown as GPUBackend;
    const floats = asFloat32(gpu, x);
    const groups = groupsFor(x.size);
    const counts = [x.size, groups * WORKGROUP, rows, capacity, columns];
    dispatch(gpu, PROGRAM, [target.dataId, floats.dataId], counts, [start], groups);
    gpu.tensorMap.get(target.dataId).values = null; // read back earlier
    if (floats !== x) floats.dispose();
    return;
  }
  const values = (tensor: Tensor): Float32Array =>
    tf.getBackend() === "wasm"
      ? (backend as WasmBackend).typedArrayFromHeap(tensor) as Float32Array
      : backend.readSync(tensor.dataId) as Float32Array;
  const [from, to] = [values(x), values(target)];
  for (let n = 0; n < count; n++) {
    const part = from.subarray(n * rows * columns, (n + 1) * rows * columns);
    to.set(part, (n * capacity + first) * columns);
  }
}
