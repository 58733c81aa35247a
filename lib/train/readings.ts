import * as tf from "../tensor/_tf.ts";
import type { Scalar } from "../tensor/mod.ts";
import type { StepRecord } from "./events.ts";

/** A step whose loss is still on the device. */
export interface PendingStep {
  /** Optimizer steps so far, this one included. */
  step: number;
  /** Passes through the data completed before this step. */
  epoch: number;
  /** The learning rate. */
  lr: number;
  /** Tokens, or examples. */
  tokens: number;
  /** The loss, to be freed once read. */
  loss: Scalar;
  /** The gradient's length, to be freed once read. */
  gradNorm?: Scalar;
}

/** Losses that wait on the device to be read together, and the clock of the steps they are of. */
export class Readings {
  #pending: PendingStep[] = [];
  #millis = 0;
  #since?: number;

  /** Adds a step; from here on its tensors are freed here. */
  push(step: PendingStep): void {
    this.#pending.push(step);
  }

  /** Starts the clock. */
  start(): void {
    this.#since ??= performance.now();
  }

  /** Stops the clock, for whatever is no training: validation, checkpoints, the caller's own work. */
  pause(): void {
    if (this.#since !== undefined) this.#millis += performance.now() - this.#since;
    this.#since = undefined;
  }

  /** Reads every loss that waits: one round trip to the device for all. The clock runs on if it ran. */
  async read(): Promise<StepRecord[]> {
    const steps = this.#pending.splice(0);
    if (steps.length === 0) return [];
    try {
      const values = await Promise.all(steps.map(async ({ loss, gradNorm }) => {
        const both = await Promise.all([loss.data(), gradNorm?.data()]);
        return both.map((data) => data?.[0]);
      }));
      const running = this.#since !== undefined;
      this.pause(); // the losses are there, so the steps are done
      const millis = this.#millis / steps.length;
      const tokens = steps.reduce((sum, step) => sum + step.tokens, 0);
      const tokensPerSecond = tokens / Math.max(this.#millis, 1e-3) * 1000;
      this.#millis = 0;
      if (running) this.start();
      return steps.map(({ step, epoch, lr, tokens }, i) => {
        const [loss, gradNorm] = values[i]!;
        const record: StepRecord = {
          step,
          epoch,
          loss: loss!,
          lr,
          tokens,
          millis,
          tokensPerSecond,
        };
        if (gradNorm !== undefined) record.gradNorm = gradNorm;
        return record;
      });
    } finally {
      dispose(steps);
    }
  }

  /** Frees what was not read. */
  [Symbol.dispose](): void {
    dispose(this.#pending.splice(0));
  }
}

function dispose(steps: readonly PendingStep[]): void {
  for (const { loss, gradNorm } of steps) tf.dispose(gradNorm ? [loss, gradNorm] : [loss]);
}
