import "@tensorflow/tfjs-backend-wasm";
import * as tf from "./_tf.ts";
import { DeviceError } from "./device_error.ts";

/** What the WebAssembly device uses. */
export interface WasmReport {
  /** The library that multiplies matrices, such as `"libopenblas.so.0"`, or `"XNNPACK"`. */
  matmul: string;
  /** Threads used for matrix products. */
  threads: number;
}

/** Starts TensorFlow.js's WebAssembly backend and repairs it. */
export async function startWasm(): Promise<WasmReport> {
  if (!await tf.setBackend("wasm")) {
    throw new DeviceError(
      "Cannot use wasm as its binary did not load; allow reading it with --allow-read",
    );
  }
  return { matmul: "XNNPACK", threads: 1 };
}
