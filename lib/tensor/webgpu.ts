/**
 * The WebGPU device: one GPU, one backend, for the life of the process or of the GPU.
 *
 * @module
 */
import "@tensorflow/tfjs-backend-webgpu";
import * as tf from "./_tf.ts";
import { DeviceError } from "./device_error.ts";
import { RepairedBackend } from "./repairs/webgpu/backend.ts";
import { mayTune, tuneProducts } from "./product_choices.ts";
import { GarbageCollector } from "./repairs/webgpu/garbage.ts";
import { installRepairs } from "./repairs/webgpu/mod.ts";
import { always } from "./repairs/webgpu/product.ts";
import { IN_REGISTERS } from "./repairs/webgpu/product_variants.ts";

/** What the WebGPU adapter is and can do. */
export interface AdapterReport {
  /** The name that the driver gives, such as `"llvmpipe (LLVM 15.0.6, 256 bits)"`. */
  description: string;
  /** Whether the adapter is a program on the CPU. */
  software: boolean;
  /** The limits that were requested and granted, by their WebGPU names. */
  limits: Record<string, number>;
  /** The WebGPU features in use. */
  features: string[];
}

/** How the WebGPU device is set up. */
export interface WebGPUOptions {
  /**
   * Whether each GPU program runs in an error scope and a submit of its own, so that an error names the op, the program
   * and its inputs, and harms no other; slower. @default {false}
   */
  strict?: boolean;
  /**
   * Whether results repeat bit for bit: no sums by atomics in matrix products, gradients of gathers, and scatters;
   * slower. Weighted bin counts, `sparseSegmentSum`, `sparseToDense` with repeated indices and the gradient of
   * `dilation2d` still use them. @default {false}
   */
  deterministic?: boolean;
  /** Bytes of free buffers kept for reuse beyond the most ever in use at once. @default {268435456} */
  poolBytes?: number;
  /**
   * Whether the programs for matrix products are measured where nothing is known of the adapter, once, for 3 seconds at
   * most; what is known is used in any case, unless the variable `TOME_TUNE` is 0.
   *
   * @default {true on hardware, unless TOME_TUNE is 0}
   */
  tune?: boolean;
  /**
   * Whether matrix products may round their factors to half precision, where that is faster; sums stay in single
   * precision. @default {false}
   */
  halfProducts?: boolean;
  /** Whether to ask for all that the adapter grants, or for what every WebGPU device grants. @default {"adapter"} */
  limits?: "adapter" | "default";
}

/** What the GPU was given to do since the device was started. */
export interface GPUCounters {
  /** Runs of GPU programs. */
  dispatches: number;
  /** Recordings replayed; see `record`. */
  replays: number;
  /** Programs compiled; a second batch of the same shapes compiles none. */
  programs: number;
  /** Tensors copied to the GPU. */
  uploads: number;
  /** Bytes of those tensors. */
  bytesUploaded: number;
  /** Bytes of all GPU buffers now, free ones in the pool and those of recordings too. */
  bytesAllocated: number;
  /** The most bytes of all GPU buffers at once, since the start or `resetPeak()`. */
  bytesPeak: number;
}

const POOL_BYTES = 256 * 2 ** 20;
const SUBMIT_BATCH = "WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE";
const LIMITS = [
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
] as const;

interface Started {
  backend: RepairedBackend;
  info: GPUAdapterInfo;
  /** Whether the programs for matrix products are chosen; then they stay. */
  tuned?: boolean;
  report: AdapterReport;
  limits: "adapter" | "default";
}

let started: Started | undefined;

// W20: the stock factory asks for a feature by a list of its name, and for no storage buffers beyond 8
if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");

/**
 * Registers our own WebGPU backend, or sets up the one there is: tensors stay, unless the GPU was lost.
 *
 * @throws {DeviceError} If no adapter answers, or it gives no device.
 */
export async function startWebGPU(options: WebGPUOptions = {}): Promise<AdapterReport> {
  const {
    strict = false,
    deterministic = false,
    poolBytes = POOL_BYTES,
    limits = "adapter",
    halfProducts = false,
  } = options;
  const half = started?.backend.abilities.half ?? halfProducts;
  if (
    started?.backend.lost !== undefined || started?.limits !== limits ||
    (half !== halfProducts && started.report.features.includes("shader-f16"))
  ) {
    const next = await begin(limits, halfProducts); // first, so that the GPU in use stays if there is no other
    await stop();
    started = next;
  }
  const { backend, report } = started;
  if (tf.findBackend("webgpu") !== backend as unknown) register(backend);
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  if (strict !== backend.strict) {
    tf.env().set(SUBMIT_BATCH, strict ? 1 : 15);
    nameOps(strict ? backend : undefined);
  }
  backend.strict = strict;
  backend.deterministic = deterministic;
  backend.bufferManager.budget = poolBytes;
  backend.bufferManager.trim();
  return report;
}

/** Reads every tensor on the GPU back, so that it can be used on another device. */
export async function leaveWebGPU(): Promise<void> {
  if (started && started.backend.lost === undefined) await started.backend.bringHome();
}

/** What kind of adapter answers, without starting a device on it. */
export async function findAdapter(): Promise<"none" | "software" | "hardware"> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  return !adapter ? "none" : isSoftware(adapter.info) ? "software" : "hardware";
}

