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
import type { Tensor, Variable } from "./types.ts";
import type { WasmBackend } from "./wasm_heap.ts";

/** What an in-place update is, on the GPU and on the CPU; see {@link defineUpdate}. */
export interface UpdateDefinition<
  Target extends string,
  Input extends string,
  Value extends string,
> {
  /** What it is called in error messages and in the GPU's tools. */
  name: string;
  /** The variables that it changes, all of one size. */
  targets: readonly Target[];
  /** The tensors that it reads elementwise, of the same size. */
  inputs: readonly Input[];
  /**
   * The numbers that it uses, each given as a number, as a tensor of one element, or as a function that gives it anew
   * when a recording is replayed.
   */
  scalars: readonly Value[];
  /**
   * The GPU program: WGSL that defines `fn update(i : u32)`, which changes element `i`. Each target and input is an
   * array of its name, each scalar a function: `w[i] -= lr() * g[i];`.
   */
  wgsl: string;
  /** The same on the CPU, for all elements: a plain loop over the arrays. */
  host(
    arrays: Record<Target | Input, Float32Array>,
    scalars: Record<Value, number>,
    size: number,
  ): void;
}

/** Changes variables in place; made by {@link defineUpdate}. */
export type Update<Target extends string, Input extends string, Value extends string> = (
  targets: Record<Target, Variable>,
  inputs: Record<Input, Tensor>,
  scalars: Record<Value, Live | Tensor>,
) => void;

/**
 * Defines an elementwise update that changes the data of variables where it lies: on WebGPU in one dispatch, on the
 * CPU devices in one loop, and never through a read-back.
 *
 * Whoever shares a variable's data, such as a clone or a reshape taken before, keeps the old values, and so does an
 * array that `data()` gave. What still lies on another device is moved.
 *
 * @example
 * ```ts
 * import { defineUpdate, useDevice } from "@tome/tome/tensor";
 * import * as tf from "@tensorflow/tfjs";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * const descend = defineUpdate({
 *   name: "descend",
 *   targets: ["w"],
 *   inputs: ["g"],
 *   scalars: ["lr"],
 *   wgsl: "fn update(i : u32) { w[i] -= lr() * g[i]; }",
 *   host({ w, g }, { lr }, size) {
 *     for (let i = 0; i < size; i++) w[i]! -= lr * g[i]!;
 *   },
 * });
 * const w = tf.variable(tf.tensor1d([1, 2]));
 * descend({ w }, { g: tf.tensor1d([10, 10]) }, { lr: 0.5 });
 * assert.deepEqual([...await w.data()], [-4, -3]);
 * ```
 *
 * @returns The update. It throws a `TypeError` if a target or an input is not float32 or a target is given twice, and a
 *   `RangeError` if the sizes differ.
 */
export function defineUpdate<
  const Target extends string,
  const Input extends string,
  const Value extends string,
>(definition: UpdateDefinition<Target, Input, Value>): Update<Target, Input, Value> {
  const { targets: targetNames, inputs: inputNames, scalars: scalarNames } = definition;
  const programs = new Map<string, Program>();
  return (targets, inputs, scalars) => {
    const changed = targetNames.map((name) => targets[name]);
    const read = inputNames.map((name) => inputs[name]);
    check(definition, changed, read, scalars);
    const size = changed[0]!.size;
    if (size === 0) return;
    const backend = tf.backend();
    for (const variable of changed) own(backend, variable);
    for (const tensor of read) storedDtype(backend, tensor);
    if (tf.getBackend() === "webgpu") {
      runOnGPU(backend as unknown as GPUBackend, programs, definition, changed, read, scalars);
      return;
    }
    const written = new Set<object>(changed.map((variable) => variable.dataId));
    const arrays = {} as Record<Target | Input, Float32Array>;
    for (const [k, name] of inputNames.entries()) {
      const values = readable(backend, read[k]!);
      arrays[name] = written.has(read[k]!.dataId) ? values.slice() : values;
    }
    for (const [k, name] of targetNames.entries()) arrays[name] = writable(backend, changed[k]!);
    const numbers = {} as Record<Value, number>;
    for (const name of scalarNames) {
      const value: Live | Tensor = scalars[name];
      numbers[name] = isTensor(value) ? readable(backend, value)[0]! : valueOf(value);
    }
    definition.host(arrays, numbers, size);
  };
}

function isTensor(value: Live | Tensor): value is Tensor {
  return typeof value === "object";
}

function check<T extends string, I extends string, S extends string>(
  { name, targets, inputs, scalars: names }: UpdateDefinition<T, I, S>,
  changed: readonly Variable[],
  read: readonly Tensor[],
  scalars: Record<S, Live | Tensor>,
): void {
  const size = changed[0]!.size;
  const all = [...targets, ...inputs];
  for (const [k, tensor] of [...changed, ...read].entries()) {
    if (tensor.dtype !== "float32") {
      throw new TypeError(
        `Cannot ${name} as ${all[k]} must be float32: current dtype is ${tensor.dtype}`,
      );
    }
    if (tensor.size !== size) {
      throw new RangeError(
        `Cannot ${name} as ${
          all[k]
        } must have ${size} elements: current shape is [${tensor.shape}]`,
      );
    }
  }
  if (new Set(changed).size !== changed.length) {
    throw new TypeError(`Cannot ${name} as its targets must be different variables`);
  }
  for (const key of names) {
    const value: Live | Tensor = scalars[key];
    if (isTensor(value) && (value.size !== 1 || value.dtype !== "float32")) {
      throw new RangeError(
        `Cannot ${name} as ${key} must be one float32: current shape is [${value.shape}], ${value.dtype}`,
      );
    }
  }
}

