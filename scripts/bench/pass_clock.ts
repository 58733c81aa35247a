/**
 * Times what the GPU itself takes, by timestamps around each pass of programs, whoever records the passes.
 *
 * @module
 */

/** The most passes of one round that are timed. */
const PASSES = 2048; // two queries each, as many as a query set may hold

/** The queries of one device. */
interface Queries {
  device: GPUDevice;
  set: GPUQuerySet;
  /** Where the GPU writes the values, and where they are read. */
  resolved: GPUBuffer;
  read: GPUBuffer;
}

/** Adds up the time between the begin and the end of each pass, on adapters that have timestamps. */
export class PassClock {
  #queries: Queries | undefined;
  #passes = 0;
  /** As it was before anybody counts buffers. */
  #createBuffer: GPUDevice["createBuffer"] | undefined;

  /** Puts itself between the program and WebGPU; make one for a process, before anything else asks for a device. */
  constructor() {
    if (!("GPUDevice" in globalThis)) return;
    this.#createBuffer = GPUDevice.prototype.createBuffer;
    this.#askForTimestamps();
    this.#timePasses();
  }

  /** Starts anew. */
  reset(): void {
    this.#passes = 0;
  }

  /**
   * The milliseconds that the GPU spent in passes since {@link reset}; reading them takes a turn of the queue.
   *
   * @returns Nothing without timestamps, without a pass, or with more passes than are timed.
   */
  async millis(): Promise<number | undefined> {
    const [queries, passes] = [this.#queries, this.#passes];
    if (!queries || passes === 0 || passes > PASSES) return undefined;
    const { device, set, resolved, read } = queries;
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(set, 0, 2 * passes, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, read, 0, resolved.size);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(read.getMappedRange()).slice(0, 2 * passes);
    read.unmap();
    let nanos = 0n;
    for (let i = 0; i < times.length; i += 2) nanos += times[i + 1]! - times[i]!;
    return Number(nanos) / 1e6;
  }

  #askForTimestamps(): void {
    const begin = (device: GPUDevice) => this.#begin(device);
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (descriptor = {}) {
      if (!this.features.has("timestamp-query")) return await requestDevice.call(this, descriptor);
      const requiredFeatures = new Set([...descriptor.requiredFeatures ?? [], "timestamp-query"]);
      const device = await requestDevice.call(this, {
        ...descriptor,
        requiredFeatures: [...requiredFeatures] as GPUFeatureName[],
      });
      begin(device);
      return device;
    };
  }

  #begin(device: GPUDevice): void {
    const buffer = (usage: number) =>
      this.#createBuffer!.call(device, { size: 16 * PASSES, usage });
    this.#queries = {
      device,
      set: device.createQuerySet({ type: "timestamp", count: 2 * PASSES }),
      resolved: buffer(GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC),
      read: buffer(GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ),
    };
  }

  #timePasses(): void {
    const owners = new WeakMap<GPUCommandEncoder, GPUDevice>();
    const { createCommandEncoder } = GPUDevice.prototype;
    GPUDevice.prototype.createCommandEncoder = function (...args) {
      const encoder = createCommandEncoder.apply(this, args);
      owners.set(encoder, this);
      return encoder;
    };
    const next = (encoder: GPUCommandEncoder): GPUComputePassTimestampWrites | undefined => {
      const queries = this.#queries;
      if (!queries || owners.get(encoder) !== queries.device) return undefined;
      const pass = this.#passes++;
      if (pass >= PASSES) return undefined;
      return {
        querySet: queries.set,
        beginningOfPassWriteIndex: 2 * pass,
        endOfPassWriteIndex: 2 * pass + 1,
      };
    };
    const { beginComputePass } = GPUCommandEncoder.prototype;
    GPUCommandEncoder.prototype.beginComputePass = function (descriptor = {}) {
      const timestampWrites = descriptor.timestampWrites ?? next(this);
      return beginComputePass.call(this, {
        ...descriptor,
        ...(timestampWrites && { timestampWrites }),
      });
    };
  }
}
