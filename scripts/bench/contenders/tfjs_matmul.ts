/**
 * Products of square float32 matrices in TensorFlow.js as it is published.
 *
 * @module
 */
import type { SetUp } from "../contender.ts";
import { type MatMulTask, matMulWork } from "../matrices.ts";
import { startTfjs, tf } from "./tfjs.ts";

/** On WebGPU. */
export const webgpu: SetUp<MatMulTask> = async (task) =>
  matMulWork(tf, task, await startTfjs("webgpu"));

/** On WebAssembly. */
export const wasm: SetUp<MatMulTask> = async (task) =>
  matMulWork(tf, task, await startTfjs("wasm"));
