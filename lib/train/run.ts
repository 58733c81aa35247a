import { displayable, interruptSignal, nextTurn } from "../tensor/mod.ts";
import type { BatchStream } from "./batch_stream.ts";
import type { History, LogEvent, StepRecord, StopReason, TrainEvent } from "./events.ts";
import { Readings } from "./readings.ts";
import type { DeviceStep } from "./step.ts";

/** A history that is still being written. */
export type OpenHistory =
  & StepRecord[]
  & {
    -readonly [K in "stopped" | "evaluations" | "checkpoints"]: K extends "stopped"
      ? StopReason | undefined
      : [...History[Exclude<K, "stopped">]];
  };

/** When a run ends; `Infinity` where that does not end it. */
export interface RunEnd {
  /** The step. */
  lastStep: number;
  /** The number of passes. */
  lastEpoch: number;
  /** The step at which the passes will be made, if the batches say how many they are. */
  lastByEpochs: number;
}

/** What a run in progress knows. */
export class Run<B> {
  /** Losses not yet read. */
  readonly readings: Readings = new Readings();
  /** Every step so far. */
  readonly history: OpenHistory = displayable(Object.assign([], {
    stopped: undefined,
    evaluations: [],
    checkpoints: [],
  }));
  /** Steps that were read and not yet given to the caller. */
  fresh: StepRecord[] = [];
  /** Ends the run after the step in progress, where somebody can ask for it from outside. */
  readonly interrupt: AbortSignal | undefined = interruptSignal();
  /** Why the run is to end. */
  reason?: StopReason;
  /** Whether the present epoch has begun. */
  inEpoch = false;
  readonly #startedAt = performance.now();
  #restedAt = performance.now();

  /**
   * @param stream Where the batches come from.
   * @param onDevice The step on the device.
   * @param firstStep Steps made before the run.
   * @param end When it ends.
   */
  constructor(
    readonly stream: BatchStream<B>,
    readonly onDevice: Disposable & ((batches: readonly B[]) => DeviceStep),
    readonly firstStep: number,
    readonly end: RunEnd,
  ) {}

  /** The step at which the run will end, if known. */
  get totalSteps(): number | undefined {
    const { lastStep, lastByEpochs } = this.end;
    const total = Math.min(lastStep, lastByEpochs);
    return total < Infinity ? total : undefined;
  }

  /** Minutes since the start. */
  get minutes(): number {
    return (performance.now() - this.#startedAt) / 60_000;
  }

  /** Lets timers, signals and other work have their turn, if the last turn is some time ago. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#restedAt < 25) return;
    await nextTurn();
    this.#restedAt = performance.now();
  }

  /** Sums up steps that were read together. */
  log(event: TrainEvent, records: readonly StepRecord[], tokens: number): LogEvent {
    const { lr, gradNorm, millis, tokensPerSecond, step } = records.at(-1)!;
    const loss = records.reduce((sum, record) => sum + record.loss, 0) / records.length;
    const log: LogEvent = { ...event, records, loss, lr, millis, tokensPerSecond, tokens, step };
    if (gradNorm !== undefined) log.gradNorm = gradNorm;
    const { totalSteps } = this;
    if (totalSteps !== undefined) {
      const pace = (performance.now() - this.#startedAt) / (step - this.firstStep);
      log.totalSteps = totalSteps;
      log.etaMillis = pace * Math.max(0, totalSteps - step);
    }
    return log;
  }
}
