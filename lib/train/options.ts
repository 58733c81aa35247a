import type { Module } from "../nn/mod.ts";
import type { Optimizer } from "../optim/mod.ts";
import type { Rng } from "../tensor/mod.ts";
import type { CheckpointOptions } from "./callbacks/checkpoint.ts";
import type { EarlyStoppingOptions } from "./callbacks/early_stopping.ts";
import type { ValidateOptions } from "./callbacks/validate.ts";
import type { Batches } from "./batch_stream.ts";
import type { SpikeAction } from "./divergence.ts";
import type { Callback } from "./events.ts";
import type { Objective } from "./objectives.ts";
import type { ModelFiles } from "./training_state.ts";

/** How a {@link Trainer} trains. */
export interface TrainerOptions<M extends Module, B> {
  /** What changes the parameters; it stays the caller's. */
  optimizer: Optimizer;
  /** What is minimised. */
  loss: Objective<M, B>;
  /**
   * The longest a gradient may be, over all parameters; longer ones are shortened to it. `Infinity` only measures the length.
   *
   * @default {no limit, and no measure}
   */
  maxGradNorm?: number;
  /** The largest that a gradient's element may be in size; larger ones are cut. @default {no limit} */
  clipValue?: number;
  /** Batches that make one step, as if they were one. @default {1} */
  accumulate?: number;
  /** Validation during the run; what {@link validate} does. */
  evaluate?: ValidateOptions<M, B> & { batches: Batches<B> };
  /** Checkpoints during the run; what the callback {@link checkpoint} does. */
  checkpoint?: CheckpointOptions & { folder: string };
  /** When to give up; what the callback {@link earlyStopping} does. */
  earlyStopping?: EarlyStoppingOptions;
  /**
   * Whether steps on WebGPU are recorded and replayed (see `record` of `@tome/tome/tensor`), which takes hardly any time
   * of the CPU. Turn it off for a loss that decides by anything but the values of its batch's tensors. @default {true}
   */
  record?: boolean;
  /** Who watches the run. */
  callbacks?: readonly Callback[];
  /**
   * How many steps are made before their losses are read, all at once; a read makes the GPU wait.
   *
   * @default {10 in fit(), 1 in steps()}
   */
  logEvery?: number;
  /** Ends the run after the step in progress when it is aborted; a notebook's Stop button does so without it. */
  signal?: AbortSignal;
  /** Whether Ctrl-C ends the run after the step in progress, with a checkpoint; a second one ends the process. @default {false} */
  stopOnInterrupt?: boolean;
  /** What happens at a loss far above those before it: an error, or only an event. @default {"stop"} */
  spikes?: SpikeAction;
  /** The longest that a run may take, in minutes. @default {no limit} */
  maxMinutes?: number;
  /** Trains on this many first batches only, again and again: a model that works learns them by heart. */
  overfitBatches?: number;
  /** Makes this many steps only, with one validation and no files: does everything run? `true` means 1. */
  fastDevRun?: boolean | number;
  /** Validation batches to try before the first step, so that an error in validation shows at once. @default {0} */
  sanityBatches?: number;
  /** How the model is written to, and read from, checkpoints. @default {safetensors of its parameters} */
  files?: ModelFiles<M>;
  /** Further generators whose state belongs to the run, by name. */
  rngs?: Readonly<Record<string, Rng>>;
}

/** How long a run goes on, and from where. */
export interface RunOptions {
  /** Steps of the run; a resumed run counts those before it. */
  steps?: number;
  /** Passes through the data of the run; a resumed run counts those before it. */
  epochs?: number;
  /** A training checkpoint to continue from: its folder, or that of the run. */
  resume?: string;
}

/**
 * Checks the numbers of the options.
 *
 * @throws {RangeError} If one is out of range.
 */
export function checkOptions(options: Readonly<Record<string, unknown>>): void {
  const whole = ["accumulate", "logEvery", "overfitBatches", "steps", "epochs"];
  for (const name of whole) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value as number >= 1)) continue;
    throw new RangeError(
      `Cannot train as ${name} must be a whole number from 1 on: current value is ${value}`,
    );
  }
  for (const name of ["maxGradNorm", "clipValue", "maxMinutes"]) {
    const value = options[name];
    if (value === undefined || value as number > 0) continue;
    throw new RangeError(`Cannot train as ${name} must be above 0: current value is ${value}`);
  }
}
