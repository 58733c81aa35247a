import type * as tf from "../../_tf.ts";
import { formatBytes, largestOf, type LiveData, OutOfMemoryError } from "../../out_of_memory.ts";
import type { WasmBackend } from "../../wasm_heap.ts";

/** The most that a memory with addresses of 32 bits can hold. */
const ADDRESSES = 2 ** 32;

/** What the backend keeps of each tensor. */
interface Entry {
  shape: number[];
  dtype: tf.DataType;
}

const repaired = new WeakSet<object>();

/**
 * M23: where its heap is full, the backend writes to address 0 or, beyond 4 GiB, takes the size modulo 4 GiB: both write
 * over other tensors. It throws instead, and names the largest ones.
 */
export function repairAllocation(backend: WasmBackend): void {
  if (repaired.has(backend)) return;
  repaired.add(backend);
  const { wasm } = backend;
  const entries = backend.dataIdMap as unknown as Map<object, Entry>;
  const live = new Set<object>();
  const { set, delete: remove } = entries;
  entries.set = function (dataId, entry) {
    live.add(dataId);
    return set.call(entries, dataId, entry);
  };
  entries.delete = function (dataId) {
    live.delete(dataId);
    return remove.call(entries, dataId);
  };
  wasm._free(wasm._malloc(4)); // its first call puts another function in its place
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    const place = bytes < ADDRESSES ? allocate(bytes) : 0;
    if (place !== 0 || bytes === 0) return place;
    throw new OutOfMemoryError(
      `Cannot reserve ${formatBytes(bytes)} on wasm as its heap of ${
        formatBytes(wasm.HEAPU8.length)
      } can grow to ${formatBytes(ADDRESSES)} at most, and has no such room`,
      bytes,
      largestOf(dataOf(live, entries)),
    );
  };
}

function* dataOf(live: Iterable<object>, entries: Map<object, Entry>): Generator<LiveData> {
  for (const dataId of live) {
    const { shape, dtype } = entries.get(dataId)!;
    if (dtype !== "string") yield { dataId, shape, dtype };
  }
}
