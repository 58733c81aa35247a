import type { Module } from "../../nn/mod.ts";
import type { Batches } from "../batch_stream.ts";
import type { BatchMetrics } from "../evaluation.ts";
import type { Callback, TrainerHandle } from "../events.ts";

/** When and how {@link validate} measures. */
export interface ValidateOptions<M extends Module = Module, B = unknown> {
  /** Steps between two validations; without, only at the end. */
  every?: number;
  /** The most batches of a validation. @default {all} */
  maxBatches?: number;
  /** Measures beside the loss. */
  metrics?: BatchMetrics<M, B>;
  /** What the results are called in logs. @default {"validation"} */
  name?: string;
  /** Whether to measure before the first step too. @default {false} */
  atStart?: boolean;
  /** Whether to measure after the last step too. @default {true} */
  atEnd?: boolean;
}

/**
 * Makes a callback that measures the model on other batches from time to time, by the trainer's loss.
 *
 * @param batches What to measure on; each validation makes one pass.
 */
export function validate<M extends Module = Module, B = unknown>(
  batches: Batches<B>,
  { every, atStart = false, atEnd = true, ...options }: ValidateOptions<M, B> = {},
): Callback {
  let measured = -1;
  const measure = (trainer: TrainerHandle, sanity = {}) =>
    // the types of a callback do not know those of its trainer
    trainer.evaluate(batches as Batches<never>, { ...options as object, ...sanity });
  return {
    order: -10, // before whoever decides by its results
    async onStart({ trainer, sanityBatches }) {
      if (sanityBatches > 0) {
        await measure(trainer, { maxBatches: sanityBatches, quiet: true });
      }
      measured = -1;
    },
    async onEpochStart({ trainer, step }) { // by now every log is open
      if (!atStart || step > 0 || measured === 0) return;
      measured = 0;
      await measure(trainer);
    },
    async onStepEnd({ trainer, step }) {
      if (!every || step % every !== 0) return;
      measured = step;
      await measure(trainer);
    },
    async onStop({ trainer, step, reason }) {
      const finished = reason !== "interrupted" && reason !== "aborted" && reason !== "left";
      if (atEnd && finished && measured !== step) await measure(trainer);
    },
  };
}
