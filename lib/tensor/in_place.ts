import * as tf from "./_tf.ts";
import type { GPUBackend, Program } from "./dispatch.ts";
import { copyOnGPU, isTensor, type ListedTask, updateOnGPU } from "./in_place_gpu.ts";
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

/** What one update is made of: the variables that it changes, the tensors that it reads, and its numbers. */
export type UpdateTask<Target extends string, Input extends string, Value extends string> = [
  targets: Record<Target, Variable>,
  inputs: Record<Input, Tensor>,
  scalars: Record<Value, Live | Tensor>,
];

/** Changes variables in place; made by {@link defineUpdate}. */
export interface Update<Target extends string, Input extends string, Value extends string> {
  /** Makes one update. */
  (...task: UpdateTask<Target, Input, Value>): void;
  /** Makes many updates that do not depend on each other: on WebGPU several in each dispatch. */
  many(tasks: readonly UpdateTask<Target, Input, Value>[]): void;
}

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
  const programs = new Map<string, Program>();
  const many = (tasks: readonly UpdateTask<Target, Input, Value>[]) => {
    const filled = tasks.map((task) => listed(definition, task)).filter(({ size }) => size > 0);
    const backend = tf.backend();
    for (const { changed, read } of filled) {
      for (const variable of changed) own(backend, variable);
      for (const tensor of read) storedDtype(backend, tensor);
    }
    if (tf.getBackend() === "webgpu") {
      updateOnGPU(backend as unknown as GPUBackend, programs, definition, filled);
    } else for (const task of filled) updateOnCPU(backend, definition, task);
  };
  return Object.assign((...task: UpdateTask<Target, Input, Value>) => many([task]), { many });
}

/** The tensors of a task in the order of their names. */
function listed<T extends string, I extends string, S extends string>(
  definition: UpdateDefinition<T, I, S>,
  [targets, inputs, scalars]: UpdateTask<T, I, S>,
): ListedTask<S> {
  const changed = definition.targets.map((name) => targets[name]);
  const read = definition.inputs.map((name) => inputs[name]);
  check(definition, changed, read, scalars);
  return { changed, read, scalars, size: changed[0]!.size };
}

function updateOnCPU<T extends string, I extends string, S extends string>(
  backend: tf.KernelBackend,
  { targets, inputs, scalars: names, host }: UpdateDefinition<T, I, S>,
  { changed, read, scalars, size }: ListedTask<S>,
): void {
  const written = new Set<object>(changed.map((variable) => variable.dataId));
  const arrays = {} as Record<T | I, Float32Array>;
  for (const [k, name] of inputs.entries()) {
    const values = readable(backend, read[k]!);
    arrays[name] = written.has(read[k]!.dataId) ? values.slice() : values;
  }
  for (const [k, name] of targets.entries()) arrays[name] = writable(backend, changed[k]!);
  const numbers = {} as Record<S, number>;
  for (const name of names) {
    const value: Live | Tensor = scalars[name];
    numbers[name] = isTensor(value) ? readable(backend, value)[0]! : valueOf(value);
  }
  host(arrays, numbers, size);
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
  const copy = tf.getBackend() === "webgpu"
    ? copyOnGPU(backend as unknown as GPUBackend, variable)
    : tf.tensor(new Float32Array(readable(backend, variable)), variable.shape);
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
