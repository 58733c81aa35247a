import { solvePositive } from "./solve.ts";

/** A linear map from rows of numbers to numbers. */
export interface LinearMap {
  /** The weights of the columns for each output. */
  weights: Float64Array[];
  /** The constant of each output. */
  bias: number[];
  /** The outputs for a row. */
  predict(row: ArrayLike<number>): number[];
}

/**
 * Ridge regression in closed form: `min Σ (W x + b − y)² + a ‖W‖²`, with the bias free.
 *
 * @param rows The inputs.
 * @param targets The outputs of each row.
 * @param options `strength`: a. @default {1}
 * @throws {RangeError} If there is not one target for each row, or none.
 * @see Hoerl and Kennard, 1970, "Ridge Regression", https://doi.org/10.1080/00401706.1970.10488634
 */
export function ridgeRegression(
  rows: readonly ArrayLike<number>[],
  targets: readonly ArrayLike<number>[],
  { strength = 1 }: { strength?: number } = {},
): LinearMap {
  if (rows.length !== targets.length || rows.length === 0) {
    throw new RangeError(
      `Cannot learn as there must be targets for each row, and some rows: current numbers are ${rows.length} rows and ${targets.length} targets`,
    );
  }
  const [width, outputs] = [rows[0]!.length, targets[0]!.length];
  const means = (all: readonly ArrayLike<number>[], size: number) =>
    Float64Array.from(
      { length: size },
      (_, c) => all.reduce((sum, row) => sum + row[c]!, 0) / all.length,
    );
  const [center, level] = [means(rows, width), means(targets, outputs)];
  const matrix = Array.from({ length: width }, () => new Float64Array(width));
  const right = Array.from({ length: outputs }, () => new Float64Array(width));
  for (const [r, row] of rows.entries()) {
    const moved = center.map((mean, c) => row[c]! - mean);
    for (let i = 0; i < width; i++) {
      if (moved[i] === 0) continue;
      for (let j = 0; j <= i; j++) matrix[i]![j]! += moved[i]! * moved[j]!;
      for (let k = 0; k < outputs; k++) {
        right[k]![i]! += moved[i]! * (targets[r]![k]! - level[k]!);
      }
    }
  }
  for (let i = 0; i < width; i++) matrix[i]![i]! += strength;
  const weights = right.map((side) => solvePositive(matrix, side));
  const bias = weights.map((w, k) =>
    level[k]! - w.reduce((sum, weight, c) => sum + weight * center[c]!, 0)
  );
  return {
    weights,
    bias,
    predict: (row) =>
      weights.map((w, k) => w.reduce((sum, weight, c) => sum + weight * row[c]!, bias[k]!)),
  };
}
