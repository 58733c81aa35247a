import type { RepairedBackend } from "./backend.ts";

/** Runs of one measurement: their dispatches fit into one pass of the backend. */
const REPEATS = 4;

/** Measures how long the GPU takes for something, by its own clock where it has one. */
export class ProductTimer implements Disposable {
  readonly #backend: RepairedBackend;
  readonly #queries: GPUQuerySet | undefined;
  readonly #buffers: GPUBuffer[] = [];

  /** Uses timestamps if the device has them. */
  constructor(backend: RepairedBackend) {
    this.#backend = backend;
    const { device } = backend;
    if (!device.features.has("timestamp-query")) return;
    this.#queries = device.createQuerySet({ type: "timestamp", count: 2 });
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    for (const usage of [QUERY_RESOLVE | COPY_SRC, COPY_DST | MAP_READ]) {
      this.#buffers.push(device.createBuffer({ size: 16, usage }));
    }
  }

  /**
   * Times a few runs together.
   *
   * @returns Milliseconds of one run; times of one timer are comparable with each other.
   */
  async time(run: () => void): Promise<number> {
    const backend = this.#backend;
    backend.flush();
    await backend.queue.onSubmittedWorkDone();
    const start = performance.now();
    if (this.#queries) {
      backend.ensureCommandEncoderReady();
      backend.computePassEncoder = backend.commandEncoder!.beginComputePass({
        timestampWrites: {
          querySet: this.#queries,
          beginningOfPassWriteIndex: 0,
          endOfPassWriteIndex: 1,
        },
      });
    }
    for (let k = 0; k < REPEATS; k++) run();
    if (this.#queries) {
      const [resolved, read] = this.#buffers as [GPUBuffer, GPUBuffer];
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.commandEncoder!.resolveQuerySet(this.#queries, 0, 2, resolved, 0);
      backend.commandEncoder!.copyBufferToBuffer(resolved, 0, read, 0, 16);
    }
    backend.flush();
    if (!this.#queries) {
      await backend.queue.onSubmittedWorkDone();
      return (performance.now() - start) / REPEATS;
    }
    const read = this.#buffers[1]!;
    await read.mapAsync(GPUMapMode.READ);
    const [begin, end] = new BigUint64Array(read.getMappedRange().slice(0));
    read.unmap();
    return Number(end! - begin!) / 1e6 / REPEATS;
  }

  /** Frees what it measures with. */
  [Symbol.dispose](): void {
    this.#queries?.destroy();
    for (const buffer of this.#buffers) buffer.destroy();
  }
}
