import * as tf from "./_tf.ts";
import {
  asFloat32,
  dispatch,
  type GPUBackend,
  groupsFor,
  type Program,
  WORKGROUP,
} from "./dispatch.ts";
import { sizeOf } from "./shape.ts";
import type { Shape, Tensor } from "./types.ts";
import type { WasmBackend } from "./wasm_heap.ts";
import wgsl from "./half.wgsl" with { type: "text" };

const LARGEST = 65_504; // of float16

const PACK: Program = {
  label: "pack as float16",
  code: `alias Result = u32;
alias Given = f32;
fn convert(i : u32) {
  var pair = vec2f(x[2u * i], 0.0);
  if (2u * i + 1u < uniforms.size) { pair.y = x[2u * i + 1u]; }
  result[i] = pack2x16float(clamp(pair, vec2f(-LARGEST), vec2f(LARGEST)));
}
const WORKGROUP = ${WORKGROUP}u;
${wgsl}`,
  writes: [true, false],
};

const UNPACK: Program = {
  label: "unpack float16",
  code: `alias Result = f32;
alias Given = u32;
fn convert(i : u32) {
  let pair = unpack2x16float(x[i]);
  result[2u * i] = pair.x;
  if (2u * i + 1u < uniforms.size) { result[2u * i + 1u] = pair.y; }
}
const WORKGROUP = ${WORKGROUP}u;
${wgsl}`,
  writes: [true, false],
};

/**
 * Rounds numbers to float16 and packs two into each int32.
 *
 * Numbers beyond ±65,504 become ±65,504; the others are off by at most 1/2048 of themselves, those below 6·10⁻⁵ by 3·10⁻⁸.
 *
 * @param x Any shape, float32.
 * @returns `[ceil(size / 2)]`, int32; {@link unpackHalf} takes it.
 */
export function packHalf(x: Tensor): Tensor {
  const words = Math.ceil(x.size / 2);
  if (tf.getBackend() === "webgpu") {
    const backend = tf.backend() as unknown as GPUBackend;
    const floats = asFloat32(backend, x);
    const packed = launch(PACK, floats, [words], "int32", x.size);
    if (floats !== x) floats.dispose();
    return packed;
  }
  return onHost(x, [words], "int32", (from, to) => {
    const halves = new Float16Array(to.buffer as ArrayBuffer, to.byteOffset, x.size);
    for (let i = 0; i < x.size; i++) {
      const value = from[i]!;
      halves[i] = value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value;
    }
  });
}

/**
 * Unpacks what {@link packHalf} packed.
 *
 * @param packed `[ceil(size / 2)]`, int32.
 * @param shape The shape of the numbers.
 * @returns The numbers, float32.
 */
export function unpackHalf(packed: Tensor, shape: Shape): Tensor {
  const size = sizeOf(shape);
  if (tf.getBackend() === "webgpu") return launch(UNPACK, packed, shape, "float32", size);
  return onHost(packed, shape, "float32", (from, to) => {
    to.set(new Float16Array(from.buffer as ArrayBuffer, from.byteOffset, size));
  });
}

function launch(
  program: Program,
  x: Tensor,
  shape: Shape,
  dtype: "float32" | "int32",
  size: number,
): Tensor {
  const backend = tf.backend() as unknown as GPUBackend;
  const made = backend.makeTensorInfo([...shape], dtype);
  const groups = groupsFor(Math.ceil(size / 2));
  dispatch(backend, program, [made.dataId, x.dataId], [size, groups * WORKGROUP], [], groups);
  return tf.engine().makeTensorFromTensorInfo(made, backend);
}

type Values = Float32Array | Int32Array;

function onHost(
  x: Tensor,
  shape: Shape,
  dtype: "float32" | "int32",
  convert: (from: Values, to: Values) => void,
): Tensor {
  if (tf.getBackend() === "wasm") {
    const backend = tf.backend() as WasmBackend;
    const made = backend.makeOutput([...shape], dtype); // first, as the heap may grow
    convert(
      backend.typedArrayFromHeap(x) as Values,
      backend.typedArrayFromHeap(made) as Values,
    );
    return tf.engine().makeTensorFromTensorInfo(made, tf.backend());
  }
  const length = sizeOf(shape);
  const values = dtype === "int32" ? new Int32Array(length) : new Float32Array(length);
  convert(tf.backend().readSync(x.dataId) as Values, values);
  return tf.tensor(values, [...shape], dtype);
}
