import type { PlateauState, ReduceOnPlateau } from "../../optim/mod.ts";
import type { Callback } from "../events.ts";
import { metricOf } from "./early_stopping.ts";

/** What {@link reduceOnPlateau} watches. */
export interface ReduceOnPlateauCallbackOptions {
  /** Which result of the validation. @default {"loss"} */
  metric?: string;
  /** Which validation, where there are several. @default {"validation"} */
  name?: string;
}

/**
 * Makes a callback that lowers the learning rate when validation has stopped to improve.
 *
 * @param plateau What decides; the optimizer's `lr` is its `schedule`.
 */
export function reduceOnPlateau(
  plateau: ReduceOnPlateau,
  { metric = "loss", name = "validation" }: ReduceOnPlateauCallbackOptions = {},
): Callback {
  return {
    name: `reduceOnPlateau(${name}/${metric})`,
    onEvaluate({ name: validation, metrics }) {
      if (validation === name) plateau.update(metricOf(metrics, metric));
    },
    state: () => plateau.state,
    restore(state) {
      plateau.state = state as PlateauState;
    },
  };
}
