import type { Module } from "../nn/mod.ts";
import { type Batches, BatchStream, lengthOf, type StreamPosition } from "./batch_stream.ts";
import { checkpoint } from "./callbacks/checkpoint.ts";
import { earlyStopping } from "./callbacks/early_stopping.ts";
import { stopOnInterrupt } from "./callbacks/stop_on_interrupt.ts";
import { validate } from "./callbacks/validate.ts";
import { DivergenceError, DivergenceGuard } from "./divergence.ts";
import { callbackStates, emit, emitToAll, inOrder, restoreCallbacks } from "./emit.ts";
import { evaluateLoss } from "./evaluation.ts";
import type {
  Callback,
  History,
  StepRecord,
  StopReason,
  TrainerEvaluateOptions,
  TrainerHandle,
  TrainEvent,
} from "./events.ts";
import { checkOptions, type RunOptions, type TrainerOptions } from "./options.ts";
import { Run } from "./run.ts";
import { recordSteps, stepOnce } from "./step.ts";
import {
  type ModelFiles,
  randomStates,
  readTrainingCheckpoint,
  restoreRandom,
  safetensorsFiles,
  type TrainerState,
  versions,
  writeTrainingCheckpoint,
} from "./training_state.ts";

/**
 * Trains a model: takes batches, computes losses and gradients, steps the optimizer, tells callbacks.
 *
 * Losses stay on the device until several are read at once (`logEvery`), so that the device need not wait for the program:
 * callbacks and `steps()` get each step's record then, in order. Who frees what: the trainer frees the batches it takes (those
 * of an array stay the caller's), losses and gradients; model and optimizer stay the caller's.
 *
 * @example
 * ```ts
 * import { Module, parameter } from "@tome/tome/nn";
 * import { SGD } from "@tome/tome/optim";
 * import { useDevice } from "@tome/tome/tensor";
 * import { type Objective, Trainer } from "@tome/tome/train";
 * import * as tf from "@tensorflow/tfjs";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * class Point extends Module {
 *   readonly x = parameter(() => tf.scalar(0));
 * }
 * const distance: Objective<Point, tf.Tensor> = ({ x }, goal) => x.sub(goal).square().asScalar();
 *
 * using model = new Point();
 * using optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
 * const trainer = new Trainer(model, { optimizer, loss: distance });
 * const history = await trainer.fit([tf.scalar(3)], { steps: 50 });
 * assert.ok(history.at(-1)!.loss < 1e-3);
 * ```
 */
export class Trainer<M extends Module, B> implements TrainerHandle {
  /** The model in training. */
  readonly model: M;
  readonly #options: TrainerOptions<M, B>;
  readonly #callbacks: readonly Callback[];
  readonly #files: ModelFiles<M>;
  readonly #devSteps?: number;
  #guard = new DivergenceGuard();
  #step = 0;
  #tokens = 0;
  #position: StreamPosition = { epoch: 0, batch: 0 };
  #lastCheckpoint?: string;
  #resumed?: TrainerState;
  #run?: Run<B>;

  /**
   * Sets up a trainer; nothing runs yet.
   *
   * @param model The model.
   * @param options How it is trained.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(model: M, options: TrainerOptions<M, B>) {
    checkOptions({ ...options });
    this.model = model;
    this.#options = options;
    this.#files = options.files ?? safetensorsFiles;
    const { evaluate, checkpoint: files, earlyStopping: patience, fastDevRun } = options;
    if (fastDevRun) this.#devSteps = Number(fastDevRun);
    const callbacks = [
      ...evaluate ? [validate(evaluate.batches, evaluate)] : [],
      ...patience ? [earlyStopping(patience)] : [],
      ...options.callbacks ?? [],
      ...files ? [checkpoint(files.folder, files)] : [],
      ...options.stopOnInterrupt ? [stopOnInterrupt()] : [],
    ];
    this.#callbacks = inOrder(callbacks.filter((c) => !(fastDevRun && c.skipInDevRun)));
  }

  /** Optimizer steps so far. */
  get step(): number {
    return this.#step;
  }

  /**
   * Trains until the steps or epochs are made, or something ends the run earlier.
   *
   * @param batches The batches; each epoch iterates them once more.
   * @param options How long, and from where.
   * @returns Every step, and why the run ended.
   * @throws {DivergenceError} If a loss or gradient is not finite, or spikes.
   * @throws {TypeError} If neither `steps` nor `epochs` says when to end.
   */
  async fit(batches: Batches<B>, options: RunOptions): Promise<History> {
    const { maxMinutes, signal } = this.#options;
    const ends = options.steps ?? options.epochs ?? this.#devSteps ?? maxMinutes ?? signal;
    if (ends === undefined) {
      throw new TypeError("Cannot train without an end: pass { steps } or { epochs }");
    }
    const loop = this.#train(batches, options, this.#options.logEvery ?? 10);
    for (let next = await loop.next();; next = await loop.next()) if (next.done) return next.value;
  }

