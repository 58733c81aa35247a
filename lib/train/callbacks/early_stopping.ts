import type { Callback } from "../events.ts";

/** When {@link earlyStopping} gives up. */
export interface EarlyStoppingOptions {
  /** Validations in a row that may pass without an improvement. @default {3} */
  patience?: number;
  /** How much better a result must be to count. @default {0} */
  minDelta?: number;
  /** Which result of the validation is watched. @default {"loss"} */
  metric?: string;
  /** Whether lower or higher is better. @default {"min"} */
  mode?: "min" | "max";
  /** Which validation is watched, where there are several. @default {"validation"} */
  name?: string;
}

/** Makes a callback that ends the run when validation has stopped to improve. */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { patience = 3, minDelta = 0, metric = "loss", mode = "min", name = "validation" } =
    options;
  let best: number | undefined;
  let waited = 0;
  return {
    name: `earlyStopping(${name}/${metric})`,
    skipInDevRun: true,
    onEvaluate({ trainer, name: validation, metrics }) {
      if (validation !== name) return;
      const value = metricOf(metrics, metric);
      const better = best === undefined ||
        (mode === "min" ? value < best - minDelta : value > best + minDelta);
      if (better) [best, waited] = [value, 0];
      else if (++waited >= patience) trainer.stop("early stopping");
    },
    state: () => ({ best, waited }),
    restore(state) {
      ({ best, waited } = state as { best?: number; waited: number });
    },
  };
}

/**
 * One result of a validation.
 *
 * @throws {RangeError} If there is none of this name.
 */
export function metricOf(metrics: Readonly<Record<string, number>>, name: string): number {
  const value = metrics[name];
  if (value !== undefined) return value;
  throw new RangeError(
    `Cannot watch "${name}" as the validation must give it: current results are ${
      Object.keys(metrics).join(", ")
    }`,
  );
}