/** Gives a variable float32 data of its own if somebody shares it: a clone, a reshape, or what it was made from. */
function own(backend: tf.KernelBackend, variable: Variable): void {
  const dtype = storedDtype(backend, variable);
  if (backend.refCount(variable.dataId) <= 1 && dtype === "float32") return;
  const copy = copyOf(backend, variable);
  variable.assign(copy);
  copy.dispose();
}

/**
 * What a tensor's data really are: a cast to float32 may have changed the label only. The look-up makes TensorFlow.js
 * move what still lies on another device.
 */
function storedDtype(backend: tf.KernelBackend, { dataId }: Tensor): tf.DataType {
  type Storage = tf.DataStorage<{ dtype: tf.DataType }>;
  const { data, dataIdMap, tensorMap } = backend as unknown as Record<string, Storage>;
  return (data ?? dataIdMap ?? tensorMap)!.get(dataId).dtype;
}

/** A tensor with the same values, bit for bit, and data of its own. */
function copyOf(backend: tf.KernelBackend, x: Tensor): Tensor {
  const { dataId, shape, dtype } = x;
  if (tf.getBackend() !== "webgpu") {
    return tf.tensor(new Float32Array(readable(backend, x)), shape);
  }
  const gpu = backend as unknown as GPUBackend;
  const converted = asFloat32(gpu, x);
  if (converted !== x) return converted;
  const info = gpu.makeTensorInfo(shape, dtype);
  gpu.copy(dataId, info.dataId);
  return tf.engine().makeTensorFromTensorInfo(info, backend);
}

/** The values of a tensor on a CPU device, to be read only, and before the wasm heap grows. */
function readable(backend: tf.KernelBackend, { dataId, shape }: Tensor): Float32Array {
  if (tf.getBackend() === "wasm") {
    return (backend as WasmBackend)
      .typedArrayFromHeap({ dataId, shape, dtype: "float32" }) as Float32Array;
  }
  return backend.readSync(dataId) as Float32Array;
}

/** The values of a variable on a CPU device, to be changed. */
function writable(backend: tf.KernelBackend, variable: Variable): Float32Array {
  if (tf.getBackend() === "wasm") return readable(backend, variable);
  // the plain backend shares its arrays with whoever gave or read them: change a fresh one
  const { data } = backend as unknown as { data: { get(id: object): { values: Float32Array } } };
  const entry = data.get(variable.dataId);
  return entry.values = new Float32Array(entry.values);
}

function runOnGPU<T extends string, I extends string, S extends string>(
  backend: GPUBackend,
  programs: Map<string, Program>,
  definition: UpdateDefinition<T, I, S>,
  changed: readonly Variable[],
  read: readonly Tensor[],
  scalars: Record<S, Live | Tensor>,
): void {
  const names = definition.scalars;
  const onDevice = names.filter((key) => isTensor(scalars[key]));
  const given = onDevice.map((key) => scalars[key] as Tensor);
  const written = new Set<object>(changed.map((variable) => variable.dataId));
  const copies: Tensor[] = [];
  const data = [...changed, ...read, ...given].map((tensor, k) => {
    if (k < changed.length) return tensor.dataId;
    // a buffer cannot be bound both to be read and to be written
    const input = written.has(tensor.dataId) ? copyOf(backend, tensor) : asFloat32(backend, tensor);
    if (input !== tensor) copies.push(input);
    return input.dataId;
  });
  let program = programs.get(onDevice.join());
  if (!program) {
    program = {
      label: definition.name,
      code: programOf(definition, onDevice),
      writes: data.map((_, k) => k < changed.length),
    };
    programs.set(onDevice.join(), program);
  }
  const groups = groupsFor(changed[0]!.size);
  dispatch(
    backend,
    program,
    data,
    [changed[0]!.size, groups * WORKGROUP],
    names.map((key) => isTensor(scalars[key]) ? 0 : scalars[key] as Live),
    groups,
  );
  for (const { dataId } of changed) backend.tensorMap.get(dataId).values = null; // read back earlier
  tf.dispose(copies);
}

/** The whole GPU program: buffers, a function for each scalar, the body, and a loop over the elements. */
function programOf<T extends string, I extends string, S extends string>(
  { targets, inputs, scalars, wgsl }: UpdateDefinition<T, I, S>,
  onDevice: readonly S[],
): string {
  const buffers = [
    ...targets.map((name) => `var<storage, read_write> ${name} : array<f32>;`),
    ...inputs.map((name) => `var<storage, read> ${name} : array<f32>;`),
    ...onDevice.map((name) => `var<storage, read> ${name}_ : array<f32>;`),
    "var<uniform> uniforms : Uniforms;",
  ];
  return [
    "struct Uniforms {",
    "  size : u32,",
    "  stride : u32,",
    ...scalars.map((name) => `  ${name} : f32,`),
    "}",
    ...buffers.map((buffer, k) => `@group(0) @binding(${k}) ${buffer}`),
    ...scalars.map((name) =>
      `fn ${name}() -> f32 { return ${
        onDevice.includes(name) ? `${name}_[0]` : `uniforms.${name}`
      }; }`
    ),
    wgsl,
    `@compute @workgroup_size(${WORKGROUP})`,
    "fn main(@builtin(global_invocation_id) id : vec3<u32>) {",
    "  for (var i = id.x; i < uniforms.size; i += uniforms.stride) { update(i); }",
    "}",
  ].join("\n");
}
