/**
 * TensorFlow.js's WebGPU backend, as much of it as the repairs use: its type declarations keep most of it private.
 *
 * @module
 */
import {
  type webgpu_util,
  WebGPUBackend,
  type WebGPUProgram,
} from "@tensorflow/tfjs-backend-webgpu";
import type * as tf from "../../_tf.ts";
import type { BufferPool } from "./buffer_pool.ts";
import type { UniformField } from "./uniform_arena.ts";

/** A GPU program, with the fields of single programs that the repairs read. */
export interface StockProgram extends Omit<WebGPUProgram, "pipeline"> {
  /** The operator of a unary or binary program; the type of its result in a scattering one. */
  op?: number | string;
  /** The dtype that a scattering program writes. */
  type?: string;
  /** Whether a product transposes its first operand. */
  transposeA?: boolean;
  /** Whether a product transposes its second operand. */
  transposeB?: boolean;
  /** Whether the inner axis of a product is a multiple of its tile. */
  fitInner?: boolean;
  /** How much of the inner axis one workgroup of a split product takes. */
  splitedDimInner?: number;
  /** Whether a cumulative program runs from the end. */
  reverse?: boolean;
  /** The dispatch that was folded, see `dispatch.ts`. */
  folded?: readonly [number, number, number];
  /** The compiled program. */
  pipeline?: GPUComputePipeline;
  /** Which of `variableNames` are further outputs. */
  writes?: readonly string[];
  /** What kind of picture it reads or draws, if it does. */
  pixelsOpType?: number;
}

/** Numbers handed to a program besides its inputs. */
export type Uniforms = UniformField[];

/** A tensor's data as the backend keeps it. */
export interface TensorData {
  /** What the buffer holds. */
  dtype: tf.DataType;
  /** The shape it was made with; reshapes share it. */
  shape: number[];
  /** How many tensors share it. */
  refCount: number;
  /** Its buffer; none before the first use. */
  resource?: GPUBuffer | null;
  /** The values on the CPU: not yet uploaded, or read back. */
  values?: tf.backend_util.BackendValues | null;
  /** Whether somebody else owns the buffer. */
  external?: boolean;
  /** The parts of a complex tensor. */
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };
  /** Identifies the read-back under way, see `RepairedBackend.read`. */
  reading?: object;
}

/** The members that the repairs use or override. */
export interface StockBackend extends tf.KernelBackend {
  device: GPUDevice;
  queue: GPUQueue;
  bufferManager: BufferPool;
  tensorMap: { get(dataId: object): TensorData; has(dataId: object): boolean };
  thresholdToIncreaseWorkgroups: number;
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  pipelineCache: Record<string, GPUComputePipeline>;
  makeTensorInfo(
    shape: number[],
    dtype: tf.DataType,
    values?: tf.backend_util.BackendValues,
  ): tf.TensorInfo;
  runWebGPUProgram(
    program: StockProgram,
    inputs: tf.TensorInfo[],
    dtype: tf.DataType,
    uniforms?: Uniforms | null,
    output?: tf.TensorInfo,
  ): tf.TensorInfo;
  memory(): { unreliable: boolean; numBytesAllocatedInGPU: number };
  uploadToGPU(dataId: object): void;
  makeUniforms(fields: UniformField[]): GPUBufferBinding;
  activeTimers?: unknown[];
  recordAndSubmit(
    program: StockProgram,
    output: tf.TensorInfo,
    inputs: tf.TensorInfo[],
    uniforms?: Uniforms | null,
  ): void;
  releaseResource(dataId: object): void;
  getBufferData(buffer: GPUBuffer): Promise<ArrayBuffer>;
  shouldExecuteOnCPU(inputs: tf.TensorInfo[], threshold?: number): boolean;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** The class itself, with its members visible. */
export const Stock: new (device: GPUDevice, info: GPUAdapterInfo) => StockBackend =
  WebGPUBackend as unknown as new (device: GPUDevice, info: GPUAdapterInfo) => StockBackend;

/** Helpers of the package, for programs of our own. */
export type Layouts = Pick<typeof webgpu_util, "computeDispatch" | "flatDispatchLayout">;
