/** Options of {@link ReduceOnPlateau}. */
export interface ReduceOnPlateauOptions {
  /** The learning rate at the start. */
  lr: number;
  /** Whether the metric is better when smaller or when larger. @default {"min"} */
  mode?: "min" | "max";
  /** What the rate is multiplied by. @default {0.1} */
  factor?: number;
  /** Metrics without progress that are borne. @default {10} */
  patience?: number;
  /** How much better a metric must be. @default {1e-4} */
  threshold?: number;
  /** Whether the threshold is a part of the best metric or a difference from it. @default {"relative"} */
  thresholdMode?: "relative" | "absolute";
  /** Metrics that do not count after a reduction. @default {0} */
  cooldown?: number;
  /** The least learning rate. @default {0} */
  minLr?: number;
  /** A reduction smaller than this is not made. @default {1e-8} */
  eps?: number;
}

/** What {@link ReduceOnPlateau} remembers; JSON can hold it. */
export interface PlateauState {
  /** The learning rate. */
  lr: number;
  /** The best metric so far, none before the first. */
  best: number | null;
  /** Metrics without progress since. */
  bad: number;
  /** Metrics left that do not count. */
  cooling: number;
}

/**
 * Lowers the learning rate when a metric, such as the validation loss, has stopped getting better.
 *
 * @example
 * ```ts
 * import { ReduceOnPlateau } from "@tome/tome/optim";
 * import assert from "node:assert/strict";
 *
 * const plateau = new ReduceOnPlateau({ lr: 1, patience: 1, factor: 0.5 });
 * // new AdamW(parameters, { lr: plateau.schedule })
 * for (const loss of [3, 2, 2, 2]) plateau.update(loss);
 * assert.equal(plateau.schedule(), 0.5);
 * ```
 */
export class ReduceOnPlateau {
  readonly #options: Required<ReduceOnPlateauOptions>;
  #state: PlateauState;

  /**
   * Starts at the given learning rate, with no metric seen.
   *
   * @throws {RangeError} If `factor` is not less than 1.
   */
  constructor(options: ReduceOnPlateauOptions) {
    this.#options = {
      mode: "min",
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: "relative",
      cooldown: 0,
      minLr: 0,
      eps: 1e-8,
      ...options,
    };
    if (!(this.#options.factor < 1)) {
      throw new RangeError(
        `Cannot reduce the learning rate as factor must be less than 1: current value is ${this.#options.factor}`,
      );
    }
    this.#state = { lr: options.lr, best: null, bad: 0, cooling: 0 };
  }

  /** The present learning rate, for an optimizer's `lr`. */
  readonly schedule: () => number = () => this.#state.lr;

  /** Takes a metric, and lowers the rate if it is time. */
  update(metric: number): void {
    const { factor, patience, cooldown, minLr, eps } = this.#options;
    const state = this.#state;
    if (this.#isBetter(metric)) {
      state.best = metric;
      state.bad = 0;
    } else state.bad++;
    if (state.cooling > 0) {
      state.cooling--;
      state.bad = 0;
    }
    if (state.bad > patience) {
      const lower = Math.max(state.lr * factor, minLr);
      if (state.lr - lower > eps) state.lr = lower;
      state.cooling = cooldown;
      state.bad = 0;
    }
  }

  /** What must be kept to go on later. */
  get state(): PlateauState {
    return { ...this.#state };
  }

  set state(state: PlateauState) {
    this.#state = { ...state };
  }

  #isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const { best } = this.#state;
    const sign = mode === "min" ? 1 : -1;
    if (best === null) return sign * metric < Infinity;
    const wanted = thresholdMode === "relative"
      ? best * (1 - sign * threshold)
      : best - sign * threshold;
    return sign * metric < sign * wanted;
  }
}
