/**
 * Attention over a long context in TensorFlow.js as it is published: composed operations.
 *
 * @module
 */
import { type AttentionTask, attentionWork, composed } from "../attention.ts";
import type { SetUp } from "../contender.ts";
import { startTfjs, tf } from "./tfjs.ts";

/** On WebGPU. */
export const webgpu: SetUp<AttentionTask> = async (task) =>
  attentionWork(tf, task, await startTfjs("webgpu"), composed(tf, task));

/** On WebAssembly. */
export const wasm: SetUp<AttentionTask> = async (task) =>
  attentionWork(tf, task, await startTfjs("wasm"), composed(tf, task));
