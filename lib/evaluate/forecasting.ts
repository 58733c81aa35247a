import { DataLoader, type ForecastWindow, forecastWindows, Standardizer } from "../data/mod.ts";
import {
  bootstrap,
  compare,
  type Comparison,
  forecastMAE,
  forecastRMSE,
  type Interval,
  meanAbsoluteScaledError,
} from "../metrics/mod.ts";
import type { SeriesForecaster } from "../nn/mod.ts";
import { table, type TableBundle, tidy } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { ridgeRegression } from "./ridge.ts";

/** A way to foretell. */
export interface ForecastMethod {
  /** What it is called in a table. */
  readonly name: string;
  /** The values that follow each window, as many as its future has; the future itself is not read. */
  forecast(windows: readonly ForecastWindow[]): number[][] | Promise<number[][]>;
}

/** Foretells that all stays as it is: the last known value. */
export function naiveForecast(): ForecastMethod {
  return {
    name: "naive: the last value",
    forecast: (windows) => windows.map(({ past, future }) => future.map(() => past.at(-1)!)),
  };
}

/**
 * Foretells what was at the same place of the last season that is known.
 *
 * @param values The whole series, of which only what lies before a window's future is read.
 * @param season Steps of a season.
 * @throws {RangeError} If a window begins before the first season has ended.
 */
export function seasonalNaiveForecast(values: ArrayLike<number>, season: number): ForecastMethod {
  return {
    name: `seasonal naive: ${season} steps ago`,
    forecast: (windows) =>
      windows.map(({ at, future }) => {
        if (at < season) {
          throw new RangeError(
            `Cannot forecast by seasons as ${season} values must be known: current number is ${at}`,
          );
        }
        return future.map((_, step) => values[at - season + step % season]!);
      }),
  };
}

/** How {@link linearForecast} learns. */
export interface LinearForecastOptions {
  /** How much squared weights cost, beside the squares of the oldest changes. @default {1e-3} */
  ridge?: number;
}

/**
 * Foretells by linear autoregression, fitted in closed form: `ŷ − x_T = W (x − x_T) + b`, a row of W for each step of the horizon.
 *
 * @param train The windows to learn from.
 * @param options How weights are held back.
 * @throws {RangeError} If there are no windows.
 */
export function linearForecast(
  train: readonly ForecastWindow[],
  { ridge = 1e-3 }: LinearForecastOptions = {},
): ForecastMethod {
  if (train.length === 0) {
    throw new RangeError("Cannot forecast as there are no windows to learn from");
  }
  const changes = ({ past }: ForecastWindow) =>
    past.slice(0, -1).map((value) => value - past.at(-1)!);
  const rows = train.map(changes);
  const squares = rows.reduce((sum, row) => sum + row[0]! ** 2, 0);
  const targets = train.map(({ past, future }) => future.map((value) => value - past.at(-1)!));
  const map = ridgeRegression(rows, targets, { strength: ridge * squares });
  return {
    name: `linear in the last ${train[0]!.past.length} values`,
    forecast: (windows) =>
      windows.map((window) =>
        map.predict(changes(window)).map((change) => window.past.at(-1)! + change)
      ),
  };
}

/**
 * Foretells by a model.
 *
 * @param name What it is called.
 * @param model The model, which reads and gives standardized values; it is left in the mode it was in.
 * @param scaler How values are standardized.
 */
export function modelForecast(
  name: string,
  model: SeriesForecaster,
  scaler: Standardizer,
): ForecastMethod {
  return {
    name,
    async forecast(windows) {
      const { training } = model;
      model.eval();
      const found: number[][] = [];
      for await (const batch of new DataLoader(windows, { batchSize: 256 })) {
        const y = tidy(() => {
          const past = batch.map((window) => window.past.flatMap((value) => scaler.apply([value])));
          return model.forward(tf.expandDims(tf.tensor2d(past), 2));
        });
        const values = await y.data();
        y.dispose();
        const { horizon } = model;
        for (let i = 0; i < values.length; i += horizon) {
          found.push(Array.from(values.subarray(i, i + horizon), (value) => scaler.restore(value)));
        }
      }
      if (training) model.train();
      return found;
    },
  };
}

/** How good a way to foretell is. */
export interface ForecastScore {
  /** What it is called. */
  name: string;
  /** Root mean squared error, in the unit of the series. */
  rmse: Interval;
  /** Mean absolute error, in the unit of the series. */
  mae: Interval;
  /** Mean absolute scaled error: below 1 it beats the naive forecast one step ahead on what was learned from. */
  mase: Interval;
  /** How much its absolute error is above that of the first way, on the same windows. */
  beside: Comparison;
}

/** Ways to foretell, measured on the same windows; prints itself. */
export class ForecastReport {
  /** The scores, in the order of the ways. */
  readonly scores: readonly ForecastScore[];

  /**
   * Makes a report.
   *
   * @param scores The scores.
   */
  constructor(scores: readonly ForecastScore[]) {
    this.scores = scores;
  }

  /** As a table. */
  table(): TableBundle {
    const rows = this.scores.map(({ name, rmse, mae, mase, beside }, i) => [
      name,
      String(rmse),
      String(mae),
      String(mase),
      i === 0 ? "" : String(beside),
    ]);
    return table(rows, { head: ["", "RMSE", "MAE", "MASE", "MAE − that of the first"] });
  }

  /** The table as text. */
  toString(): string {
    return this.table()["text/plain"];
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): TableBundle {
    return this.table();
  }
}

/**
 * Measures ways to foretell on the same windows, with intervals that draw whole windows: they should not overlap.
 *
 * @param methods The ways; the first one is what the others are compared with.
 * @param windows What is foretold.
 * @param options `known`: the values that were learned from, by which errors are scaled; `season`: steps of a season (1); `seed` of the
 *   draws (0).
 */
export async function evaluateForecasts(
  methods: readonly ForecastMethod[],
  windows: readonly ForecastWindow[],
  { known, season = 1, seed = 0 }: { known: ArrayLike<number>; season?: number; seed?: number },
): Promise<ForecastReport> {
  const actual = windows.map(({ future }) => future);
  const mase = meanAbsoluteScaledError(known, season);
  const all: number[][][] = [];
  for (const method of methods) all.push(await method.forecast(windows));
  return new ForecastReport(all.map((found, i) => ({
    name: methods[i]!.name,
    rmse: bootstrap(forecastRMSE, [found, actual], { seed }),
    mae: bootstrap(forecastMAE, [found, actual], { seed }),
    mase: bootstrap(mase, [found, actual], { seed }),
    beside: compare(forecastMAE, [found, actual], [all[0]!, actual], { seed }),
  })));
}

/** What {@link standardizedWindows} gives. */
export interface StandardizedWindows {
  /** Mean and deviation of what was learned from. */
  scaler: Standardizer;
  /** The windows to learn from, in units of the deviation. */
  train: ForecastWindow[];
}

/**
 * Cuts what comes before a moment into windows to learn from, standardized by that part alone, so that nothing of later leaks in.
 *
 * @param values The series.
 * @param options `before`: where what is held out begins; lengths of the windows.
 * @throws {RangeError} If there is no window.
 */
export function standardizedWindows(
  values: ArrayLike<number>,
  { before, contextLength, horizon = 1 }: {
    before: number;
    contextLength: number;
    horizon?: number;
  },
): StandardizedWindows {
  const known = Array.from(values).slice(0, before);
  const scaler = new Standardizer(known.map((value) => [value]));
  const scaled = known.flatMap((value) => scaler.apply([value]));
  return { scaler, train: forecastWindows(scaled, { contextLength, horizon }) };
}
