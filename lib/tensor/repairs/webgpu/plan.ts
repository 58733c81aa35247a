/**
 * GPU commands that were recorded, and their replay.
 *
 * @module
 */
import * as tf from "../../_tf.ts";
import { recordingHost } from "../../live.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor, Variable } from "../../types.ts";
import type { RepairedBackend } from "./backend.ts";
import { Recorder } from "./recorder.ts";

/** A tensor whose values change from replay to replay. */
interface Slot {
  buffer: GPUBuffer;
  shape: number[];
  dtype: tf.DataType;
}

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/** What came of running a function while its commands were recorded. */
export interface Attempt {
  /** What the function gave. */
  outputs: Tensor[];
  /** A line for each command; equal if two runs told the GPU the same. */
  trace: string[];
  /** The commands, if they can be replayed; whoever asked for them destroys them. */
  plan?: Plan;
  /** Why they cannot. */
  refusal?: string;
}

/**
 * Runs a function and records what it tells the GPU.
 *
 * @param inputs The tensors that change from call to call.
 * @param run The function; what it gives is freed here and given again as copies.
 */
export function attempt(
  backend: RepairedBackend,
  inputs: readonly Tensor[],
  run: () => Tensor[],
): Attempt {
  backend.flush();
  const slots = inputs.map((input) => slotFor(backend, input));
  const borrowed = inputs.map(({ dataId }, k) => lend(backend, dataId, slots[k]!));
  const outer = backend.bufferManager;
  const recorder = new Recorder(backend.device, outer, slots.map(({ buffer }) => buffer));
  backend.recorder = recorder;
  backend.bufferManager = recorder.pool;
  let made: Tensor[] = [];
  let failed = true;
  try {
    made = recordingHost(recorder, run);
    for (const { dataId } of made) backend.uploadToGPU(dataId);
    failed = false;
  } finally {
    backend.flush();
    backend.recorder = undefined;
    backend.bufferManager = outer;
    for (const giveBack of borrowed) giveBack();
    if (failed) discard(recorder, outer, slots);
  }
  const results = made.map(({ dataId, shape, dtype }): Slot => ({
    buffer: backend.tensorMap.get(dataId).resource!,
    shape,
    dtype,
  }));
  const outputs = copies(backend, results);
  backend.flush();
  const own = new Set(results.map(({ buffer }) => buffer));
  if (recorder.pool.survivors().some((buffer) => !own.has(buffer))) {
    recorder.refuse("it keeps a tensor that it made");
  }
  const { trace, refusal } = recorder;
  if (refusal) { for (const buffer of own) recorder.pool.releaseBuffer(buffer); }
  // a plan keeps the buffers of its results, as the backend's own pool does not know them
  tf.dispose(made.filter((_, k) => recorder.pool.owns(results[k]!.buffer)));
  if (refusal) {
    discard(recorder, outer, slots);
    return { outputs, trace, refusal };
  }
  return { outputs, trace, plan: new Plan(backend, recorder, slots, results) };
}

function slotFor({ bufferManager }: RepairedBackend, { shape, dtype }: Tensor): Slot {
  return { buffer: bufferManager.give(4 * sizeOf(shape), STORAGE()), shape, dtype };
}

/** Lets a tensor lie in the slot while the function runs; the result puts it back. */
function lend(backend: RepairedBackend, dataId: object, slot: Slot): () => void {
  fill(backend, dataId, slot);
  const data = backend.tensorMap.get(dataId);
  const before = data.resource;
  data.resource = slot.buffer;
  return () => {
    if (backend.tensorMap.has(dataId)) data.resource = before ?? null;
    else if (before) backend.bufferManager.releaseBuffer(before);
  };
}

/** Puts a tensor's values into the slot. */
function fill(backend: RepairedBackend, dataId: object, { buffer }: Slot): void {
  const { resource, values, dtype } = backend.tensorMap.get(dataId);
  if (resource) {
    backend.encodeCopy(resource, buffer);
    return;
  }
  const numbers = dtype === "float32"
    ? Float32Array.from(values as Float32Array)
    : Int32Array.from(values as Int32Array);
  backend.uploads++;
  backend.bytesUploaded += numbers.byteLength;
  backend.queue.writeBuffer(buffer, 0, numbers);
}

function copies(backend: RepairedBackend, results: readonly Slot[]): Tensor[] {
  return results.map(({ buffer, shape, dtype }) => {
    const info = backend.makeTensorInfo(shape, dtype);
    backend.uploadToGPU(info.dataId);
    const { resource } = backend.tensorMap.get(info.dataId);
    backend.encodeCopy(buffer, resource!);
    return tf.engine().makeTensorFromTensorInfo(info, backend);
  });
}

