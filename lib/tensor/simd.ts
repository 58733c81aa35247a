/**
 * Loops in WebAssembly with vectors of four, on the heap of the wasm device: the module that `simd/*.as` compile to.
 *
 * @module
 */
import type { WasmBackend } from "./wasm_heap.ts";
import binary from "./simd/kernels.wasm.txt" with { type: "text" };

/** A tensor's place: its byte offset in the heap. */
type At = number;

/** What the module exports; each function's sources say what it computes. */
export interface SimdKernels {
  /** `lib/tensor/simd/attention.as` */
  cachedAttention(
    ...args: [
      ...[q: At, keys: At, values: At, scores: At, y: At, pairs: number, queries: number],
      ...[tokens: number, length: number, capacity: number, depth: number, width: number],
      ...[scale: number],
    ]
  ): void;
  /** `lib/tensor/simd/elements.as` */
  adam(
    ...args: [
      ...[w: At, m: At, v: At, g: At, size: number, scale: number, l2: number, keep: number],
      ...[toFirst: number, beta2: number, toSecond: number, rate: number],
      ...[unbias: number, eps: number],
    ]
  ): void;
  /** `lib/tensor/simd/elements.as` */
  dropout(x: At, y: At, size: number, gain: number, limit: number, seed: number): void;
  /** `lib/tensor/simd/elements.as` */
  gelu(x: At, y: At, size: number, tanh: boolean): void;
  /** `lib/tensor/simd/elements.as` */
  geluGrad(x: At, dy: At, dx: At, size: number, tanh: boolean): void;
  /** `lib/tensor/simd/elements.as` */
  moveHeads(
    ...args: [
      ...[wide: At, split: At, batch: number, tokens: number, width: number],
      ...[heads: number, depth: number, first: number, join: boolean],
    ]
  ): void;
  /** `lib/tensor/simd/elements.as` */
  sumOfSquares(x: At, size: number): number;
  /** `lib/tensor/simd/matmul.as` */
  matmul(
    ...args: [
      ...[a: At, b: At, c: At, m: number, n: number, k: number],
      ...[transposeA: boolean, transposeB: boolean, accumulate: boolean, scratch: At],
    ]
  ): void;
  /** `lib/tensor/simd/matmul.as` */
  matmulScratch(): number;
  /** `lib/tensor/simd/norm.as` */
  columnSums(x: At, y: At, rows: number, cols: number): void;
  /** `lib/tensor/simd/norm.as` */
  layerNorm(
    ...args: [
      ...[x: At, gamma: At, beta: At, y: At],
      ...[rows: number, cols: number, eps: number, center: boolean],
    ]
  ): void;
  /** `lib/tensor/simd/norm.as` */
  layerNormGrad(
    ...args: [
      ...[x: At, gamma: At, dy: At, dsum: At, dx: At, dgamma: At, dbeta: At],
      ...[rows: number, cols: number, eps: number, center: boolean],
    ]
  ): void;
  /** `lib/tensor/simd/quantized.as` */
  quantizedRows(
    ...args: [
      ...[x: At, units: At, starts: At, codes: At, scales: At, bias: At, y: At],
      ...[rows: number, outs: number, groups: number, group: number, bits: number],
    ]
  ): void;
  /** `lib/tensor/simd/quantized.as` */
  roundRows(
    ...args: [
      ...[x: At, codes: At, units: At, starts: At, rows: number, cols: number, group: number],
    ]
  ): void;
  /** `lib/tensor/simd/quantized.as` */
  unpackRows(
    ...args: [
      ...[codes: At, scales: At, y: At, spare: At],
      ...[rows: number, cols: number, group: number, bits: number],
    ]
  ): void;
  /** `lib/tensor/simd/softmax.as` */
  crossEntropyGrad(
    ...args: [
      ...[x: At, target: At, dy: At, share: number, dx: At, rows: number, cols: number],
      ...[ignore: number, smoothing: number],
    ]
  ): void;
  /** `lib/tensor/simd/softmax.as` */
  maskedSoftmax(
    ...args: [
      ...[x: At, y: At, rows: number, height: number, cols: number],
      ...[scale: number, causal: boolean],
    ]
  ): void;
  /** `lib/tensor/simd/softmax.as` */
  maskedSoftmaxGrad(
    ...args: [
      ...[y: At, dy: At, dx: At, rows: number, height: number, cols: number],
      ...[scale: number, causal: boolean],
    ]
  ): void;
  /** `lib/tensor/simd/softmax.as` */
  top(x: At, cols: number): number;
  /** `lib/tensor/simd/softmax.as` */
  total(x: At, cols: number): number;
  /** `lib/tensor/simd/softmax.as` */
  totalOfExponentials(x: At, cols: number, top: number): number;
}

let memory: WebAssembly.Memory | undefined;
let kernels: SimdKernels | undefined;

/**
 * Links the module to the heap of the wasm backend, once.
 *
 * @returns The module's functions.
 */
export async function startSimd(backend: WasmBackend): Promise<SimdKernels> {
  const heap = backend.wasm.asm.memory;
  if (kernels && heap === memory) return kernels;
  const { instance } = await WebAssembly.instantiate(Uint8Array.fromBase64(binary), {
    env: { memory: heap },
  });
  const exports = instance.exports as unknown as SimdKernels & { prepare(): void };
  exports.prepare();
  memory = heap;
  return kernels = exports;
}

/**
 * The module's functions, if they can be used on arrays: float32, and all on the heap of the wasm device. Their byte
 * offsets are the addresses that the functions take.
 */
export function simdFor(...arrays: readonly ArrayBufferView[]): SimdKernels | undefined {
  const heap = memory?.buffer;
  for (const array of arrays) {
    if (array.buffer !== heap || !(array instanceof Float32Array)) return undefined;
  }
  return kernels;
}
