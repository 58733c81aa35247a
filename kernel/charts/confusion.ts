import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import type { Figure, HeatmapTrace } from "./figure.ts";
import { heatmapFigure } from "./heatmap.ts";
import { checkMatrix, indices } from "./values.ts";

/** How {@link confusionMatrixFigure} draws. */
export interface ConfusionMatrixOptions {
  /** The title. @default {""} */
  title?: string;
  /** The names of the classes. @default {their numbers} */
  classes?: readonly string[];
  /** Whether the colours are shares of the true class, so that rare classes show too. @default {false} */
  normalize?: boolean;
}

/**
 * Counts how often each class was taken for each other.
 *
 * @param targets The true classes, from 0.
 * @param predictions The predicted classes, as many.
 * @param numClasses How many classes there are.
 * @returns The counts: `counts[target][prediction]`.
 * @throws {RangeError} If there are more or fewer predictions than targets, or a class is not in range.
 */
export function confusionCounts(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  numClasses: number,
): number[][] {
  if (targets.length !== predictions.length) {
    throw new RangeError(
      `Cannot count confusions as there must be ${targets.length} predictions, one for each target: ` +
        `current number is ${predictions.length}`,
    );
  }
  const counts = indices(numClasses).map(() => new Array<number>(numClasses).fill(0));
  for (let i = 0; i < targets.length; i++) {
    const [target, prediction] = [targets[i]!, predictions[i]!];
    for (const one of [target, prediction]) {
      if (!Number.isInteger(one) || one < 0 || one >= numClasses) {
        throw new RangeError(
          `Cannot count confusions as a class must be an integer from 0 to ${numClasses - 1}: ` +
            `current class is ${one}`,
        );
      }
    }
    counts[target]![prediction]!++;
  }
  return counts;
}

/**
 * Draws how often each class was taken for each other, as a plotly figure: true classes downwards, predicted ones across.
 *
 * @param counts The counts: `counts[target][prediction]`.
 * @param options Title, names and colours.
 * @throws {RangeError} If the counts are not a square, or there are more or fewer names than classes.
 *
 * @example
 * ```ts
 * import { confusionCounts, confusionMatrixFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const counts = confusionCounts([0, 0, 1, 1], [0, 1, 1, 1], 2);
 * assert.deepEqual(counts, [[1, 1], [0, 2]]);
 * assert.deepEqual(confusionMatrixFigure(counts).data[0]!.z, counts);
 * ```
 */
export function confusionMatrixFigure(
  counts: readonly ArrayLike<number>[],
  options: ConfusionMatrixOptions = {},
): Figure<HeatmapTrace> {
  const { title = "", normalize = false } = options;
  checkMatrix(counts, "a confusion matrix");
  const [height, width] = [counts.length, counts[0]!.length];
  if (width !== height) {
    throw new RangeError(
      `Cannot draw a confusion matrix as it must be a square: current shape is [${height}, ${width}]`,
    );
  }
  const classes = options.classes ?? indices(height).map(String);
  const rows = counts.map((row) => Array.from(row));
  const totals = rows.map((row) => row.reduce((sum, n) => sum + n, 0));
  const shares = rows.map((row, i) => row.map((n) => totals[i] ? n / totals[i]! : 0));
  const text = normalize
    ? shares.map((row) => row.map((share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`))
    : rows.map((row) => row.map((n) => n.toLocaleString("en")));
  return heatmapFigure(normalize ? shares : rows, {
    title,
    x: "predicted class",
    y: "true class",
    value: normalize ? "share of the true class" : "count",
    columns: classes,
    rows: classes,
    colors: "blues",
    range: normalize ? [0, 1] : [0, Math.max(1, ...rows.flat())],
    text: height <= 20 ? text : false,
    square: true,
  });
}

/**
 * Draws how often each class was taken for each other, as a view: coloured cells in a notebook, a table in a terminal.
 *
 * @param counts The counts: `counts[target][prediction]`.
 * @param options Title, names and colours.
 */
export function confusionMatrixChart(
  counts: readonly ArrayLike<number>[],
  options: ConfusionMatrixOptions = {},
): View {
  return chart(confusionMatrixFigure(counts, options));
}