/** Gives a recording's buffers to the backend: those that live on as used, the others as free. */
function discard(
  { pool, uniforms }: Recorder,
  outer: RepairedBackend["bufferManager"],
  slots: readonly Slot[],
): void {
  const alive = new Set(pool.survivors());
  for (const buffer of pool.made) outer.adopt(buffer, alive.has(buffer));
  for (const { buffer } of slots) outer.adopt(buffer, false);
  uniforms.destroy();
}

/** Recorded commands, with the buffers that they use. */
export class Plan {
  /** Bytes of its buffers. */
  readonly bytes: number;
  readonly #backend: RepairedBackend;
  readonly #recorder: Recorder;
  readonly #inputs: readonly Slot[];
  readonly #outputs: readonly Slot[];
  readonly #variables: readonly (readonly [Variable, object])[];
  readonly #dispatches: number;

  constructor(
    backend: RepairedBackend,
    recorder: Recorder,
    inputs: readonly Slot[],
    outputs: readonly Slot[],
  ) {
    this.#backend = backend;
    this.#recorder = recorder;
    this.#inputs = inputs;
    this.#outputs = outputs;
    const known = Object.values(
      (tf.engine() as unknown as { state: { registeredVariables: Record<string, Variable> } })
        .state.registeredVariables,
    );
    this.#variables = known.filter(({ dataId }) => recorder.outside.has(dataId))
      .map((variable) => [variable, variable.dataId]);
    this.#dispatches = recorder.commands.filter((command) => "pipeline" in command).length;
    const buffers = [...recorder.pool.made, ...inputs.map(({ buffer }) => buffer)];
    this.bytes = recorder.uniforms.bytes + buffers.reduce((sum, { size }) => sum + size, 0);
    backend.bytesRecorded += this.bytes;
  }

  /** Dispatches of a replay. */
  get dispatches(): number {
    return this.#dispatches;
  }

  /** Whether every tensor from outside still lies where it lay. */
  get valid(): boolean {
    const { tensorMap } = this.#backend;
    for (const [variable, dataId] of this.#variables) if (variable.dataId !== dataId) return false;
    for (const [dataId, buffer] of this.#recorder.outside) {
      if (!tensorMap.has(dataId) || tensorMap.get(dataId).resource !== buffer) return false;
    }
    return true;
  }

  /**
   * Has the GPU do it all again.
   *
   * @param inputs The tensors of this call, of the shapes and dtypes of the recording.
   * @returns What the function would give; the caller frees it.
   */
  replay(inputs: readonly Tensor[]): Tensor[] {
    const backend = this.#backend;
    const { actions, uniforms, commands, written } = this.#recorder;
    backend.errors.throwIfLost();
    backend.flush();
    for (const action of actions) action();
    uniforms.refresh();
    for (const [k, { dataId }] of inputs.entries()) fill(backend, dataId, this.#inputs[k]!);
    backend.ensureCommandEncoderReady();
    const encoder = backend.commandEncoder!;
    let pass: GPUComputePassEncoder | undefined;
    let last: GPUComputePipeline | undefined;
    for (const command of commands) {
      if ("pipeline" in command) {
        if (!pass) [pass, last] = [encoder.beginComputePass(), undefined];
        if (command.pipeline !== last) pass.setPipeline(last = command.pipeline);
        pass.setBindGroup(0, command.bindGroup);
        const [x, y, z] = command.groups;
        pass.dispatchWorkgroups(x, y, z);
      } else {
        pass?.end();
        pass = undefined;
        encoder.copyBufferToBuffer(command.from, 0, command.to, 0, command.bytes);
      }
    }
    pass?.end();
    const outputs = copies(backend, this.#outputs);
    backend.flush();
    backend.countReplay(this.#dispatches);
    for (const dataId of written) backend.tensorMap.get(dataId).values = null; // read back earlier
    return outputs;
  }

  /** Gives its buffers back. */
  destroy(): void {
    const { bufferManager } = this.#backend;
    this.#backend.bytesRecorded -= this.bytes;
    if (this.#backend.lost !== undefined) return;
    for (const buffer of this.#recorder.pool.made) bufferManager.adopt(buffer, false);
    for (const { buffer } of this.#inputs) bufferManager.adopt(buffer, false);
    this.#recorder.uniforms.destroy();
  }
}
