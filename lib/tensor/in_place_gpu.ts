/**
 * The GPU's side of updates in place, see `in_place.ts`.
 *
 * @module
 */
import * as tf from "./_tf.ts";
import {
  asFloat32,
  dispatch,
  type GPUBackend,
  groupsFor,
  type Program,
  WORKGROUP,
} from "./dispatch.ts";
import type { UpdateDefinition } from "./in_place.ts";
import type { Live } from "./live.ts";
import type { Tensor, Variable } from "./types.ts";

/** One update, with its tensors in the order of the definition's names. */
export interface ListedTask<S extends string> {
  /** What it changes. */
  changed: readonly Variable[];
  /** What it reads. */
  read: readonly Tensor[];
  /** Its numbers. */
  scalars: Record<S, Live | Tensor>;
  /** Elements. */
  size: number;
}

/** Updates of one dispatch at most, so that programs stay short. */
const MOST = 16;

/** Whether a number lies on the device. */
export function isTensor(value: Live | Tensor): value is Tensor {
  return typeof value === "object";
}

/** A tensor with the same values, bit for bit, and data of its own. */
export function copyOnGPU(backend: GPUBackend, x: Tensor): Tensor {
  const converted = asFloat32(backend, x);
  if (converted !== x) return converted;
  const info = backend.makeTensorInfo(x.shape, x.dtype);
  backend.copy(x.dataId, info.dataId);
  return tf.engine().makeTensorFromTensorInfo(info, backend);
}

/** Makes updates, as many in each dispatch as it can bind the buffers of. */
export function updateOnGPU<T extends string, I extends string, S extends string>(
  backend: GPUBackend,
  programs: Map<string, Program>,
  definition: UpdateDefinition<T, I, S>,
  tasks: readonly ListedTask<S>[],
): void {
  const { targets, inputs, scalars } = definition;
  const limit = Number(backend.device.limits.maxStorageBuffersPerShaderStage);
  const most = Math.floor((limit - scalars.length) / (targets.length + inputs.length));
  const count = Math.max(1, Math.min(most, MOST));
  let together: ListedTask<S>[] = [];
  const taken = new Set<object>(); // a buffer cannot be bound twice to be written
  const run = () => {
    if (together.length > 0) updateTogether(backend, programs, definition, together);
    together = [];
    taken.clear();
  };
  for (const task of tasks) {
    const isTaken = task.changed.some(({ dataId }) => taken.has(dataId));
    if (together.length === count || isTaken) run();
    together.push(task);
    for (const { dataId } of task.changed) taken.add(dataId);
  }
  run();
}

function updateTogether<T extends string, I extends string, S extends string>(
  backend: GPUBackend,
  programs: Map<string, Program>,
  definition: UpdateDefinition<T, I, S>,
  tasks: readonly ListedTask<S>[],
): void {
  const written = new Set<object>(
    tasks.flatMap(({ changed }) => changed.map((variable) => variable.dataId)),
  );
  const copies: Tensor[] = [];
  const data: object[] = [];
  const writes: boolean[] = [];
  const given: object[] = []; // numbers on the device, each bound once
  const places: (number | undefined)[][] = []; // of each number of each task among those
  const floats = (tensor: Tensor) => {
    const converted = asFloat32(backend, tensor);
    if (converted !== tensor) copies.push(converted);
    return converted.dataId;
  };
  for (const { changed, read, scalars } of tasks) {
    for (const { dataId } of changed) [data.push(dataId), writes.push(true)];
    for (const tensor of read) {
      // a buffer cannot be bound both to be read and to be written
      const copy = written.has(tensor.dataId) ? copyOnGPU(backend, tensor) : undefined;
      if (copy) copies.push(copy);
      [data.push(copy?.dataId ?? floats(tensor)), writes.push(false)];
    }
    places.push(definition.scalars.map((name) => {
      const value: Live | Tensor = scalars[name];
      if (!isTensor(value)) return undefined;
      const dataId = floats(value);
      const at = given.indexOf(dataId);
      return at < 0 ? given.push(dataId) - 1 : at;
    }));
  }
  const key = JSON.stringify(places);
  let program = programs.get(key);
  if (!program) {
    program = {
      label: definition.name,
      code: programOf(definition, places, given.length),
      writes: [...writes, ...given.map(() => false)],
    };
    programs.set(key, program);
  }
  const groups = groupsFor(Math.max(...tasks.map(({ size }) => size)));
  dispatch(
    backend,
    program,
    [...data, ...given],
    [...tasks.map(({ size }) => size), groups * WORKGROUP],
    tasks.flatMap(({ scalars }) =>
      definition.scalars.map((name): Live => {
        const value: Live | Tensor = scalars[name];
        return isTensor(value) ? 0 : value;
      })
    ),
    groups,
  );
  for (const dataId of written) backend.tensorMap.get(dataId).values = null; // read back earlier
  tf.dispose(copies);
}

/** The whole GPU program: for each update its buffers, a function for each number, the body, and a loop over the elements. */
function programOf<T extends string, I extends string, S extends string>(
  { targets, inputs, scalars, wgsl }: UpdateDefinition<T, I, S>,
  places: readonly (number | undefined)[][],
  given: number,
): string {
  const names = [...targets, ...inputs, ...scalars, "update"];
  const words = new RegExp(`\\b(${names.join("|")})\\b`, "g");
  const buffers = [
    ...places.flatMap((_, k) => [
      ...targets.map((name) => `var<storage, read_write> ${name}_${k} : array<f32>;`),
      ...inputs.map((name) => `var<storage, read> ${name}_${k} : array<f32>;`),
    ]),
    ...Array.from({ length: given }, (_, k) => `var<storage, read> given_${k} : array<f32>;`),
    "var<uniform> uniforms : Uniforms;",
  ];
  return [
    "struct Uniforms {",
    ...places.map((_, k) => `  size_${k} : u32,`),
    "  stride : u32,",
    ...places.flatMap((_, k) => scalars.map((name) => `  ${name}_${k} : f32,`)),
    "}",
    ...buffers.map((buffer, k) => `@group(0) @binding(${k}) ${buffer}`),
    ...places.flatMap((row, k) => [
      ...scalars.map((name, i) => {
        const value = row[i] === undefined ? `uniforms.${name}_${k}` : `given_${row[i]}[0]`;
        return `fn ${name}_${k}() -> f32 { return ${value}; }`;
      }),
      wgsl.replaceAll(words, `$1_${k}`),
    ]),
    `@compute @workgroup_size(${WORKGROUP})`,
    "fn main(@builtin(global_invocation_id) id : vec3<u32>) {",
    ...places.map((_, k) =>
      `  for (var i = id.x; i < uniforms.size_${k}; i += uniforms.stride) { update_${k}(i); }`
    ),
    "}",
  ].join("\n");
}
