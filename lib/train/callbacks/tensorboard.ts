import type { Module } from "../../nn/mod.ts";
import type { Callback } from "../events.ts";
import { EventFileWriter } from "../tensorboard/event_file.ts";
import type { HyperParameter } from "../tensorboard/hyper_parameters.ts";

/** What {@link tensorboard} writes. */
export interface TensorBoardOptions {
  /** Settings of the run, for the table of hyper-parameters. */
  hyperParameters?: Readonly<Record<string, HyperParameter>>;
  /** Steps between two histograms of all weights and gradients, which must be read for it. @default {none} */
  histogramsEvery?: number;
}

/**
 * Makes a callback that writes the run for TensorBoard: `train/loss`, `train/lr`, `train/gradNorm`,
 * `train/tokensPerSecond`, and the results of each validation, such as `validation/loss`.
 *
 * A run that goes on from a checkpoint starts a new file, which tells TensorBoard to forget the later steps of the old one.
 *
 * @param folder The folder of the run; see it with `tensorboard --logdir=FOLDER`.
 */
export function tensorboard(folder: string, options: TensorBoardOptions = {}): Callback {
  const { hyperParameters, histogramsEvery } = options;
  let events: EventFileWriter | undefined;
  const due = (step: number) => histogramsEvery !== undefined && step % histogramsEvery === 0;
  return {
    skipInDevRun: true,
    async onStart({ resumedFrom }) {
      const purge = resumedFrom > 0 ? { purgeStep: resumedFrom + 1 } : {};
      events = await EventFileWriter.create(folder, purge);
      if (hyperParameters) {
        events.hyperParameters(hyperParameters, ["train/loss", "validation/loss"]);
      }
    },
    wantsGradients: due,
    async onGradients({ step, gradients }) {
      for (const [name, gradient] of Object.entries(gradients)) {
        events?.histogram(`gradients/${name}`, await gradient.data(), step);
      }
    },
    async onStepEnd({ trainer, step }) {
      if (due(step) && events) await weightHistograms(events, trainer.model, step);
    },
    async onLog({ records }) {
      for (const { step, loss, lr, gradNorm, tokensPerSecond } of records) {
        events?.scalar("train/loss", loss, step);
        events?.scalar("train/lr", lr, step);
        if (gradNorm !== undefined) events?.scalar("train/gradNorm", gradNorm, step);
        events?.scalar("train/tokensPerSecond", tokensPerSecond, step);
      }
      await events?.flush();
    },
    async onEvaluate({ step, name, metrics }) {
      for (const [metric, value] of Object.entries(metrics)) {
        events?.scalar(`${name}/${metric}`, value, step);
      }
      await events?.flush();
    },
    async onEnd({ error }) {
      if (hyperParameters) events?.sessionEnd(error === undefined ? "success" : "failure");
      await events?.close();
      events = undefined;
    },
  };
}

async function weightHistograms(
  events: EventFileWriter,
  model: Module,
  step: number,
): Promise<void> {
  for (const [name, parameter] of model.namedParameters()) {
    events.histogram(`weights/${name}`, await parameter.data(), step);
  }
}
