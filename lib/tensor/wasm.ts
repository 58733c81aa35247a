import "@tensorflow/tfjs-backend-wasm";
import * as tf from "./_tf.ts";
import { type Blas, loadBlas } from "./blas.ts";
import { DeviceError } from "./device_error.ts";
import { repairAllocation } from "./repairs/wasm/allocation.ts";
import { repairIdentity } from "./repairs/wasm/identity.ts";
import { repairMatMul } from "./repairs/wasm/matmul.ts";
import { repairWasm } from "./repairs/wasm/mod.ts";
import { startSimd } from "./simd.ts";
import type { WasmBackend } from "./wasm_heap.ts";

/** What the WebAssembly device uses. */
export interface WasmReport {
  /** The library that multiplies matrices, such as `"libopenblas.so.0"`, or `"WebAssembly"`. */
  matmul: string;
  /** Threads used for matrix products. */
  threads: number;
}

let blas: Promise<Blas | undefined> | undefined;

/**
 * Starts TensorFlow.js's WebAssembly backend and repairs it.
 *
 * @param options `blas`: whether matrix products go to the system's BLAS where there is one.
 */
export async function startWasm({ blas: wanted = true }: { blas?: boolean }): Promise<WasmReport> {
  if (!await tf.setBackend("wasm")) {
    throw new DeviceError(
      "Cannot use wasm as its binary did not load; allow reading it with --allow-read",
    );
  }
  repairWasm();
  repairAllocation(tf.backend() as WasmBackend);
  const kernels = await startSimd(tf.backend() as WasmBackend);
  const library = wanted ? await (blas ??= loadBlas()) : undefined;
  repairMatMul(library, kernels);
  repairIdentity();
  return { matmul: library?.library ?? "WebAssembly", threads: library?.threads || 1 };
}
