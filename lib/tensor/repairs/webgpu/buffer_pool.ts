/**
 * GPU buffers for reuse, in place of the stock manager, which never returns one to the system.
 *
 * @see The stock one: https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-backend-webgpu/src/buffer_manager.ts
 */
export class BufferPool {
  /** Bytes of free buffers that may be kept beyond the most ever in use at once. */
  budget: number;
  /** Bytes of the buffers in use. */
  numBytesUsed = 0;
  /** Bytes of all buffers, free ones too. */
  numBytesAllocated = 0;
  /** Buffers in use. */
  numUsedBuffers = 0;
  /** Buffers waiting for use. */
  numFreeBuffers = 0;
  /** Told how many bytes more, or fewer, the device holds, whenever a buffer is made or destroyed. */
  onChange: (bytes: number) => void = () => {};
  #peak = 0;
  /** By size and usage, the longest unused first. */
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #used = new Set<GPUBuffer>();

  /**
   * @param device Where the buffers live.
   * @param budget Bytes, see {@link BufferPool.budget}.
   */
  constructor(readonly device: GPUDevice, budget: number) {
    this.budget = budget;
  }

  /** Gives a free buffer of exactly this size and usage, or makes one; a reused one holds anything and is not mapped. */
  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    let buffer: GPUBuffer | undefined;
    if (reuse) {
      const key = keyOf(size, usage);
      const list = this.#free.get(key);
      if (list) {
        buffer = list.pop()!;
        this.numFreeBuffers--;
        if (list.length === 0) this.#free.delete(key); // it comes back as the latest
      }
    }
    if (!buffer) {
      buffer = this.make(size, usage, mappedAtCreation);
      this.numBytesAllocated += size;
    }
    this.#used.add(buffer);
    this.numUsedBuffers++;
    this.numBytesUsed += size;
    if (this.numBytesUsed > this.#peak) this.#peak = this.numBytesUsed;
    return buffer;
  }

  /** Makes a buffer, as there is no free one. */
  protected make(size: number, usage: number, mappedAtCreation: boolean): GPUBuffer {
    const buffer = this.device.createBuffer({ size, usage, mappedAtCreation });
    this.onChange(size);
    return buffer;
  }

  /** Makes a buffer that somebody else keeps, or gives a free one away. */
  give(size: number, usage: number): GPUBuffer {
    return this.take(size, usage) ?? this.make(size, usage, false);
  }

  /** Gives a free buffer away for good, if there is one. */
  take(size: number, usage: number): GPUBuffer | undefined {
    const key = keyOf(size, usage);
    const list = this.#free.get(key);
    if (!list) return undefined;
    const buffer = list.pop()!;
    this.numFreeBuffers--;
    this.numBytesAllocated -= size;
    if (list.length === 0) this.#free.delete(key);
    return buffer;
  }

  /** Takes a buffer back, once the commands that use it are submitted. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.#used.delete(buffer)) return; // the pool was disposed since
    const { size, usage } = buffer;
    this.numUsedBuffers--;
    this.numBytesUsed -= size;
    if (!reuse) {
      this.#destroy(buffer);
      return;
    }
    const key = keyOf(size, usage);
    const list = this.#free.get(key);
    if (list) list.push(buffer);
    else this.#free.set(key, [buffer]);
    this.numFreeBuffers++;
    this.trim();
  }

  /** Destroys free buffers, the longest unused sizes first, until the budget holds. */
  trim(): void {
    const most = this.#peak + this.budget;
    if (this.numBytesAllocated <= most) return;
    for (const [key, list] of this.#free) {
      while (list.length > 0 && this.numBytesAllocated > most) {
        this.numFreeBuffers--;
        this.#destroy(list.pop()!);
      }
      if (list.length === 0) this.#free.delete(key);
      if (this.numBytesAllocated <= most) return;
    }
  }

  /** Whether a buffer was given and not yet taken back. */
  isUsed(buffer: GPUBuffer): boolean {
    return this.#used.has(buffer);
  }

  /** Takes over a buffer that was made elsewhere, in use or free. */
  adopt(buffer: GPUBuffer, used: boolean): void {
    this.#used.add(buffer);
    this.numUsedBuffers++;
    this.numBytesUsed += buffer.size;
    this.numBytesAllocated += buffer.size;
    if (this.numBytesUsed > this.#peak) this.#peak = this.numBytesUsed;
    if (!used) this.releaseBuffer(buffer);
  }

  /** Buffers in use. */
  getNumUsedBuffers(): number {
    return this.numUsedBuffers;
  }

  /** Buffers waiting for use. */
  getNumFreeBuffers(): number {
    return this.numFreeBuffers;
  }

  /** Destroys every buffer. */
  dispose(): void {
    for (const buffer of this.#used) buffer.destroy();
    for (const list of this.#free.values()) for (const buffer of list) buffer.destroy();
    this.onChange(-this.numBytesAllocated);
    this.#used.clear();
    this.#free.clear();
    this.numBytesUsed =
      this.numBytesAllocated =
      this.numUsedBuffers =
      this.numFreeBuffers =
        0;
  }

  #destroy(buffer: GPUBuffer): void {
    this.numBytesAllocated -= buffer.size;
    this.onChange(-buffer.size);
    buffer.destroy();
  }
}

/** Usage flags stay below 1024. */
function keyOf(size: number, usage: number): number {
  return size * 1024 + usage;
}
