import * as tf from "../../_tf.ts";
import type { WasmBackend } from "../../wasm_heap.ts";
import { type Kernel, replaceKernel } from "../kernel.ts";

/** A kernel of the wasm backend. */
export type WasmKernel<A> = Kernel<WasmBackend, A>;

/** Replaces or adds a kernel of the wasm backend. */
export function replace<A = Record<string, unknown>>(
  name: string,
  make: (stock: WasmKernel<A>) => WasmKernel<A>,
): void {
  replaceKernel<WasmBackend, A>("wasm", name, make);
}

/** The numbers of a float32 tensor, in place; the view dies when the heap grows. */
export function floats(backend: WasmBackend, x: tf.TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(x) as Float32Array;
}

/** The numbers of an int32 tensor, in place; the view dies when the heap grows. */
export function ints(backend: WasmBackend, x: tf.TensorInfo): Int32Array {
  return backend.typedArrayFromHeap(x) as Int32Array;
}

/** Runs `f` on tensors in place of what a kernel is given, and frees all but its result. */
export function compose(
  inputs: tf.TensorInfo[],
  f: (...tensors: tf.Tensor[]) => tf.Tensor,
): tf.TensorInfo {
  return tf.tidy(() => f(...inputs as tf.Tensor[]));
}
