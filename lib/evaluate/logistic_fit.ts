import type { SparseRow } from "./bag_of_words.ts";
import { minimize } from "./minimize.ts";
import { softmax } from "./naive_bayes.ts";

/** What logistic regression found. */
export interface LogisticFit {
  /** The weights of the columns for each class; with two classes, those for class 1 alone. */
  weights: Float64Array[];
  /** The constants of the classes; with two classes, that of class 1 alone. */
  bias: number[];
  /** The probabilities of the classes. */
  probabilities(row: SparseRow): Float64Array;
}

/**
 * Finds the minimum `min C Σ −ln p(label) + ½ ‖W‖²`, with the bias free, by L-BFGS: that of scikit-learn.
 *
 * @param rows The examples.
 * @param labels Their classes.
 * @param options The number of columns and of classes, C, and the largest slope at the end, as a share of C.
 * @throws {RangeError} If there is one class only.
 */
export function fitLogistic(
  rows: readonly SparseRow[],
  labels: readonly number[],
  { width, numLabels, strength, tolerance = 1e-5 }: {
    width: number;
    numLabels: number;
    strength: number;
    tolerance?: number;
  },
): LogisticFit {
  if (numLabels < 2) {
    throw new RangeError("Cannot learn as there must be two classes or more: current number is 1");
  }
  const outputs = numLabels === 2 ? 1 : numLabels;
  const span = width + 1; // the weights of an output, and its bias
  const place = minimize(
    (place) => {
      const gradient = place.map((weight, i) => i % span === width ? 0 : weight);
      let value = place.reduce((sum, w, i) => i % span === width ? sum : sum + w * w / 2, 0);
      rows.forEach((row, i) => {
        const logits = logitsOf(row, place, outputs, span);
        const probabilities = probabilitiesOf(logits);
        value -= strength * logProbability(logits, labels[i]!);
        for (let k = 0; k < outputs; k++) {
          const own = outputs === 1 ? 1 : k;
          const slope = strength * (probabilities[own]! - Number(labels[i] === own));
          row.columns.forEach((c, j) => gradient[k * span + c]! += slope * row.values[j]!);
          gradient[k * span + width]! += slope;
        }
      });
      return { value, gradient };
    },
    new Float64Array(outputs * span),
    { tolerance: tolerance * strength },
  );
  const parts = Array.from({ length: outputs }, (_, k) => place.subarray(k * span, (k + 1) * span));
  return {
    weights: parts.map((part) => part.slice(0, width)),
    bias: parts.map((part) => part[width]!),
    probabilities: (row) => probabilitiesOf(logitsOf(row, place, outputs, span)),
  };
}

/** The logits of a row; with two classes the logit of class 1 alone. */
function logitsOf(row: SparseRow, place: Float64Array, outputs: number, span: number): number[] {
  return Array.from({ length: outputs }, (_, k) => {
    let sum = place[k * span + span - 1]!;
    row.columns.forEach((c, j) => sum += place[k * span + c]! * row.values[j]!);
    return sum;
  });
}

function probabilitiesOf(logits: readonly number[]): Float64Array {
  return softmax(logits.length === 1 ? [0, logits[0]!] : logits);
}

function logProbability(logits: readonly number[], label: number): number {
  const all = logits.length === 1 ? [0, logits[0]!] : logits;
  const most = Math.max(...all);
  return all[label]! - most - Math.log(all.reduce((sum, one) => sum + Math.exp(one - most), 0));
}
