/**
 * How much memory is in use, and for what.
 *
 * @module
 */
import * as tf from "./_tf.ts";
import { formatBytes } from "./out_of_memory.ts";
import {
  dataBytes,
  ownedNow,
  ownedPeak,
  type Owner,
  OWNERS,
  resetOwnedPeak,
  watchMemory,
} from "./owners.ts";
import { table, type TableBundle } from "./table.ts";
import { wasmHeapBytes } from "./wasm_heap.ts";
import { deviceMemory, resetDevicePeak } from "./webgpu.ts";

/** The bytes of one owner. */
export interface OwnerUse {
  /** For whom the tensors are held. */
  owner: Owner;
  /** Their bytes now. */
  bytes: number;
  /** Their bytes when all tensors together took the most. */
  bytesAtPeak: number;
}

/** How many tensors are alive, and the bytes that they hold, by owner; it prints as a table. */
export class MemoryUse {
  /** Tensors not yet disposed. */
  readonly numTensors: number;
  /** Buffers behind them; a reshape shares its buffer. */
  readonly numDataBuffers: number;
  /** Bytes of those buffers. */
  readonly numBytes: number;
  /** Bytes that the backend has allocated on the device, free buffers in its pool included; only on WebGPU. */
  declare readonly numBytesAllocated?: number;
  readonly #owners = usesNow();
  readonly #recordings: number;
  readonly #reusable: number;

  /** Counts the tensors alive on the current device. */
  constructor() {
    const use = tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU?: number };
    this.numTensors = use.numTensors;
    this.numDataBuffers = use.numDataBuffers;
    this.numBytes = dataBytes();
    if (use.numBytesAllocatedInGPU !== undefined) {
      this.numBytesAllocated = use.numBytesAllocatedInGPU;
    }
    const { recorded, free } = tf.getBackend() === "webgpu"
      ? deviceMemory()
      : { recorded: 0, free: Math.max(0, wasmHeapBytes() - this.numBytes) };
    this.#recordings = recorded;
    this.#reusable = free;
  }

  /** Bytes by owner; those with nothing now and at the peak are left out. The parts of {@link MemoryUse.numBytes}. */
  get owners(): readonly OwnerUse[] {
    return this.#owners;
  }

  /** The most bytes of all tensors at once, since the first call of `memory()` or the last of `resetPeak()`. */
  get bytesPeak(): number {
    return this.#owners.reduce((sum, { bytesAtPeak }) => sum + bytesAtPeak, 0);
  }

  /** Bytes of the buffers that recorded steps hold on the GPU, their activations among them; see `record`. */
  get bytesRecorded(): number {
    return this.#recordings;
  }

  /** Bytes that are kept for reuse: free buffers on WebGPU; on wasm the part of its heap without tensors. */
  get bytesCached(): number {
    return this.#reusable;
  }

  /** The table's rows: what, its bytes now, and at the peak. */
  rows(): [string, string, string][] {
    const rows = this.#owners.map(({ owner, bytes, bytesAtPeak }): [string, string, string] => [
      owner,
      formatBytes(bytes),
      formatBytes(bytesAtPeak),
    ]);
    rows.push([
      `${this.numTensors} tensors`,
      formatBytes(this.numBytes),
      formatBytes(this.bytesPeak),
    ]);
    if (this.#recordings > 0) rows.push(["recordings", formatBytes(this.#recordings), ""]);
    if (this.#reusable > 0) rows.push(["free for reuse", formatBytes(this.#reusable), ""]);
    return rows;
  }

  /** The table as text. */
  toString(): string {
    return this.#table()["text/plain"];
  }

  /** Called by Deno's Jupyter kernel, where it shows as a table. */
  [Symbol.for("Jupyter.display")](): TableBundle {
    return this.#table();
  }

  #table(): TableBundle {
    return table(this.rows(), { head: ["memory", "now", "at the peak"], numbersFrom: 1 });
  }
}

function usesNow(): OwnerUse[] {
  watchMemory();
  const [now, peak] = [ownedNow(), ownedPeak()];
  return OWNERS.map((owner) => ({ owner, bytes: now[owner], bytesAtPeak: peak[owner] }))
    .filter(({ bytes, bytesAtPeak }) => bytes > 0 || bytesAtPeak > 0);
}

/**
 * Counts the tensors alive on the current device, and tells their bytes by owner: parameters, state of optimizers,
 * gradients, activations, caches, batches.
 *
 * The peak is counted from the first call on; who never calls pays nothing for it.
 *
 * @example
 * ```ts
 * import { memory, resetPeak, useDevice } from "@tome/tome/tensor";
 * import * as tf from "@tensorflow/tfjs";
 *
 * await useDevice("cpu");
 * resetPeak();
 * const x = tf.ones([1000]);
 * x.dispose();
 * const { bytesPeak, numBytes } = memory();
 * console.assert(bytesPeak - numBytes === 4000);
 * ```
 */
export function memory(): MemoryUse {
  return new MemoryUse();
}

/** Has the peaks of `memory()` and `gpuCounters()` count from the present use on. */
export function resetPeak(): void {
  resetOwnedPeak();
  resetDevicePeak();
}
