import { basename, join } from "node:path";
import {
  CheckpointError,
  exists,
  fromFloat32,
  loadWeights,
  openWeights,
  readJson,
  replaceFolder,
  SafetensorsFile,
  settledFolder,
  stableJson,
  tensorsToRecords,
  toFloat32,
  writeAtomic,
  writeSafetensors,
} from "../checkpoint/mod.ts";
import type { Module } from "../nn/mod.ts";
import type { Optimizer, OptimizerMeta } from "../optim/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { type Rng, rng, type RngState } from "../tensor/mod.ts";
import type { StreamPosition } from "./batch_stream.ts";

/** How a model is written to a folder and read from it. */
export interface ModelFiles<M extends Module = Module> {
  /** Writes the model into a folder, which exists. */
  save(model: M, folder: string): Promise<void>;
  /** Puts the parameters in a folder into the model. */
  load(model: M, folder: string): Promise<void>;
}

/** What a training checkpoint holds beside the weights and the optimizer's tensors, as JSON. */
export interface TrainerState {
  /** The version of this layout. */
  format: 1;
  /** Optimizer steps so far. */
  step: number;
  /** Tokens, or examples, so far. */
  tokens: number;
  /** Where the data are. */
  data: StreamPosition;
  /** The random generators, by name; the library's own is `""`. */
  random: Record<string, RngState>;
  /** What the optimizer remembers beside its tensors. */
  optimizer: OptimizerMeta;
  /** What the callbacks remember, by name. */
  callbacks: Record<string, unknown>;
  /** The losses that spikes are told from. */
  guard: { recent: number[]; first: number[] };
  /** What wrote it: the versions of the programs, and the device. */
  versions: Record<string, string>;
}

const STATE = "trainer_state.json";
const OPTIMIZER = "optimizer.safetensors";

/** Writes parameters and buffers as `model.safetensors` under their own names. */
export const safetensorsFiles: ModelFiles = {
  async save(model, folder) {
    const records = await tensorsToRecords(model.namedState());
    await writeSafetensors(join(folder, "model.safetensors"), records, { format: "pt" });
  },
  async load(model, folder) {
    using weights = await openWeights(folder);
    await loadWeights(model.namedState(), weights);
  },
};

/** The states of all random generators of a run. */
export function randomStates(rngs: Readonly<Record<string, Rng>>): Record<string, RngState> {
  return Object.fromEntries(
    Object.entries({ "": rng, ...rngs }).map(([name, { state }]) => [name, state]),
  );
}

/** Puts back what {@link randomStates} gave. */
export function restoreRandom(
  states: Readonly<Record<string, RngState>>,
  rngs: Readonly<Record<string, Rng>>,
): void {
  for (const [name, generator] of Object.entries({ "": rng, ...rngs })) {
    if (states[name]) generator.state = states[name];
  }
}

/** The programs that write a checkpoint, and the device they run on. */
export function versions(): Record<string, string> {
  return {
    deno: Deno.version.deno,
    tfjs: tf.version_core,
    device: tf.getBackend(),
  };
}

/**
 * Writes a training checkpoint; whoever reads the folder sees the old one or the whole new one.
 *
 * @throws {CheckpointError} If a parameter is not finite.
 */
export async function writeTrainingCheckpoint<M extends Module>(
  folder: string,
  model: M,
  optimizer: Optimizer,
  files: ModelFiles<M>,
  describe: (optimizer: OptimizerMeta) => TrainerState,
): Promise<void> {
  await requireFinite(model);
  const { meta, tensors } = await optimizer.state();
  const records = [...tensors].map(([name, { shape, values }]) => fromFloat32(name, shape, values));
  const state = describe(meta);
  await replaceFolder(folder, async (temporary) => {
    await files.save(model, temporary);
    await writeSafetensors(join(temporary, OPTIMIZER), records);
    await writeAtomic(join(temporary, STATE), stableJson(state));
  });
}

/**
 * Reads a training checkpoint into a model and an optimizer.
 *
 * @param folder A checkpoint's folder, or that of a run, whose `last` is meant.
 * @throws {CheckpointError} If there is none, or it does not fit the model.
 */
export async function readTrainingCheckpoint<M extends Module>(
  folder: string,
  model: M,
  optimizer: Optimizer,
  files: ModelFiles<M>,
): Promise<TrainerState> {
  const found = await findCheckpoint(folder);
  if (!found) {
    throw new CheckpointError(
      `Cannot resume from ${folder} as it must hold a training checkpoint: there is no ${STATE}`,
    );
  }
  const state = await readJson(join(found, STATE)) as unknown as TrainerState;
  if (state.format !== 1) {
    throw new CheckpointError(
      `Cannot resume from ${found} as its format must be 1: current format is ${state.format}`,
    );
  }
  using file = await SafetensorsFile.open(join(found, OPTIMIZER));
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>();
  for (const [name, { shape }] of file.infos) {
    tensors.set(name, { shape: [...shape], values: toFloat32(await file.read(name)) });
  }
  await files.load(model, found);
  optimizer.restore({ meta: state.optimizer, tensors });
  return state;
}

/**
 * Finds a training checkpoint.
 *
 * @param folder A checkpoint's folder, or that of a run, whose `last` is meant.
 * @returns The checkpoint's folder, or `undefined` if there is none.
 */
export async function findCheckpoint(folder: string): Promise<string | undefined> {
  for (const path of [folder, join(folder, "last")]) {
    const settled = await settledFolder(path);
    if (await exists(join(settled, STATE))) return settled;
  }
  return undefined;
}

/** Copies a checkpoint's files; whoever reads the target sees the old one or the whole new one. */
export async function copyCheckpoint(from: string, to: string): Promise<void> {
  await replaceFolder(to, async (temporary) => {
    for await (const { name, isFile } of Deno.readDir(from)) {
      if (!isFile) continue;
      await Deno.copyFile(join(from, name), join(temporary, name));
      using file = await Deno.open(join(temporary, name), { write: true });
      await file.sync();
    }
  });
}

/** What a checkpoint is filled under, and what a model's files are filled under to become a part of it. */
const LEFTOVER = /^\.+(last|best|step-\d+)\.[0-9a-f-]+\.tmp(\.[0-9a-f-]+\.tmp|\.old)?$/;

/** Removes what a process that was killed left half-written in a run's folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  if (!await exists(folder)) return;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && LEFTOVER.test(name)) {
      await Deno.remove(join(folder, name), { recursive: true });
    }
  }
}

/** The number in the name of a kept checkpoint, `step-200`. */
export function stepOf(path: string): number | undefined {
  const match = /^step-(\d+)$/.exec(basename(path));
  return match ? Number(match[1]) : undefined;
}

/** One number a parameter is read, not its values. */
async function requireFinite(model: Module): Promise<void> {
  const named = [...model.namedParameters()].filter(([, p]) => p.dtype === "float32" && p.size > 0);
  const sums = tf.tidy(() => named.map(([, parameter]) => tf.sum(tf.mul(parameter, 0))));
  try {
    const values = await Promise.all(sums.map(async (sum) => (await sum.data())[0]!));
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad === -1) return;
    throw new CheckpointError(
      `Cannot write a checkpoint as all weights must be finite: ${named[bad]![0]} is not; ` +
        "the run has diverged, try a lower lr or clip the gradients",
    );
  } finally {
    tf.dispose(sums);
  }
}
