import type { Module } from "../../lib/nn/mod.ts";
import { type Callback, type LogEvent, progress } from "../../lib/train/mod.ts";
import { trust, type TrustedHost } from "../trust/mod.ts";
import { drawRun, type RunState } from "./picture.ts";
import { Screen } from "./screen.ts";

/** What {@link live} shows. */
export interface LiveOptions {
  /** The title. @default {"training"} */
  title?: string;
  /** A text of the model, shown from time to time. */
  sample?: {
    /** Writes the text. */
    write: (model: Module) => string | Promise<string>;
    /** Steps between two texts. @default {100} */
    every?: number;
  };
  /** The kernel to show it in, for tests. @default {the one that the program runs in} */
  host?: TrustedHost | undefined;
}

/**
 * Makes a callback that shows a run while it goes on: in a notebook one view that is drawn anew in its place at most ten times a
 * second, with progress, loss, metrics, learning rate, speed, time left, memory and a text of the model; elsewhere the
 * terminal's {@link progress}.
 *
 * @example
 * ```ts
 * import { live } from "@tome/tome/display";
 * import type { TrainerOptions } from "@tome/tome/train";
 * import type { Module } from "@tome/tome/nn";
 *
 * function watched<M extends Module, B>(options: TrainerOptions<M, B>): TrainerOptions<M, B> {
 *   return { ...options, callbacks: [live({ title: "a tiny GPT" })] };
 * }
 * ```
 *
 * @param options What is shown.
 */
export function live(options: LiveOptions = {}): Callback {
  const { title = "training", sample } = options;
  const host = "host" in options ? options.host : trust();
  if (!host) return progress();
  let screen = new Screen(host);
  let run: RunState = newRun(title);
  const draw = async () => {
    if (screen.due) await screen.draw(drawRun(run));
  };
  return {
    order: 10, // after whoever evaluates
    async onStart({ step, totalSteps }) {
      run = newRun(title);
      run.step = step;
      if (totalSteps !== undefined) run.totalSteps = totalSteps;
      screen = new Screen(host);
      await screen.draw(drawRun(run));
    },
    async onStepEnd({ step, trainer }) {
      run.step = step;
      if (sample && step % (sample.every ?? 100) === 0) {
        run.sample = { step, text: await sample.write(trainer.model) };
      }
      await draw();
    },
    async onLog(event) {
      for (const { step, loss, lr } of event.records) {
        run.losses["training"]!.push([step, loss]);
        run.metrics["learning rate"]!.push([step, lr]);
      }
      run.facts = facts(event);
      await draw();
    },
    async onEvaluate({ step, name, metrics }) {
      for (const [key, value] of Object.entries(metrics)) {
        const lines = key === "loss" ? run.losses : run.metrics;
        const line = key === "loss" ? name : name === "validation" ? key : `${name} ${key}`;
        (lines[line] ??= []).push([step, value]);
      }
      await draw();
    },
    async onEnd({ step, history, error }) {
      run.step = step;
      delete run.facts.left; // nothing is, also where a run was interrupted
      run.ended = error instanceof Error ? error.message : `ended: ${history.stopped ?? "done"}`;
      await screen.finish(drawRun(run));
    },
  };
}

function newRun(title: string): RunState {
  return {
    title,
    step: 0,
    facts: {},
    losses: { training: [] },
    metrics: { "learning rate": [] },
  };
}

function facts(event: LogEvent): Record<string, string> {
  const { step, totalSteps, loss, lr, gradNorm, tokensPerSecond, etaMillis } = event;
  return {
    loss: loss.toFixed(4),
    lr: lr.toExponential(2),
    ...(gradNorm === undefined ? {} : { "gradient length": gradNorm.toPrecision(3) }),
    "tokens/s": Math.round(tokensPerSecond).toLocaleString("en"),
    ...(etaMillis === undefined || step === totalSteps ? {} : { left: duration(etaMillis) }),
  };
}

function duration(millis: number): string {
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}
