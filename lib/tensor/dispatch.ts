import * as tf from "./_tf.ts";
import { type Live, valueOf } from "./live.ts";
import type { RepairedBackend } from "./repairs/webgpu/backend.ts";
import type { Tensor } from "./types.ts";

/** The WebGPU backend as our own programs use it. */
export type GPUBackend = RepairedBackend;

/** A GPU program, compiled once a device; it binds its storage buffers from 0 on, and its uniform buffer after them. */
export interface Program {
  /** What it does, as in "descend", for the GPU's tools and after "Cannot" in error messages. */
  label: string;
  /** The WGSL; its entry point is `main`. */
  code: string;
  /** For each storage buffer, whether the program writes to it. */
  writes: readonly boolean[];
}

/** Threads of a workgroup of our programs. */
export const WORKGROUP = 256;
/** Workgroups of one dispatch at most: a million threads, each of which strides across the elements. */
export const MAX_GROUPS = 4096;

const programs = new Map<string, Program>();

/** The program of a name, which is made once. */
export function programFor(name: string, make: () => Program): Program {
  let program = programs.get(name);
  if (!program) programs.set(name, program = make());
  return program;
}

const pipelines = new WeakMap<GPUDevice, WeakMap<Program, GPUComputePipeline>>();

/**
 * Records one dispatch into the backend's own command encoder, in order with the dispatches of its kernels.
 *
 * @param data The data of each storage buffer.
 * @param counts First fields of the uniform buffer, `u32`; functions give them anew when the dispatch is replayed.
 * @param scalars The fields after them, `f32`; likewise.
 * @param groups Workgroups; beyond 65,535 they lie in rows of as many, the last of which may be too long.
 */
export function dispatch(
  backend: GPUBackend,
  program: Program,
  data: readonly object[],
  counts: readonly Live[],
  scalars: readonly Live[],
  groups: number,
): void {
  if (backend.strict) backend.errors.openScope();
  try {
    for (const dataId of data) backend.uploadToGPU(dataId);
    const fields = [
      ...counts.map((n) => ({ type: "uint32", data: [valueOf(n)], ...isLive(n) })),
      ...scalars.map((x) => ({ type: "float32", data: [valueOf(x)], ...isLive(x) })),
    ];
    const { writes } = program;
    const pipeline = pipelineOf(backend.device, program);
    const across = Math.min(groups, backend.device.limits.maxComputeWorkgroupsPerDimension);
    const grid = [across, Math.ceil(groups / across), 1] as const;
    backend.launch(pipeline, data, (k) => writes[k]!, fields, grid);
  } finally {
    if (backend.strict) backend.errors.closeScope(`Cannot ${program.label}`);
  }
}

/** The part of a uniform field that makes it live. */
export function isLive(x: Live): { live?: () => number } {
  return typeof x === "number" ? {} : { live: x };
}

/** Workgroups for `size` elements. */
export function groupsFor(size: number): number {
  return Math.min(Math.ceil(size / WORKGROUP), MAX_GROUPS);
}

function pipelineOf(device: GPUDevice, program: Program): GPUComputePipeline {
  let made = pipelines.get(device);
  if (!made) pipelines.set(device, made = new WeakMap());
  let pipeline = made.get(program);
  if (!pipeline) {
    const { label, code, writes } = program;
    const types: GPUBufferBindingType[] = [
      ...writes.map((write) => write ? "storage" as const : "read-only-storage" as const),
      "uniform",
    ];
    // laid out by hand, as "auto" leaves out what the code happens not to use
    const layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type },
      })),
    });
    pipeline = device.createComputePipeline({
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ label, code }) },
    });
    made.set(program, pipeline);
  }
  return pipeline;
}

/** The tensor, or, if its buffer holds integers, as after a cast that changed only its label, a copy that does not. */
export function asFloat32(backend: GPUBackend, x: Tensor): Tensor {
  return backend.tensorMap.get(x.dataId).dtype === "float32" ? x : tf.mul(x, 1);
}
