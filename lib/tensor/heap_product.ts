/**
 * Matrix products in the memory of the wasm device, for ops that work on parts of tensors.
 *
 * @module
 */
export { multiplyOnHeap, type Product } from "./repairs/wasm/matmul.ts";
export type { WasmBackend } from "./wasm_heap.ts";
