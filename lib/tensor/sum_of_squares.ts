import * as tf from "./_tf.ts";
import { asFloat32, dispatch, type GPUBackend, type Program, WORKGROUP } from "./dispatch.ts";
import type { Scalar, Tensor } from "./types.ts";
import type { WasmBackend } from "./wasm_heap.ts";
import wgsl from "./sum_of_squares.wgsl" with { type: "text" };

/** Elements that a workgroup adds up; a tensor gets no more workgroups than {@link MAX_PARTS}. */
const PART = 16 * WORKGROUP;
const MAX_PARTS = 256;

const PROGRAM: Program = {
  label: "add up squares",
  code: `const WORKGROUP : u32 = ${WORKGROUP}u;\n${wgsl}`,
  writes: [true, false],
};

/**
 * Adds up the squares of all elements of many tensors: on WebGPU in one dispatch a tensor and one more, without a
 * read-back.
 *
 * @param tensors float32, of any shapes.
 * @returns The sum, `[]`; 0 if there are no elements.
 * @throws {TypeError} If a tensor is not float32.
 */
export function sumOfSquares(tensors: readonly Tensor[]): Scalar {
  for (const { dtype } of tensors) {
    if (dtype !== "float32") {
      throw new TypeError(
        `Cannot add up squares as each tensor must be float32: current dtype is ${dtype}`,
      );
    }
  }
  const filled = tensors.filter((tensor) => tensor.size > 0);
  if (filled.length === 0) return tf.scalar(0);
  return tf.getBackend() === "webgpu" ? sumOnGPU(filled) : tf.scalar(sumOnCPU(filled));
}

function sumOnCPU(tensors: readonly Tensor[]): number {
  const backend = tf.backend();
  let total = 0;
  for (const { dataId, shape } of tensors) {
    total += sumOfArray(
      tf.getBackend() === "wasm"
        ? (backend as WasmBackend)
          .typedArrayFromHeap({ dataId, shape, dtype: "float32" }) as Float32Array
        : backend.readSync(dataId) as Float32Array,
    );
  }
  return total;
}

/** In float64, four sums at a time so that they need not wait for each other. */
function sumOfArray(x: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = x.length - x.length % 4;
  for (let i = 0; i < whole; i += 4) {
    a += x[i]! * x[i]!;
    b += x[i + 1]! * x[i + 1]!;
    c += x[i + 2]! * x[i + 2]!;
    d += x[i + 3]! * x[i + 3]!;
  }
  for (let i = whole; i < x.length; i++) a += x[i]! * x[i]!;
  return a + b + c + d;
}

function sumOnGPU(tensors: readonly Tensor[]): Scalar {
  const backend = tf.backend() as unknown as GPUBackend;
  const parts = tensors.map(({ size }) => Math.min(Math.ceil(size / PART), MAX_PARTS));
  const total = parts.reduce((sum, n) => sum + n, 0);
  const make = (shape: number[]): Tensor =>
    tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo(shape, "float32"), backend);
  const [partial, result] = [make([total]), make([])];
  let offset = 0;
  for (const [k, tensor] of tensors.entries()) {
    const groups = parts[k]!;
    const counts = [tensor.size, groups * WORKGROUP, offset, 1];
    const x = asFloat32(backend, tensor);
    dispatch(backend, PROGRAM, [partial.dataId, x.dataId], counts, [], groups);
    if (x !== tensor) x.dispose();
    offset += groups;
  }
  const counts = [total, WORKGROUP, 0, 0];
  dispatch(backend, PROGRAM, [result.dataId, partial.dataId], counts, [], 1);
  partial.dispose();
  return result as Scalar;
}
