import * as tf from "./_tf.ts";
import type { Shape } from "./types.ts";

/** What our own GPU programs use of TensorFlow.js's WebGPU backend; its type declarations keep most of it private. */
export interface GPUBackend extends tf.KernelBackend {
  /** The device that owns every buffer. */
  device: GPUDevice;
  /** Where each tensor's data lies. */
  tensorMap: { get(dataId: object): GPUData };
  /** The commands not yet submitted. */
  commandEncoder: GPUCommandEncoder | null;
  /** The open pass of those commands. */
  computePassEncoder: GPUComputePassEncoder | null;
  /** Data that the commands use; its buffers are not reused before the submit. */
  commandQueueOwnedIds: WeakSet<object>;
  /** Dispatches since the last submit. */
  dispatchCountInPass: number;
  /** Describes a new tensor; without values its buffer, once made, holds anything. */
  makeTensorInfo(shape: Shape, dtype: tf.DataType, values?: tf.TypedArray): tf.TensorInfo;
  /** Packs values into a uniform buffer that is reused only after the next submit. */
  makeUniforms(fields: { type: "uint32" | "float32"; data: number[] }[]): GPUBufferBinding;
  /** Makes the data's buffer if it has none yet. */
  uploadToGPU(dataId: object): void;
  /** Opens a command encoder if none is. */
  ensureCommandEncoderReady(): void;
  /** Closes the open pass. */
  endComputePassEncoder(): void;
  /** Sends the commands to the GPU. */
  submitQueue(): void;
}

/** A tensor's data as the WebGPU backend keeps it. */
export interface GPUData {
  /** The buffer; none before the first upload. */
  resource?: GPUBuffer | null;
  /** The values on the CPU: not yet uploaded, or read back. */
  values?: tf.TypedArray | null;
}

/** A GPU program, compiled once a device; it binds its storage buffers from 0 on, and its uniform buffer after them. */
export interface Program {
  /** What the GPU's tools and error messages call it. */
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

const pipelines = new WeakMap<GPUDevice, WeakMap<Program, GPUComputePipeline>>();

/**
 * Records one dispatch into the backend's own command encoder, in order with the dispatches of its kernels.
 *
 * @param data The data of each storage buffer.
 * @param counts First fields of the uniform buffer, `u32`.
 * @param scalars The fields after them, `f32`.
 * @param groups Workgroups, at most 65,535.
 */
export function dispatch(
  backend: GPUBackend,
  program: Program,
  data: readonly object[],
  counts: readonly number[],
  scalars: readonly number[],
  groups: number,
): void {
  const pipeline = pipelineOf(backend.device, program);
  const entries: GPUBindGroupEntry[] = data.map((dataId, binding) => {
    backend.uploadToGPU(dataId);
    backend.commandQueueOwnedIds.add(dataId);
    return { binding, resource: { buffer: backend.tensorMap.get(dataId).resource! } };
  });
  entries.push({
    binding: entries.length,
    resource: backend.makeUniforms([
      ...counts.map((n) => ({ type: "uint32" as const, data: [n] })),
      ...scalars.map((x) => ({ type: "float32" as const, data: [x] })),
    ]),
  });
  const layout = pipeline.getBindGroupLayout(0);
  const bindGroup = backend.device.createBindGroup({ layout, entries });
  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= backend.commandEncoder!.beginComputePass({});
  backend.computePassEncoder.setPipeline(pipeline);
  backend.computePassEncoder.setBindGroup(0, bindGroup);
  backend.computePassEncoder.dispatchWorkgroups(groups);
  backend.dispatchCountInPass++;
  if (backend.dispatchCountInPass >= tf.env().getNumber("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE")) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
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
