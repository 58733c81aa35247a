import { writeAtomic } from "../../checkpoint/mod.ts";
import type { Callback, StepRecord } from "../events.ts";
import { JsonlWriter } from "../jsonl.ts";

/**
 * Makes a callback that writes a line of JSON for each step, validation and checkpoint.
 *
 * Each line has an `event`: `start`, `step`, `evaluate`, `checkpoint`, `spike`, `end`. A new run is appended to what is
 * there; a run that goes on from a checkpoint first drops the lines of later steps, which it makes again.
 *
 * @param path The file, such as `"runs/tiny/log.jsonl"`.
 */
export function jsonl(path: string): Callback {
  let log: JsonlWriter | undefined;
  return {
    skipInDevRun: true,
    async onStart({ resumedFrom, totalSteps }) {
      if (resumedFrom > 0) await dropAfter(path, resumedFrom);
      log = await JsonlWriter.open(path);
      await log.write({ event: "start", step: resumedFrom, totalSteps });
    },
    onLog: async ({ records }) => {
      for (const record of records) await log?.write({ event: "step", ...pick(record) });
    },
    onEvaluate: ({ step, epoch, name, metrics, millis }) =>
      log?.write({ event: "evaluate", step, epoch, name, ...metrics, millis }),
    onCheckpoint: async ({ step, folder, best }) => {
      await log?.write({ event: "checkpoint", step, folder, best });
      await log?.flush();
    },
    onSpike: ({ record, error }) =>
      log?.write({ event: "spike", step: record.step, loss: record.loss, advice: error.message }),
    async onEnd({ step, history, error }) {
      const message = error instanceof Error ? error.message : error;
      await log?.write({ event: "end", step, stopped: history.stopped, error: message });
      await log?.close();
      log = undefined;
    },
  };
}

function pick({ step, epoch, loss, lr, gradNorm, tokens, millis, tokensPerSecond }: StepRecord) {
  return { step, epoch, loss, lr, gradNorm, tokens, millis, tokensPerSecond };
}

/** Drops the lines of steps after `step`, and lines that were cut short. */
async function dropAfter(path: string, step: number): Promise<void> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const kept = text.split("\n").filter((line) => {
    try {
      return (JSON.parse(line) as { step: number }).step <= step;
    } catch {
      return false;
    }
  });
  await writeAtomic(path, kept.map((line) => `${line}\n`).join(""));
}
