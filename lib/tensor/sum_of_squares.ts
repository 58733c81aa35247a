import * as tf from "./_tf.ts";
import { asFloat32, dispatch, type GPUBackend, type Program, WORKGROUP } from "./dispatch.ts";
import type { Scalar, Tensor } from "./types.ts";
import { simdFor } from "./simd.ts";
import type { WasmBackend } from "./wasm_heap.ts";
import wgsl from "./sum_of_squares.wgsl" with { type: "text" };

/** Elements that a workgroup adds up; a tensor gets no more workgroups than {@link MAX_PARTS}. */
const PART = 16 * WORKGROUP;
const MAX_PARTS = 256;

/** Tensors of one dispatch at most, so that programs stay short. */
const MOST = 32;

/** What adds up what the threads of a workgroup have found. */
const TREE = `const WORKGROUP : u32 = ${WORKGROUP}u;\n${wgsl}`;

/** Adds up the sums of all workgroups. */
const TOTAL: Program = {
  label: "add up sums",
  writes: [true, false],
  code: `
struct Uniforms { size : u32 }
@group(0) @binding(0) var<storage, read_write> result : array<f32>;
@group(0) @binding(1) var<storage, read> x : array<f32>;
@group(0) @binding(2) var<uniform> uniforms : Uniforms;
fn sumOf(group : u32, local : u32) -> f32 {
  var sum = 0.0;
  for (var i = local; i < uniforms.size; i += WORKGROUP) { sum += x[i]; }
  return sum;
}
${TREE.replace("uniforms.offset", "0u")}`,
};

/**
 * Adds up the squares of all elements of many tensors: on WebGPU in one dispatch for every 32 tensors and one more, without
 * a read-back.
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
  const simd = simdFor(x);
  if (simd) return simd.sumOfSquares(x.byteOffset, x.length);
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
  const floats = tensors.map((tensor) => asFloat32(backend, tensor));
  const parts = floats.map(({ size }) => Math.min(Math.ceil(size / PART), MAX_PARTS));
  const total = parts.reduce((sum, n) => sum + n, 0);
  const make = (shape: number[]): Tensor =>
    tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo(shape, "float32"), backend);
  const [partial, result] = [make([total]), make([])];
  const most = Math.min(Number(backend.device.limits.maxStorageBuffersPerShaderStage) - 1, MOST);
  let offset = 0;
  for (let k = 0; k < floats.length; k += most) {
    const together = floats.slice(k, k + most);
    const data = [partial.dataId, ...together.map(({ dataId }) => dataId)];
    const ends: number[] = [];
    for (const n of parts.slice(k, k + most)) ends.push((ends.at(-1) ?? 0) + n);
    const sizes = together.map(({ size }) => size);
    dispatch(
      backend,
      programFor(together.length),
      data,
      [offset, ...sizes, ...ends],
      [],
      ends.at(-1)!,
    );
    offset += ends.at(-1)!;
  }
  const data = [result.dataId, partial.dataId];
  dispatch(backend, TOTAL, data, [total], [], 1);
  tf.dispose([partial, ...floats.filter((x, k) => x !== tensors[k])]);
  return result as Scalar;
}

const programs: Program[] = [];

/** The program for so many tensors: each workgroup belongs to one of them. */
function programFor(count: number): Program {
  const all = Array.from({ length: count }, (_, k) => k);
  const first = (k: number) => k === 0 ? "0u" : `uniforms.end_${k - 1}`;
  return programs[count] ??= {
    label: "add up squares",
    writes: [true, ...all.map(() => false)],
    code: [
      "struct Uniforms {",
      "  offset : u32,",
      ...all.map((k) => `  size_${k} : u32,`),
      ...all.map((k) => `  end_${k} : u32,`),
      "}",
      "@group(0) @binding(0) var<storage, read_write> result : array<f32>;",
      ...all.map((k) => `@group(0) @binding(${k + 1}) var<storage, read> x_${k} : array<f32>;`),
      `@group(0) @binding(${count + 1}) var<uniform> uniforms : Uniforms;`,
      ...all.map((k) =>
        `fn sum_${k}(group : u32, local : u32) -> f32 {
  let stride = (uniforms.end_${k} - ${first(k)}) * WORKGROUP;
  var sum = 0.0;
  for (var i = (group - ${first(k)}) * WORKGROUP + local; i < uniforms.size_${k}; i += stride) {
    sum += x_${k}[i] * x_${k}[i];
  }
  return sum;
}`
      ),
      "fn sumOf(group : u32, local : u32) -> f32 {",
      ...all.slice(0, -1).map((k) =>
        `  if (group < uniforms.end_${k}) { return sum_${k}(group, local); }`
      ),
      `  return sum_${count - 1}(group, local);`,
      "}",
      TREE,
    ].join("\n"),
  };
}
