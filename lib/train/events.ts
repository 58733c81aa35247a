import type { Module } from "../nn/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Batches } from "./batch_stream.ts";
import type { DivergenceError } from "./divergence.ts";
import type { BatchMetrics } from "./evaluation.ts";

/** One optimizer step, once its loss has been read. */
export interface StepRecord {
  /** Optimizer steps so far, this one included. */
  step: number;
  /** Passes through the data completed before this step. */
  epoch: number;
  /** The loss before the step, in nats for objectives that are log-likelihoods. */
  loss: number;
  /** The learning rate of the step. */
  lr: number;
  /** The length of the gradient before clipping; where it was computed. */
  gradNorm?: number;
  /** Tokens, or examples, in the step. */
  tokens: number;
  /** Time of the step; the mean over the steps that were read together. */
  millis: number;
  /** Tokens, or examples, a second, over the steps that were read together. */
  tokensPerSecond: number;
}

/** Why a run ended; a callback may give a reason of its own. */
export type StopReason =
  | "steps"
  | "epochs"
  | "time"
  | "early stopping"
  | "interrupted"
  | "aborted"
  | "left"
  | "error"
  | (string & Record<never, never>);

/** How {@link Trainer.evaluate} measures. */
export interface TrainerEvaluateOptions<M extends Module, B> {
  /** Measures beside the loss. */
  metrics?: BatchMetrics<M, B>;
  /** The most batches to use. @default {all} */
  maxBatches?: number;
  /** What the results are called in logs. @default {"validation"} */
  name?: string;
  /** Whether the callbacks are not told. @default {false} */
  quiet?: boolean;
}

/** What callbacks can do with the trainer that calls them. */
export interface TrainerHandle {
  /** The model in training. */
  readonly model: Module;
  /** Optimizer steps so far. */
  readonly step: number;
  /** Ends the run after the step in progress. */
  stop(reason?: StopReason): void;
  /** Measures the model by the trainer's loss; see {@link Trainer.evaluate}. */
  evaluate(
    batches: Batches<never>,
    options?: TrainerEvaluateOptions<never, never>,
  ): Promise<Record<string, number>>;
  /** Writes a training checkpoint; see {@link Trainer.save}. */
  save(folder: string, options?: { best?: boolean }): Promise<void>;
}

/** What every event tells. */
export interface TrainEvent {
  /** The trainer that calls. */
  trainer: TrainerHandle;
  /** Optimizer steps so far. */
  step: number;
  /** Passes through the data completed so far. */
  epoch: number;
}

/** A run begins. */
export interface StartEvent extends TrainEvent {
  /** The step that the run continues from; 0 for a new run. */
  resumedFrom: number;
  /** The step at which the run will end, if known. */
  totalSteps?: number;
  /** Validation batches to try before the first step. */
  sanityBatches: number;
}

/** The losses of some steps have been read. */
export interface LogEvent extends TrainEvent {
  /** The steps that were read, oldest first. */
  records: readonly StepRecord[];
  /** Their mean loss. */
  loss: number;
  /** The learning rate of the last of them. */
  lr: number;
  /** The gradient's length in the last of them, before clipping; where it was computed. */
  gradNorm?: number;
  /** Mean time of a step. */
  millis: number;
  /** Tokens, or examples, a second. */
  tokensPerSecond: number;
  /** Tokens, or examples, since step 1, those before a resume included. */
  tokens: number;
  /** The step at which the run will end, if known. */
  totalSteps?: number;
  /** The time that the rest will take at the pace so far, if the end is known. */
  etaMillis?: number;
}

/** A validation has ended. */
export interface EvaluateEvent extends TrainEvent {
  /** Which validation, where there are several. */
  name: string;
  /** Its results by name, `loss` among them. */
  metrics: Readonly<Record<string, number>>;
  /** How long it took. */
  millis: number;
}

/** A checkpoint has been written. */
export interface CheckpointEvent extends TrainEvent {
  /** Where. */
  folder: string;
  /** Whether it is the best so far. */
  best: boolean;
}

/** The gradients of a step, before they are clipped and used; `step` is the one that is being made. */
export interface GradientsEvent extends TrainEvent {
  /** The gradients by the parameter's path; they belong to the trainer, which frees them after the step. */
  gradients: Readonly<Record<string, Tensor>>;
}

/** A loss far above those before it. */
export interface SpikeEvent extends TrainEvent {
  /** The step that had it. */
  record: StepRecord;
  /** What is wrong, and what to try. */
  error: DivergenceError;
}

/** A run is about to end, its last step done. */
export interface StopEvent extends TrainEvent {
  /** Why. */
  reason: StopReason;
}

/** A run has ended. */
export interface EndEvent extends TrainEvent {
  /** Every step of the run. */
  history: History;
  /** What went wrong, if anything did. */
  error?: unknown;
}

/**
 * Watches a run. Every method is optional; the trainer waits for each, so that it may be asynchronous.
 *
 * Losses stay on the device until several are read at once, which is why {@link onStep} comes late: in order, once for each
 * step, with the log. What must happen at an exact step belongs in {@link onStepEnd}.
 */
export interface Callback {
  /** What the state is called in a checkpoint; needed if there is a `state`. */
  name?: string;
  /** Callbacks of lower order are called first, else as listed. @default {0} */
  order?: number;
  /** Whether it stays out of a {@link TrainerOptions.fastDevRun}, as what writes files does. @default {false} */
  skipInDevRun?: boolean;
  /** A run begins. */
  onStart?(event: StartEvent): unknown;
  /** A pass through the data begins. */
  onEpochStart?(event: TrainEvent): unknown;
  /** A pass through the data has ended; its last losses have not been read yet. */
  onEpochEnd?(event: TrainEvent): unknown;
  /** The gradients of a step are there; on WebGPU reading them is slow. */
  onGradients?(event: GradientsEvent): unknown;
  /** Whether {@link onGradients} is to be called at a step; a step without it is the faster one. @default {at every step} */
  wantsGradients?(step: number): boolean;
  /** A step has been made, its loss not yet read. */
  onStepEnd?(event: TrainEvent): unknown;
  /** The loss of a step has been read: once for each step, in order, some steps late. */
  onStep?(record: StepRecord & { trainer: TrainerHandle }): unknown;
  /** The losses of some steps have been read. */
  onLog?(event: LogEvent): unknown;
  /** A validation has ended. */
  onEvaluate?(event: EvaluateEvent): unknown;
  /** A checkpoint has been written. */
  onCheckpoint?(event: CheckpointEvent): unknown;
  /** A loss was far above those before it, and the run goes on. */
  onSpike?(event: SpikeEvent): unknown;
  /** The run is about to end, not by an error. */
  onStop?(event: StopEvent): unknown;
  /** The run has ended, also by an error; always called if {@link onStart} was. */
  onEnd?(event: EndEvent): unknown;
  /** What to keep in a checkpoint, as JSON. */
  state?(): unknown;
  /** Puts back what {@link state} gave. */
  restore?(state: unknown): void;
}

/** Every step of a run, and how it ended. */
export interface History extends ReadonlyArray<StepRecord> {
  /** Why the run ended; `undefined` while it goes on. */
  readonly stopped?: StopReason;
  /** The validations, in order. */
  readonly evaluations: readonly {
    step: number;
    name: string;
    metrics: Readonly<Record<string, number>>;
  }[];
  /** The checkpoints, in order. */
  readonly checkpoints: readonly { step: number; folder: string; best: boolean }[];
}
