/**
 * Counts what a contender asks of WebGPU, whoever it is: it looks at the calls of the WebGPU interface itself.
 *
 * @module
 */

/** What {@link Meter} has counted. */
export interface Counts {
  /** Milliseconds in which the process waited for the GPU, or was inside `queue.submit`, where a software adapter computes. */
  gpuMillis: number;
  /** Runs of GPU programs. */
  dispatches: number;
  /** Bytes of GPU buffers now. */
  bytes: number;
  /** The most bytes of GPU buffers at once. */
  peakBytes: number;
}

/** Counts dispatches, bytes of buffers and the time that is the GPU's, from the moment it is made. */
export class Meter {
  readonly #counts: Counts = { gpuMillis: 0, dispatches: 0, bytes: 0, peakBytes: 0 };
  #waits = 0;
  #since = 0;

  /** Puts itself between the program and WebGPU; make one for a process, before anything else asks for a device. */
  constructor() {
    if (!("GPUDevice" in globalThis)) return;
    this.#countDispatches();
    this.#countBytes();
    this.#countWaits();
  }

  /** What was counted so far. */
  get counts(): Readonly<Counts> {
    return { ...this.#counts };
  }

  /** From here on the peak is that of what comes. */
  resetPeak(): void {
    this.#counts.peakBytes = this.#counts.bytes;
  }

  #countDispatches(): void {
    const counts = this.#counts;
    const { prototype } = GPUComputePassEncoder;
    for (const name of ["dispatchWorkgroups", "dispatchWorkgroupsIndirect"] as const) {
      const before = prototype[name] as (...args: unknown[]) => undefined;
      prototype[name] = function (this: GPUComputePassEncoder, ...args: unknown[]) {
        counts.dispatches++;
        return before.apply(this, args);
      };
    }
  }

  #countBytes(): void {
    const counts = this.#counts;
    const sizes = new WeakMap<GPUBuffer, { bytes: number }>();
    const forget = (size: { bytes: number } | undefined) => {
      if (!size) return;
      counts.bytes -= size.bytes;
      size.bytes = 0;
    };
    const collected = new FinalizationRegistry(forget);
    const { createBuffer } = GPUDevice.prototype;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = createBuffer.call(this, descriptor);
      const size = { bytes: descriptor.size };
      sizes.set(buffer, size);
      collected.register(buffer, size);
      counts.bytes += size.bytes;
      counts.peakBytes = Math.max(counts.peakBytes, counts.bytes);
      return buffer;
    };
    const { destroy } = GPUBuffer.prototype;
    GPUBuffer.prototype.destroy = function () {
      forget(sizes.get(this));
      return destroy.call(this);
    };
  }

  #countWaits(): void {
    const waiting = async <T>(begin: () => Promise<T>): Promise<T> => {
      if (this.#waits++ === 0) this.#since = performance.now(); // the call itself may block
      try {
        return await begin();
      } finally {
        if (--this.#waits === 0) this.#counts.gpuMillis += performance.now() - this.#since;
      }
    };
    const { mapAsync } = GPUBuffer.prototype;
    GPUBuffer.prototype.mapAsync = function (...args) {
      return waiting(() => mapAsync.apply(this, args));
    };
    const { onSubmittedWorkDone, submit } = GPUQueue.prototype;
    const [counts, waits] = [this.#counts, () => this.#waits];
    GPUQueue.prototype.submit = function (...args) {
      const start = performance.now();
      submit.apply(this, args);
      if (waits() === 0) counts.gpuMillis += performance.now() - start;
    };
    GPUQueue.prototype.onSubmittedWorkDone = function () {
      return waiting(() => onSubmittedWorkDone.call(this));
    };
  }
}
