/**
 * For whom tensors are held: told by those who hold them, so that `memory()` and errors can say it.
 *
 * @module
 */
import * as tf from "./_tf.ts";
import type { Tensor, Variable } from "./types.ts";

/**
 * What a tensor is for. `"activations"` are what a step, or a pass of a model, makes on its way; `"other"` is what nobody
 * told of, such as tensors of a program's own.
 */
export type Owner =
  | "parameters"
  | "optimizer state"
  | "gradients"
  | "activations"
  | "KV caches"
  | "batches"
  | "other";

/** Every owner, in the order of tables. */
export const OWNERS: readonly Owner[] = [
  "parameters",
  "optimizer state",
  "gradients",
  "activations",
  "KV caches",
  "batches",
  "other",
];

/** Bytes by owner. */
export type OwnedBytes = Record<Owner, number>;

interface Engine {
  state: {
    numBytes: number;
    numDataBuffers: number;
    registeredVariables: Record<string, Variable>;
    tensorInfo: { get(dataId: object): { bytes: number } | undefined };
  };
  trackTensor(tensor: Tensor, backend?: unknown): void;
  disposeTensor(tensor: Tensor): void;
}

const engine = () => tf.engine() as unknown as Engine;
const variableOwners = new WeakMap<Variable, Owner>();
const held = new Map<Tensor, Owner>();
let sweepAt = 64; // tensors held, at which those that are gone are dropped
let watching = false;
// the engine's own count takes each reshape as data of its own
let bytes = 0;
const counted = new WeakSet<Tensor>();
let making: { owner: Owner; before: number } | undefined;
let peak: { total: number; owned: OwnedBytes } | undefined;

/** Says for whom a variable is held, for all its life. */
export function markVariable(variable: Variable, owner: Owner): void {
  variableOwners.set(variable, owner);
}

/**
 * Says for whom tensors are held until they are disposed. Costs nothing before `memory()` is asked first.
 *
 * @param owner For whom.
 * @param container A tensor, or any value with tensors in it.
 */
export function holdFor(owner: Owner, container: unknown): void {
  if (!watching) return;
  if (held.size >= sweepAt) {
    sweep();
    sweepAt = Math.max(64, 2 * held.size);
  }
  for (const tensor of tensorsIn(container)) held.set(tensor, owner);
}

const DEEPEST = 4; // objects in objects of a batch that are looked into

function* tensorsIn(value: unknown, depth = 0): Generator<Tensor> {
  if (value instanceof tf.Tensor) yield value;
  else if (typeof value === "object" && value !== null && depth < DEEPEST) {
    if (ArrayBuffer.isView(value)) return;
    const parts = value instanceof Map ? value.values() : Object.values(value);
    for (const part of parts) yield* tensorsIn(part, depth + 1);
  }
}

function sweep(): void {
  for (const tensor of held.keys()) if (tensor.isDisposed) held.delete(tensor);
}

/** Runs a function, and says for whom the tensors are that it makes, but for those that others hold. */
export function makingFor<T>(owner: Owner, f: () => T): T {
  if (!watching || making) return f();
  making = { owner, before: 0 };
  making.before = ownedNow().other;
  try {
    return f();
  } finally {
    making = undefined;
  }
}

/** The owner of each tensor's data that somebody told of. */
function toldOf(): Map<object, [owner: Owner, bytes: number]> {
  sweep();
  const told = new Map<object, [Owner, number]>();
  const add = (tensor: Tensor, owner: Owner) => {
    const info = engine().state.tensorInfo.get(tensor.dataId);
    if (info && !told.has(tensor.dataId)) told.set(tensor.dataId, [owner, info.bytes]);
  };
  for (const variable of Object.values(engine().state.registeredVariables)) {
    const owner = variableOwners.get(variable);
    if (owner) add(variable, owner);
  }
  for (const [tensor, owner] of held) add(tensor, owner);
  return told;
}

/** Bytes of the data of all tensors. */
export function dataBytes(): number {
  return watching ? bytes : engine().state.numBytes;
}

/** Bytes of all tensors by owner. */
export function ownedNow(): OwnedBytes {
  const owned = Object.fromEntries(OWNERS.map((owner) => [owner, 0])) as OwnedBytes;
  let rest = dataBytes();
  for (const [owner, bytes] of toldOf().values()) {
    owned[owner] += bytes;
    rest -= bytes;
  }
  // a parameter that was made on the way has its owner, so that what was there before may have become less
  const made = making ? Math.max(0, rest - making.before) : 0;
  if (making) owned[making.owner] += made;
  owned.other += Math.max(0, rest - made);
  return owned;
}

/** Gives the owner of a tensor's data. */
export function ownerFinder(): (dataId: object) => Owner {
  const told = toldOf();
  return (dataId) => told.get(dataId)?.[0] ?? making?.owner ?? "other";
}

/** Has every tensor made from now on looked at, so that the peak is known. */
export function watchMemory(): void {
  if (watching) return;
  watching = true;
  const own = engine();
  const { state } = own;
  const [track, dispose] = [own.trackTensor, own.disposeTensor];
  bytes = state.numBytes;
  own.trackTensor = (tensor, backend) => {
    const before = state.numDataBuffers;
    track.call(own, tensor, backend);
    counted.add(tensor);
    if (state.numDataBuffers === before) return;
    bytes += state.tensorInfo.get(tensor.dataId)!.bytes;
    if (bytes > peak!.total) peak = peakNow();
  };
  own.disposeTensor = (tensor) => {
    const [before, engineBytes] = [state.numDataBuffers, state.numBytes];
    const info = state.tensorInfo.get(tensor.dataId);
    dispose.call(own, tensor);
    if (state.numDataBuffers < before) bytes -= info!.bytes;
    // of tensors that were there before, each reshape was counted
    else if (!counted.has(tensor)) bytes -= engineBytes - state.numBytes;
  };
  peak = peakNow();
}

function peakNow(): { total: number; owned: OwnedBytes } {
  return { total: dataBytes(), owned: ownedNow() };
}

/** The most bytes of all tensors at once, by owner, since it is watched or {@link resetOwnedPeak}. */
export function ownedPeak(): OwnedBytes {
  return peak?.owned ?? ownedNow();
}

/** From here on the peak is that of what comes. */
export function resetOwnedPeak(): void {
  watchMemory();
  peak = peakNow();
}
