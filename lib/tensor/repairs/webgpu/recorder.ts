import { BufferPool } from "./buffer_pool.ts";
import { UniformArena } from "./uniform_arena.ts";

/** One run of a GPU program. */
export interface Dispatch {
  /** The program. */
  pipeline: GPUComputePipeline;
  /** Its buffers. */
  bindGroup: GPUBindGroup;
  /** Workgroups along each axis. */
  groups: readonly [number, number, number];
}

/** A copy of a buffer's first bytes. */
export interface Copy {
  /** Where they are. */
  from: GPUBuffer;
  /** Where they go. */
  to: GPUBuffer;
  /** How many. */
  bytes: number;
}

/** What the GPU is told, in order. */
export type Command = Dispatch | Copy;

const UNSHARED = GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE | GPUBufferUsage.UNIFORM;

/** The buffers of one recording: reused while it lasts, then kept as they are. */
export class RecordingPool extends BufferPool {
  /** Whether the next buffer holds values from the CPU, which no command writes again. */
  nextIsConstant = false;
  /** Every buffer made. */
  readonly made = new Set<GPUBuffer>();
  readonly #constants = new Set<GPUBuffer>();
  readonly #done = new Set<GPUBuffer>(); // constants that the recording has freed
  readonly #outer: BufferPool;

  /**
   * @param outer Where buffers go that the recording did not make, and come from that it does not keep.
   * @param released Told of the former.
   */
  constructor(outer: BufferPool, readonly released: (buffer: GPUBuffer) => void) {
    super(outer.device, Infinity);
    this.onChange = outer.onChange;
    this.#outer = outer;
  }

  override acquireBuffer(size: number, usage: number, mapped = false, reuse = true): GPUBuffer {
    if (usage & UNSHARED) return this.#outer.acquireBuffer(size, usage, mapped, reuse);
    const constant = this.nextIsConstant;
    this.nextIsConstant = false;
    const buffer = super.acquireBuffer(size, usage, constant && mapped, !constant);
    this.made.add(buffer);
    if (constant) this.#constants.add(buffer);
    return buffer;
  }

  protected override make(size: number, usage: number, mapped: boolean): GPUBuffer {
    return this.#outer.take(size, usage) ?? super.make(size, usage, mapped);
  }

  override releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (this.#constants.has(buffer)) return void this.#done.add(buffer);
    if (this.owns(buffer)) return super.releaseBuffer(buffer, true);
    this.released(buffer);
    this.#outer.releaseBuffer(buffer, reuse);
  }

  /** Whether a buffer was made here. */
  owns(buffer: GPUBuffer): boolean {
    return this.made.has(buffer);
  }

  /** Whether a buffer holds values from the CPU. */
  isConstant(buffer: GPUBuffer): boolean {
    return this.#constants.has(buffer);
  }

  /** Buffers in use: what outlives the recording. */
  survivors(): GPUBuffer[] {
    return [...this.made].filter((buffer) => this.isUsed(buffer) && !this.#done.has(buffer));
  }
}

/** Numbers that tell buffers and programs apart in a trace. */
const numbers = new WeakMap<object, number>();
let count = 0;

function numberOf(thing: object): number {
  let number = numbers.get(thing);
  if (number === undefined) numbers.set(thing, number = ++count);
  return number;
}

/** Everything that a function tells the GPU while it runs, and what of it depends on the CPU. */
export class Recorder {
  /** What the GPU is told. */
  readonly commands: Command[] = [];
  /** A line for each command and constant; equal if two runs told the GPU the same. */
  readonly trace: string[] = [];
  /** The tensors from outside that it uses, by their data. */
  readonly outside = new Map<object, GPUBuffer>();
  /** Those of them that it changes in place. */
  readonly written = new Set<object>();
  /** Its buffers. */
  readonly pool: RecordingPool;
  /** The numbers handed to programs. */
  readonly uniforms: UniformArena;
  /** What is done on the CPU before each replay. */
  readonly actions: (() => void)[] = [];
  /** Why this cannot be replayed, if it cannot. */
  refusal: string | undefined;
  readonly #local = new Map<GPUBuffer, number>();

  /**
   * @param device The GPU.
   * @param outer The backend's own buffers.
   * @param inputs The buffers of the tensors that change from replay to replay.
   */
  constructor(device: GPUDevice, outer: BufferPool, inputs: readonly GPUBuffer[]) {
    for (const [k, buffer] of inputs.entries()) this.#local.set(buffer, -1 - k);
    this.uniforms = new UniformArena(device, outer.onChange);
    this.pool = new RecordingPool(outer, (buffer) => {
      for (const used of this.outside.values()) {
        if (used === buffer) this.refuse("it frees a tensor that was made before");
      }
    });
  }

  /** Gives up; the first reason counts. */
  refuse(why: string): void {
    this.refusal ??= why;
  }

  /** Notes a tensor's data that a command uses. */
  touch(dataId: object, buffer: GPUBuffer, writes: boolean): void {
    if (this.pool.owns(buffer)) {
      if (writes && this.pool.isConstant(buffer)) {
        this.refuse("it changes a tensor in place that was made from values in the same step");
      }
      return;
    }
    if ((this.#local.get(buffer) ?? 0) < 0) {
      if (writes) this.refuse("it changes one of its inputs in place");
      return;
    }
    this.outside.set(dataId, buffer);
    if (writes) this.written.add(dataId);
  }

  /** Notes values that come from the CPU. */
  constant(values: ArrayLike<number>): void {
    let hash = 0x811c9dc5; // FNV-1a, over the bits
    const words = values instanceof Float32Array
      ? new Int32Array(values.buffer, values.byteOffset, values.length)
      : values;
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
    this.trace.push(`values ${values.length} ${hash}`);
  }

  /** Notes a run of a program. */
  dispatch(command: Dispatch, entries: readonly GPUBindingResource[], uniforms: string): void {
    this.commands.push(command);
    const buffers = entries.map((entry) => this.#nameOf((entry as GPUBufferBinding).buffer));
    this.trace.push(
      `run ${numberOf(command.pipeline)} ${command.groups} ${buffers} ${uniforms}`,
    );
  }

  /** Notes a copy. */
  copy(command: Copy): void {
    this.commands.push(command);
    this.trace.push(
      `copy ${this.#nameOf(command.from)} ${this.#nameOf(command.to)} ${command.bytes}`,
    );
  }

  #nameOf(buffer: GPUBuffer): string {
    const known = this.#local.get(buffer);
    if (known !== undefined) return String(known);
    if (this.pool.owns(buffer)) {
      const name = this.#local.size;
      this.#local.set(buffer, name);
      return String(name);
    }
    return `o${numberOf(buffer)}`;
  }
}
