import { join } from "node:path";
import type { Callback, TrainerHandle } from "../events.ts";
import { copyCheckpoint, removeLeftovers, stepOf } from "../training_state.ts";
import { metricOf } from "./early_stopping.ts";

/** What {@link checkpoint} writes, and when. */
export interface CheckpointOptions {
  /** Steps between two checkpoints; without, only at the end and when a validation was the best. */
  every?: number;
  /** How many of the latest stay as `step-N` too, beside `last` and `best`. @default {0} */
  keep?: number;
  /** By which result of the validation `best` is chosen, or `false` for none. @default {{ metric: "loss", mode: "min" }} */
  best?: false | { metric?: string; mode?: "min" | "max"; name?: string };
}

/**
 * Makes a callback that writes training checkpoints, from which a run can go on bit for bit.
 *
 * The folder holds `last`, the state after the last checkpoint; `best`, that of the best validation; and, if asked for,
 * the latest as `step-N`. Each is a folder with the model's own files beside `trainer_state.json` and
 * `optimizer.safetensors`. A folder is only ever replaced by a whole one.
 *
 * @param folder The folder of the run.
 */
export function checkpoint(folder: string, options: CheckpointOptions = {}): Callback {
  const { every, keep = 0, best = {} } = options;
  const { metric = "loss", mode = "min", name = "validation" } = best || {};
  let bestValue: number | undefined;
  let [improved, saved] = [false, -1];

  async function save(trainer: TrainerHandle): Promise<void> {
    const last = join(folder, "last");
    saved = trainer.step;
    if (improved) {
      // `best` comes first: were it second and never came, `last` would remember a best that is not there
      await trainer.save(join(folder, "best"), { best: true });
      await copyCheckpoint(join(folder, "best"), last);
      improved = false;
    } else await trainer.save(last);
    if (keep > 0) {
      await copyCheckpoint(last, join(folder, `step-${trainer.step}`));
      await prune(folder, keep);
    }
  }

  return {
    name: `checkpoint(${folder})`,
    order: 10, // after whoever has a state to be saved
    skipInDevRun: true,
    async onStart({ resumedFrom }) {
      [improved, saved] = [false, resumedFrom];
      await removeLeftovers(folder);
    },
    onEvaluate({ name: validation, metrics }) {
      if (!best || validation !== name) return;
      const value = metricOf(metrics, metric);
      if (Number.isNaN(value)) return;
      if (bestValue === undefined || (mode === "min" ? value < bestValue : value > bestValue)) {
        [bestValue, improved] = [value, true];
      }
    },
    async onStepEnd({ trainer, step }) {
      if (improved || (every && step % every === 0)) await save(trainer);
    },
    async onStop({ trainer, step }) {
      if (improved || saved !== step) await save(trainer);
    },
    state: () => ({ bestValue }),
    restore(state) {
      ({ bestValue } = state as { bestValue?: number });
    },
  };
}

/** Removes all but the latest of the checkpoints `step-N`. */
async function prune(folder: string, keep: number): Promise<void> {
  const steps: number[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const step = stepOf(name);
    if (step !== undefined) steps.push(step);
  }
  for (const step of steps.sort((a, b) => b - a).slice(keep)) {
    await Deno.remove(join(folder, `step-${step}`), { recursive: true });
  }
}