/** Whether an adapter is a program on the CPU. */
function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter ||
    /llvmpipe|lavapipe|swiftshader|basic render/i.test(info.description);
}

/**
 * Waits until every GPU error so far is known.
 *
 * Without it, an error is thrown by the next `data()` that is awaited.
 *
 * @throws {DeviceError} If something went wrong on the GPU, or it was lost. Nothing is thrown on other devices.
 */
export async function checkErrors(): Promise<void> {
  await started?.backend.checkErrors();
}

/**
 * Counts what the GPU was given to do; all zero before the WebGPU device is used.
 *
 * @example
 * ```ts
 * import { gpuCounters } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * const before = gpuCounters().dispatches;
 * // … a training step …
 * assert.equal(gpuCounters().dispatches - before, 0); // nothing ran on the GPU
 * ```
 */
export function gpuCounters(): GPUCounters {
  const backend = started?.backend;
  return {
    dispatches: backend?.dispatches ?? 0,
    replays: backend?.replays ?? 0,
    programs: backend?.programs ?? 0,
    uploads: backend?.uploads ?? 0,
    bytesUploaded: backend?.bytesUploaded ?? 0,
    bytesPeak: backend?.bytesPeak ?? 0,
    bytesAllocated: (backend?.bufferManager.numBytesAllocated ?? 0) + (backend?.bytesRecorded ?? 0),
  };
}

/** Has `gpuCounters().bytesPeak` count from the present use on. */
export function resetDevicePeak(): void {
  started?.backend.resetPeak();
}

/** Bytes of the buffers of recordings, and of those that wait for use. */
export function deviceMemory(): { recorded: number; free: number } {
  const { bytesRecorded = 0, bufferManager: pool } = started?.backend ?? {};
  return { recorded: bytesRecorded, free: pool ? pool.numBytesAllocated - pool.numBytesUsed : 0 };
}

/** Chooses the programs for matrix products, once for a device; the device is the one in use. */
export async function chooseProducts({ tune }: WebGPUOptions): Promise<void> {
  if (!started || started.tuned || started.backend.lost !== undefined) return;
  const { backend, info } = started;
  const measure = tune ?? (!backend.software && mayTune());
  if (!measure && !mayTune()) return;
  if (backend.software && !measure) return; // those in registers were chosen by measuring
  started.tuned = true;
  await tuneProducts(backend, info, { measure });
}

async function begin(
  limits: "adapter" | "default",
  halfProducts: boolean,
): Promise<Started> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new DeviceError(
      "Cannot use webgpu as no adapter answers; install a driver with Vulkan, Metal or DirectX 12 " +
        '(in software: Mesa\'s lavapipe, with XDG_RUNTIME_DIR set), or useDevice("wasm")',
    );
  }
  const { info } = adapter; // before the request, after which some versions of Deno refuse it
  const features = (["timestamp-query", "shader-f16", "subgroups"] as GPUFeatureName[])
    .filter((feature) => adapter.features.has(feature));
  const wanted = limits === "adapter"
    ? Object.fromEntries(LIMITS.map((name) => [name, Number(adapter.limits[name])]))
    : {};
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ requiredFeatures: features, requiredLimits: wanted });
  } catch (error) {
    throw new DeviceError(
      `Cannot use webgpu as ${info.description} gives no device: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const backend = new RepairedBackend(device, info, POOL_BYTES);
  backend.software = isSoftware(info);
  if (backend.software) {
    backend.garbage = new GarbageCollector();
    backend.products = always(backend, IN_REGISTERS);
  }
  backend.abilities = {
    sharedBytes: Number(device.limits.maxComputeWorkgroupStorageSize),
    threads: Number(device.limits.maxComputeInvocationsPerWorkgroup),
    half: halfProducts && features.includes("shader-f16"),
    subgroups: features.includes("subgroups" as GPUFeatureName),
  };
  installRepairs(() => started?.backend.deterministic ?? false);
  const granted = device.limits;
  return {
    backend,
    info,
    limits,
    report: {
      description: info.description,
      software: backend.software,
      limits: Object.fromEntries(LIMITS.map((name) => [name, Number(granted[name])])),
      features,
    },
  };
}

function register(backend: RepairedBackend): void {
  if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", () => backend, 3);
}

/** Gives the GPU back; tensors that were read back live on. */
async function stop(): Promise<void> {
  if (!started) return;
  const { backend } = started;
  started = undefined;
  nameOps(undefined);
  tf.env().set(SUBMIT_BATCH, 15);
  if (backend.lost === undefined) {
    await backend.bringHome();
    await backend.queue.onSubmittedWorkDone(); // drivers crash when a device goes amid its work
  }
  if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu"); // disposes the buffers
  backend.device.destroy();
}

/** In strict mode, notes which op runs. */
function nameOps(backend: RepairedBackend | undefined): void {
  const engine = tf.engine() as unknown as { runKernel?: unknown };
  delete engine.runKernel; // back to the method
  if (!backend) return;
  const run = tf.engine().runKernel;
  engine.runKernel = function (name: string, ...rest: [tf.NamedTensorMap, tf.NamedAttrMap?]) {
    const before = backend.errors.op;
    backend.errors.op = name;
    try {
      return run.call(tf.engine(), name, ...rest);
    } finally {
      backend.errors.op = before;
    }
  };
}
