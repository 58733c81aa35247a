import type { Report } from "./trial.ts";

/** Decides which trials are not worth going on with. */
export interface Pruner {
  /** Its name, which a journal keeps. */
  readonly name: string;
  /**
   * Says whether a trial should stop.
   *
   * @param reports Its reports, the latest last; lower values are better.
   * @param others The reports of all other trials.
   */
  stops(reports: readonly Report[], others: readonly (readonly Report[])[]): boolean;
}

/** How {@link successiveHalving} stops. */
export interface SuccessiveHalvingOptions {
  /** The step of the first decision. @default {1} */
  minSteps?: number;
  /** How many times as far the next decision is, and of how many trials one may go on. @default {3} */
  factor?: number;
}

/**
 * Successive halving without waiting: at steps `minSteps · factorᵏ` a trial goes on if it is among the best `1 / factor` of those that came
 * so far.
 *
 * @see Li et al., 2020, "A System for Massively Parallel Hyperparameter Tuning", algorithm 2 (ASHA)
 */
export function successiveHalving(
  { minSteps = 1, factor = 3 }: SuccessiveHalvingOptions = {},
): Pruner {
  if (!(minSteps > 0) || !(factor > 1)) {
    throw new RangeError(
      `Cannot halve as minSteps must be above 0 and factor above 1: current values are ${minSteps} and ${factor}`,
    );
  }
  const rungOf = (step: number) => Math.floor(Math.log(step / minSteps) / Math.log(factor) + 1e-9);
  /** A trial's value at a rung: its first report there or beyond. */
  const valueAt = (reports: readonly Report[], rung: number) =>
    reports.find(({ step }) => rungOf(step) >= rung)?.value;
  return {
    name: `successive halving from ${minSteps} by ${factor}`,
    stops(reports, others) {
      const rung = rungOf(reports.at(-1)!.step);
      const before = reports.at(-2);
      if (rung < 0 || (before && rungOf(before.step) >= rung)) return false; // nothing to decide at this step
      const own = reports.at(-1)!.value;
      if (!Number.isFinite(own)) return true;
      const values = others.flatMap((list) => valueAt(list, rung) ?? []).filter(Number.isFinite);
      const better = values.filter((value) => value < own).length;
      return better >= Math.max(1, Math.floor((values.length + 1) / factor));
    },
  };
}
