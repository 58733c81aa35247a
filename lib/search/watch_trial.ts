import type { Callback } from "../train/mod.ts";
import type { TrialHandle } from "./trial.ts";

/** What {@link watchTrial} reports. */
export interface WatchTrialOptions {
  /** Which result of the validation. @default {"loss"} */
  metric?: string;
  /** Which validation, where there are several. @default {"validation"} */
  name?: string;
}

/**
 * A callback for a trainer that reports each validation to a search, and ends the run where the search gives it up.
 *
 * @param trial The trial that the trainer runs for.
 * @param options What is reported.
 */
export function watchTrial(
  trial: TrialHandle,
  { metric = "loss", name = "validation" }: WatchTrialOptions = {},
): Callback {
  return {
    name: `watchTrial(${name}/${metric})`,
    async onEvaluate({ trainer, step, name: validation, metrics }) {
      if (validation !== name) return;
      const value = metrics[metric];
      if (value === undefined) {
        throw new RangeError(
          `Cannot report "${metric}" as the validation must give it: current results are ${
            Object.keys(metrics).join(", ")
          }`,
        );
      }
      if (await trial.report(step, value)) trainer.stop("search");
    },
  };
}
