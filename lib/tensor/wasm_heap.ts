import * as tf from "./_tf.ts";
import type { Shape } from "./types.ts";

/** What our kernels use of TensorFlow.js's wasm backend; its type declarations leave most of it out. */
export interface WasmBackend extends tf.KernelBackend {
  /** The Emscripten module. */
  wasm: {
    HEAPU8: Uint8Array;
    /** What its WebAssembly instance exports. */
    asm: { memory: WebAssembly.Memory };
    /** Reserves bytes of the heap, which may grow; gives their offset, or 0 if there is no room. */
    _malloc(bytes: number): number;
    /** Gives bytes back. */
    _free(offset: number): void;
    tfjs: { disposeData(id: number): void };
  };
  /** Where each tensor's data lies. */
  dataIdMap: {
    get(dataId: object): { id: number; memoryOffset: number; refCount: number };
    delete(dataId: object): void;
  };
  /** Allocates a tensor in the heap, or, given an offset, describes memory that is there already. */
  makeOutput(shape: Shape, dtype: tf.DataType, offset?: number): tf.TensorInfo;
  /** The elements of a tensor, in place; the view dies when the heap grows. */
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
}

/** The bytes of the wasm heap, if that is the device in use. */
export function wasmHeapBytes(): number {
  if (tf.getBackend() !== "wasm") return 0;
  return (tf.backend() as Partial<WasmBackend>).wasm?.HEAPU8.length ?? 0; // a disposed backend has none
}

let heap: ArrayBufferLike | undefined;
let base = 0;

/** The address of the wasm heap's first byte in this process; taken anew when the heap has grown. */
export function wasmHeap(backend: WasmBackend): number {
  const { buffer } = backend.wasm.HEAPU8;
  if (buffer !== heap) {
    heap = buffer;
    const pointer = Deno.UnsafePointer.of(new Uint8Array(buffer as ArrayBuffer, 0, 1));
    base = Number(Deno.UnsafePointer.value(pointer));
  }
  return base;
}
