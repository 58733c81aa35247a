import type { SparseRow } from "./bag_of_words.ts";
import { countLabels } from "./classifier.ts";
import { fitLogistic } from "./logistic_fit.ts";
import { softmax } from "./naive_bayes.ts";

/** A classifier of rows of numbers that learned from examples. */
export interface TableClassifier {
  /** What it is called in a table. */
  readonly name: string;
  /** The number of classes. */
  readonly numLabels: number;
  /** The probabilities of the classes for each row. */
  probabilities(rows: readonly ArrayLike<number>[]): Float64Array[];
}

/** A {@link TableClassifier} whose weights can be looked at. */
export interface LinearTableClassifier extends TableClassifier {
  /** The weights of the columns for each class; with two classes, those for class 1 alone. */
  readonly weights: readonly Float64Array[];
  /** The constants of the classes; with two classes, that of class 1 alone. */
  readonly bias: readonly number[];
}

const every = (row: ArrayLike<number>): SparseRow => ({
  columns: Uint32Array.from({ length: row.length }, (_, i) => i),
  values: Float64Array.from(row),
});

/**
 * Logistic regression on rows of numbers: `min C Σ −ln p(label) + ½ ‖W‖²`, with the bias free; the minimum that scikit-learn finds.
 *
 * @param rows The rows to learn from; standardize them, as weights of all columns are held back alike.
 * @param labels Their classes.
 * @param options `strength`: C. @default {1}
 * @throws {RangeError} If there is not one label for each row, or fewer than two classes.
 */
export function tableLogisticRegression(
  rows: readonly ArrayLike<number>[],
  labels: readonly number[],
  { strength = 1 }: { strength?: number } = {},
): LinearTableClassifier {
  const numLabels = countLabels(rows, labels);
  const width = rows[0]!.length;
  const fit = fitLogistic(rows.map(every), labels, { width, numLabels, strength });
  return {
    name: "logistic regression",
    numLabels,
    weights: fit.weights,
    bias: fit.bias,
    probabilities: (rows) => rows.map((row) => fit.probabilities(every(row))),
  };
}

/**
 * Gaussian naive Bayes: each class draws each column from a normal distribution of its own. It only counts, and follows no gradient.
 *
 * @param rows The rows to learn from.
 * @param labels Their classes.
 * @param options `smoothing`: added to all variances, as a share of the largest one. @default {1e-9}
 * @throws {RangeError} If there is not one label for each row.
 * @see Hastie, Tibshirani and Friedman, 2009, "The Elements of Statistical Learning", section 6.6.3
 */
export function gaussianNaiveBayes(
  rows: readonly ArrayLike<number>[],
  labels: readonly number[],
  { smoothing = 1e-9 }: { smoothing?: number } = {},
): TableClassifier {
  const numLabels = countLabels(rows, labels);
  const width = rows[0]!.length;
  const moments = (part: readonly ArrayLike<number>[], c: number) => {
    const mean = part.reduce((sum, row) => sum + row[c]!, 0) / part.length;
    const variance = part.reduce((sum, row) => sum + (row[c]! - mean) ** 2, 0) / part.length;
    return { mean, variance };
  };
  const columns = Array.from({ length: width }, (_, c) => c);
  const least = smoothing * Math.max(...columns.map((c) => moments(rows, c).variance));
  const classes = Array.from({ length: numLabels }, (_, k) => {
    const part = rows.filter((_, i) => labels[i] === k);
    return {
      prior: Math.log(part.length / rows.length),
      columns: columns.map((c) => {
        const { mean, variance } = moments(part, c);
        return { mean, variance: variance + least };
      }),
    };
  });
  return {
    name: "Gaussian naive Bayes",
    numLabels,
    probabilities: (rows) =>
      rows.map((row) =>
        softmax(classes.map(({ prior, columns }) =>
          columns.reduce(
            (sum, { mean, variance }, c) =>
              sum - Math.log(2 * Math.PI * variance) / 2 - (row[c]! - mean) ** 2 / (2 * variance),
            prior,
          )
        ))
      ),
  };
}

/**
 * The classes of the nearest rows: nothing is learned, all is kept.
 *
 * @param rows The rows to learn from; standardize them.
 * @param labels Their classes.
 * @param options `neighbours`: how many rows are asked. @default {15}
 * @throws {RangeError} If there is not one label for each row.
 * @see Cover and Hart, 1967, "Nearest Neighbor Pattern Classification", https://doi.org/10.1109/TIT.1967.1053964
 */
export function nearestNeighbours(
  rows: readonly ArrayLike<number>[],
  labels: readonly number[],
  { neighbours = 15 }: { neighbours?: number } = {},
): TableClassifier {
  const numLabels = countLabels(rows, labels);
  const known = rows.map((row) => Float64Array.from(row));
  const count = Math.min(neighbours, rows.length);
  return {
    name: `the ${count} nearest`,
    numLabels,
    probabilities: (rows) =>
      rows.map((row) => {
        const near = known
          .map((other, i) => ({
            label: labels[i]!,
            distance: other.reduce((sum, value, c) => sum + (value - row[c]!) ** 2, 0),
          }))
          .sort((a, b) => a.distance - b.distance)
          .slice(0, count);
        const shares = new Float64Array(numLabels);
        for (const { label } of near) shares[label]! += 1 / count;
        return shares;
      }),
  };
}