  /**
   * Trains step by step, the loop being the caller's: `break` ends the run.
   *
   * Each step is read, and given, before the next is made, unless the option `logEvery` says otherwise.
   *
   * @param batches The batches; each epoch iterates them once more.
   * @param options How long, and from where; without, until the caller leaves the loop.
   * @throws {DivergenceError} If a loss or gradient is not finite, or spikes.
   */
  async *steps(batches: Batches<B>, options: RunOptions = {}): AsyncGenerator<StepRecord, History> {
    return yield* this.#train(batches, options, this.#options.logEvery ?? 1);
  }

  /**
   * Puts the model, the optimizer and the trainer where a checkpoint was written; the next run goes on from there.
   *
   * @param folder A checkpoint's folder, or that of a run, whose `last` is meant.
   * @throws {CheckpointError} If there is none, or it does not fit the model.
   */
  async resume(folder: string): Promise<void> {
    const state = await readTrainingCheckpoint(
      folder,
      this.model,
      this.#options.optimizer,
      this.#files,
    );
    [this.#step, this.#tokens, this.#position] = [state.step, state.tokens, state.data];
    this.#guard.restore(state.guard);
    restoreCallbacks(this.#callbacks, state.callbacks);
    restoreRandom(state.random, this.#options.rngs ?? {});
    this.#lastCheckpoint = folder;
    this.#resumed = state;
  }

  /** Ends the run after the step in progress. */
  stop(reason: StopReason = "stopped"): void {
    if (this.#run) this.#run.reason ??= reason;
  }

  /**
   * Measures the model by the loss of the training, with dropout and the like off.
   *
   * @param batches One pass is made.
   * @returns The means over everything that counts: `loss`, and what `metrics` gives.
   */
  async evaluate(
    batches: Batches<B>,
    options: TrainerEvaluateOptions<M, B> = {},
  ): Promise<Record<string, number>> {
    const { name = "validation", quiet = false, metrics, maxBatches = Infinity } = options;
    await this.#read();
    this.#run?.readings.pause();
    const start = performance.now();
    const results = await evaluateLoss(this.model, batches, {
      loss: this.#options.loss,
      ...(metrics ? { metrics } : {}),
      maxBatches: Math.min(maxBatches, this.#devSteps ?? Infinity),
    });
    if (!quiet) {
      const millis = performance.now() - start;
      this.#run?.history.evaluations.push({ step: this.#step, name, metrics: results });
      await emit(this.#callbacks, "onEvaluate", {
        ...this.#event(),
        name,
        metrics: results,
        millis,
      });
    }
    return results;
  }

  /**
   * Writes a training checkpoint: the model, the optimizer, the random generators, the position in the data, and what the
   * callbacks remember.
   *
   * @param folder Where; what is there is replaced once the new one is whole.
   * @throws {DivergenceError} If a loss that has not been read before is bad.
   * @throws {CheckpointError} If a weight is not finite.
   */
  async save(folder: string, { best = false }: { best?: boolean } = {}): Promise<void> {
    await this.#read();
    this.#run?.readings.pause();
    const { optimizer, rngs = {} } = this.#options;
    const data = this.#run?.stream.position() ?? this.#position;
    await writeTrainingCheckpoint(folder, this.model, optimizer, this.#files, (meta) => ({
      format: 1,
      step: this.#step,
      tokens: this.#tokens,
      data,
      random: randomStates(rngs),
      optimizer: meta,
      callbacks: callbackStates(this.#callbacks),
      guard: this.#guard.state(),
      versions: versions(),
    }));
    this.#lastCheckpoint = folder;
    this.#run?.history.checkpoints.push({ step: this.#step, folder, best });
    await emit(this.#callbacks, "onCheckpoint", { ...this.#event(), folder, best });
  }

  async *#train(
    batches: Batches<B>,
    options: RunOptions,
    logEvery: number,
  ): AsyncGenerator<StepRecord, History> {
    checkOptions({ ...options });
    if (this.#run) throw new TypeError("Cannot start a run as another one is in progress");
    const stream = new BatchStream(batches, this.#options.overfitBatches);
    const run = this.#run = await this.#begin(stream, options, lengthOf(batches));
    let [finished, failure] = [false, undefined as unknown];
    try {
      await this.#start();
      while (!(run.reason ??= this.#ending(run))) {
        run.readings.start();
        const taken = await stream.take(this.#options.accumulate ?? 1);
        if (taken.length === 0) {
          run.inEpoch = false;
          await emit(this.#callbacks, "onEpochEnd", this.#event());
          continue;
        }
        await this.#makeStep(run, taken);
        if (this.#step % logEvery === 0) await this.#read();
        await emit(this.#callbacks, "onStepEnd", this.#event());
        run.readings.pause();
        yield* run.fresh.splice(0);
        await run.breathe();
      }
      await this.#finish(run);
      finished = true;
      yield* run.fresh.splice(0);
      return run.history;
    } catch (error) {
      if (run.interrupt?.aborted && error === run.interrupt.reason) { // in a validation, say
        run.reason = "interrupted";
        await this.#finish(run);
        finished = true;
        yield* run.fresh.splice(0);
        return run.history;
      }
      failure = error;
      run.reason = "error";
      if (error instanceof DivergenceError) error.history = run.history;
      throw error;
    } finally {
      try {
        if (!finished && run.reason !== "error") { // the caller left its loop
          run.reason ??= "left";
          await this.#finish(run);
        }
      } finally {
        await this.#end(run, failure);
      }
    }
  }

  async #begin(
    stream: BatchStream<B>,
    options: RunOptions,
    length?: number,
  ): Promise<Run<B>> {
    if (options.resume !== undefined) await this.resume(options.resume);
    const resumed = this.#resumed;
    if (resumed) stream.restore(resumed.data);
    const { accumulate = 1, overfitBatches = Infinity } = this.#options;
    const before = resumed ? 0 : this.#step;
    const steps = Math.min(options.steps ?? Infinity, this.#devSteps ?? Infinity);
    const stepsAnEpoch = length && Math.ceil(Math.min(length, overfitBatches) / accumulate);
    return new Run(stream, recordSteps(this.model, this.#options), this.#step, {
      lastStep: before + steps,
      lastEpoch: options.epochs ?? Infinity,
      lastByEpochs: before + (options.epochs ?? Infinity) * (stepsAnEpoch ?? Infinity),
    });
  }

  async #start(): Promise<void> {
    const { sanityBatches = 0, rngs = {} } = this.#options;
    const { totalSteps } = this.#run!;
    const resumed = this.#resumed;
    this.#resumed = undefined;
    await emit(this.#callbacks, "onStart", {
      ...this.#event(),
      resumedFrom: resumed?.step ?? 0,
      ...(totalSteps === undefined ? {} : { totalSteps }),
      sanityBatches,
    });
    if (resumed) restoreRandom(resumed.random, rngs); // callbacks may have drawn from them
  }

  /** Why the run must end before the next step, if it must. */
  #ending(run: Run<B>): StopReason | undefined {
    const { maxMinutes = Infinity, signal } = this.#options;
    if (signal?.aborted) return "aborted";
    if (run.interrupt?.aborted) return "interrupted";
    if (this.#step >= run.end.lastStep) return "steps";
    if (run.stream.epoch >= run.end.lastEpoch) return "epochs";
    return run.minutes >= maxMinutes ? "time" : undefined;
  }

  async #makeStep(run: Run<B>, taken: B[]): Promise<void> {
    try {
      if (!run.inEpoch) {
        run.inEpoch = true;
        await emit(this.#callbacks, "onEpochStart", this.#event());
      }
      const step = this.#step + 1;
      const made = await stepOnce(this.model, this.#options, taken, {
        onDevice: run.onDevice,
        release: (batch) => run.stream.release([batch]),
        ...this.#callbacks.some((c) => c.onGradients && (c.wantsGradients?.(step) ?? true))
          ? {
            onGradients: (gradients) =>
              emit(this.#callbacks, "onGradients", { ...this.#event(), step, gradients }),
          }
          : {},
      });
      this.#step = step;
      this.#tokens += made.tokens;
      run.readings.push({ ...made, step, epoch: run.stream.epoch });
    } finally {
      run.stream.release(taken);
    }
  }

  /** Reads the losses that wait, judges them, and tells of them. */
  async #read(): Promise<void> {
    const run = this.#run;
    const records = await run?.readings.read();
    if (!run || !records || records.length === 0) return;
    const good: StepRecord[] = [];
    let failure: DivergenceError | undefined;
    for (const record of records) {
      const problem = this.#guard.check(record, this.#lastCheckpoint);
      if (problem && (problem.kind === "not finite" || this.#options.spikes !== "continue")) {
        failure = problem.error;
        break;
      }
      if (problem) {
        await emit(this.#callbacks, "onSpike", { ...this.#event(), record, error: problem.error });
      }
      good.push(record);
    }
    run.history.push(...good);
    run.fresh.push(...good);
    for (const record of good) await emit(this.#callbacks, "onStep", { ...record, trainer: this });
    if (good.length > 0) {
      await emit(this.#callbacks, "onLog", run.log(this.#event(), good, this.#tokens));
    }
    if (failure) throw failure;
  }

  /** Reads what waits and tells the callbacks that the run is about to end. */
  async #finish(run: Run<B>): Promise<void> {
    await this.#read();
    run.readings.pause();
    run.history.stopped = run.reason;
    await emit(this.#callbacks, "onStop", { ...this.#event(), reason: run.reason! });
  }

  /** Frees everything and tells the callbacks that the run has ended. */
  async #end(run: Run<B>, failure: unknown): Promise<void> {
    run.readings[Symbol.dispose]();
    run.onDevice[Symbol.dispose]();
    run.history.stopped = run.reason;
    const event = { ...this.#event(), history: run.history };
    try {
      this.#position = run.stream.position();
      await run.stream.close();
    } finally {
      this.#run = undefined;
      await emitToAll(
        this.#callbacks,
        "onEnd",
        failure === undefined ? event : { ...event, error: failure },
      );
    }
  }

  #event(): TrainEvent {
    return {
      trainer: this,
      step: this.#step,
      epoch: this.#run?.stream.epoch ?? this.#position.epoch,
    };
  }
}
