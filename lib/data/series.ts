import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";

/** How numbers are brought to mean 0 and deviation 1, and back. */
export class Standardizer {
  /** The mean of each column. */
  readonly mean: readonly number[];
  /** The standard deviation of each column; 1 for a column that does not change. */
  readonly std: readonly number[];

  /**
   * Measures mean and deviation (with n, as scikit-learn's `StandardScaler`).
   *
   * @param rows The rows to learn from: those of training alone, as what is held out must not be known.
   * @throws {RangeError} If there are none.
   */
  constructor(rows: readonly ArrayLike<number>[]) {
    if (rows.length === 0) throw new RangeError("Cannot standardize as there are no rows");
    const columns = Array.from({ length: rows[0]!.length }, (_, c) => rows.map((row) => row[c]!));
    this.mean = columns.map((column) => column.reduce((sum, x) => sum + x, 0) / column.length);
    this.std = columns.map((column, c) =>
      Math.sqrt(column.reduce((sum, x) => sum + (x - this.mean[c]!) ** 2, 0) / column.length) || 1
    );
  }

  /** The row in units of the deviation. */
  apply(row: ArrayLike<number>): number[] {
    return Array.from(row, (x, c) => (x - this.mean[c]!) / this.std[c]!);
  }

  /** A number of a column in its own unit again. */
  restore(value: number, column = 0): number {
    return value * this.std[column]! + this.mean[column]!;
  }
}

/** What is known at a moment, and what follows. */
export interface ForecastWindow {
  /** The place of the first value that follows. */
  at: number;
  /** The values before, oldest first. */
  past: number[];
  /** The values that follow. */
  future: number[];
}

/** How {@link forecastWindows} cuts. */
export interface ForecastWindowOptions {
  /** How many values are known. */
  contextLength: number;
  /** How many are to be foretold. @default {1} */
  horizon?: number;
  /** Places between two windows. @default {1} */
  stride?: number;
  /** The first value that may be foretold. @default {contextLength} */
  from?: number;
  /** Where what is foretold ends. @default {the end of the values} */
  to?: number;
}

/**
 * Cuts a series into windows. What is foretold lies within `from` and `to`; what is known may lie before.
 *
 * @param values The series.
 * @param options Lengths and places.
 * @throws {RangeError} If there is no window.
 */
export function forecastWindows(
  values: ArrayLike<number>,
  { contextLength, horizon = 1, stride = 1, from = contextLength, to = values.length }:
    ForecastWindowOptions,
): ForecastWindow[] {
  const windows: ForecastWindow[] = [];
  const all = Array.from(values);
  for (
    let at = Math.max(from, contextLength);
    at + horizon <= Math.min(to, all.length);
    at += stride
  ) {
    windows.push({
      at,
      past: all.slice(at - contextLength, at),
      future: all.slice(at, at + horizon),
    });
  }
  if (windows.length === 0) {
    throw new RangeError(
      `Cannot cut windows as ${contextLength} known and ${horizon} foretold values must fit: current values are ${all.length}, ` +
        `to be foretold from ${from} to ${to}`,
    );
  }
  return windows;
}

/**
 * Cuts a series in time: each fold is measured on a stretch, and may learn from all that came before.
 *
 * @param length Values in the series.
 * @param options `folds`, how many stretches (1); `share`, how much of the series they cover together, at its end (0.2).
 * @returns Where each stretch begins and ends.
 * @throws {RangeError} If a stretch would be empty.
 * @see Tashman, 2000, "Out-of-sample tests of forecasting accuracy", https://doi.org/10.1016/S0169-2070(00)00065-0: rolling origins
 */
export function walkForward(
  length: number,
  { folds = 1, share = 0.2 }: { folds?: number; share?: number } = {},
): { from: number; to: number }[] {
  const size = Math.floor(length * share / folds);
  if (!(size >= 1 && size * folds < length)) {
    throw new RangeError(
      `Cannot walk forward as ${folds} stretches must fit into ${share} of the series: current length is ${length}`,
    );
  }
  const first = length - size * folds;
  return Array.from({ length: folds }, (_, i) => ({
    from: first + i * size,
    to: first + (i + 1) * size,
  }));
}

/**
 * Makes a batch of windows of standardized values; what a `DataLoader` takes as `collate`.
 *
 * @param windows At least one.
 * @returns `inputs`, `[B, T, 1]`, and `targets`, `[B, horizon]`; the caller frees them.
 */
export function collateForecasts(
  windows: readonly ForecastWindow[],
): { inputs: Tensor; targets: Tensor } {
  return {
    inputs: tf.tidy(() => tf.expandDims(tf.tensor2d(windows.map(({ past }) => past)), 2)),
    targets: tf.tensor2d(windows.map(({ future }) => future)),
  };
}
