/** One field of a program's numbers, as TensorFlow.js describes it. */
export interface UniformField {
  /** `"float32"`, `"int32"` or `"uint32"`. */
  type: string;
  /** One to six numbers. */
  data: number[];
  /** Gives the number anew at each replay, in place of `data`, which has one. */
  live?: () => number;
}

const ALIGNMENT = 256; // of a binding's offset, on every device
const CHUNK = 64 * ALIGNMENT;

/** Where each field lies, by WGSL's rules for the address space "uniform". @see https://www.w3.org/TR/WGSL/#alignof */
function layoutOf(fields: readonly UniformField[]): { offsets: number[]; size: number } {
  const offsets: number[] = [];
  let at = 0, before = 0, largest = 4;
  for (const { data } of fields) {
    const length = Math.max(1, data.length);
    const alignment = length === 1 && before < 5 ? 4 : length === 2 && before < 5 ? 8 : 16;
    largest = Math.max(largest, alignment);
    at = Math.ceil(at / alignment) * alignment;
    offsets.push(at);
    at += 4 * length;
    before = length;
  }
  return { offsets, size: Math.ceil(at / largest) * largest };
}

interface Chunk {
  bytes: ArrayBuffer;
  buffer: GPUBuffer;
  used: number;
}

interface LiveSlot {
  view: Int32Array | Uint32Array | Float32Array;
  value: () => number;
}

/** The numbers of many programs in few buffers; those that change are written anew together. */
export class UniformArena {
  readonly #chunks: { fixed: Chunk[]; live: Chunk[] } = { fixed: [], live: [] };
  readonly #known = new Map<string, GPUBufferBinding>();
  readonly #slots: LiveSlot[] = [];

  /**
   * @param device Where its buffers live.
   * @param onChange Told how many bytes more, or fewer, the device holds.
   */
  constructor(readonly device: GPUDevice, readonly onChange: (bytes: number) => void) {}

  /** Bytes of its buffers. */
  get bytes(): number {
    return CHUNK * (this.#chunks.fixed.length + this.#chunks.live.length);
  }

  /**
   * Packs the numbers of one program.
   *
   * @returns Where they lie, and a text that differs whenever a number that is not live does.
   */
  add(fields: readonly UniformField[]): { binding: GPUBufferBinding; key: string } {
    const key = fields.map(({ type, data, live }) => `${type}:${live ? "live" : data}`).join(";");
    const isLive = fields.some(({ live }) => live);
    const known = isLive ? undefined : this.#known.get(key);
    if (known) return { binding: known, key };
    const { offsets, size } = layoutOf(fields);
    const chunk = this.#room(isLive ? this.#chunks.live : this.#chunks.fixed, size);
    const start = chunk.used;
    chunk.used = Math.ceil((start + size) / ALIGNMENT) * ALIGNMENT;
    for (const [k, { type, data, live }] of fields.entries()) {
      const kind = type === "int32" ? Int32Array : type === "uint32" ? Uint32Array : Float32Array;
      const view = new kind(chunk.bytes, start + offsets[k]!, Math.max(1, data.length));
      view.set(data.length === 0 ? [1] : data);
      if (live) this.#slots.push({ view, value: live });
    }
    const binding = { buffer: chunk.buffer, offset: start, size };
    this.device.queue.writeBuffer(chunk.buffer, start, chunk.bytes, start, size);
    if (!isLive) this.#known.set(key, binding);
    return { binding, key };
  }

  /** Asks for every live number and writes them. */
  refresh(): void {
    for (const { view, value } of this.#slots) view[0] = value();
    for (const { buffer, bytes, used } of this.#chunks.live) {
      this.device.queue.writeBuffer(buffer, 0, bytes, 0, used);
    }
  }

  /** Destroys the buffers once the GPU has done what it was told, as drivers crash when a buffer goes amid its work. */
  destroy(): void {
    const chunks = [...this.#chunks.fixed, ...this.#chunks.live];
    this.onChange(-this.bytes);
    this.device.queue.onSubmittedWorkDone().then(
      () => chunks.forEach(({ buffer }) => buffer.destroy()),
      () => {}, // the GPU is lost, and they with it
    );
  }

  #room(chunks: Chunk[], size: number): Chunk {
    const last = chunks.at(-1);
    if (last && last.used + size <= CHUNK) return last;
    const buffer = this.device.createBuffer({
      size: CHUNK,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.onChange(CHUNK);
    const chunk = { bytes: new ArrayBuffer(CHUNK), buffer, used: 0 };
    chunks.push(chunk);
    return chunk;
  }
}
