import type { BatchStream } from "./batch_stream.ts";
import type { History, LogEvent, StepRecord, StopReason, TrainEvent } from "./events.ts";
import type { RunOptions } from "./options.ts";
import { Readings } from "./readings.ts";

/** A history that is still being written. */
export type OpenHistory =
  & StepRecord[]
  & {
    -readonly [K in "stopped" | "evaluations" | "checkpoints"]: K extends "stopped"
      ? StopReason | undefined
      : [...History[Exclude<K, "stopped">]];
  };

/** What a run in progress knows. */
export class Run<B> {
  /** Losses not yet read. */
  readonly readings: Readings = new Readings();
  /** Every step so far. */
  readonly history: OpenHistory = Object.assign([], {
    stopped: undefined,
    evaluations: [],
    checkpoints: [],
  });
  /** Steps that were read and not yet given to the caller. */
  fresh: StepRecord[] = [];
  /** Why the run is to end. */
  reason?: StopReason;
  /** Whether the present epoch has begun. */
  inEpoch = false;
  readonly #startedAt = performance.now();
  #restedAt = performance.now();

  /**
   * @param stream Where the batches come from.
   * @param firstStep Steps made before the run.
   * @param lastStep The step at which it ends, if known.
   * @param lastEpoch The number of passes at which it ends, if known.
   */
  constructor(
    readonly stream: BatchStream<B>,
    readonly firstStep: number,
    readonly lastStep?: number,
    readonly lastEpoch?: number,
  ) {}

  /** The end of a run that starts, or goes on from a checkpoint. */
  static plan<B>(
    stream: BatchStream<B>,
    { steps, epochs }: RunOptions,
    step: number,
    resumed: boolean,
  ): Run<B> {
    const before = resumed ? 0 : step;
    return new Run(stream, step, steps === undefined ? undefined : before + steps, epochs);
  }

  /** Minutes since the start. */
  get minutes(): number {
    return (performance.now() - this.#startedAt) / 60_000;
  }

  /** Lets timers, signals and other work have their turn, if the last turn is some time ago. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#restedAt < 25) return;
    await new Promise((done) => setTimeout(done, 0));
    this.#restedAt = performance.now();
  }

  /** Sums up steps that were read together. */
  log(event: TrainEvent, records: readonly StepRecord[], tokens: number): LogEvent {
    const { lr, gradNorm, millis, tokensPerSecond, step } = records.at(-1)!;
    const loss = records.reduce((sum, record) => sum + record.loss, 0) / records.length;
    const log: LogEvent = { ...event, records, loss, lr, millis, tokensPerSecond, tokens, step };
    if (gradNorm !== undefined) log.gradNorm = gradNorm;
    if (this.lastStep !== undefined) {
      log.totalSteps = this.lastStep;
      const pace = (performance.now() - this.#startedAt) / (step - this.firstStep);
      log.etaMillis = pace * Math.max(0, this.lastStep - step);
    }
    return log;
  }
}
