import { BagOfWords, type BagOfWordsOptions, type SparseRow } from "./bag_of_words.ts";
import { countLabels, type TextClassifier } from "./classifier.ts";
import { minimize } from "./minimize.ts";
import { softmax } from "./naive_bayes.ts";

/** How {@link logisticRegression} learns. */
export interface LogisticRegressionOptions extends BagOfWordsOptions {
  /** How much the examples count against the squared weights, as scikit-learn's `C`. @default {1} */
  strength?: number;
}

/** A classifier of texts whose weights can be looked at. */
export interface LinearTextClassifier extends TextClassifier {
  /** The features that the weights are of. */
  readonly features: readonly string[];
  /** The weights of the features for each class; with two classes, those for class 1 alone. */
  readonly weights: readonly Float64Array[];
  /** The constants of the classes; with two classes, that of class 1 alone. */
  readonly bias: readonly number[];
}

/**
 * Logistic regression on bags of words: `min C Σ −ln p(label) + ½ ‖W‖²`, with the bias free; the minimum that scikit-learn finds.
 *
 * @param texts The texts to learn from.
 * @param labels Their classes.
 * @param options What is counted (by default tf-idf), and the strength.
 * @throws {RangeError} If there is not one label for each text, or fewer than two classes.
 */
export function logisticRegression(
  texts: readonly string[],
  labels: readonly number[],
  { strength = 1, tfIdf = true, ...options }: LogisticRegressionOptions = {},
): LinearTextClassifier {
  const numLabels = countLabels(texts, labels);
  if (numLabels < 2) {
    throw new RangeError("Cannot learn as there must be two classes or more: current number is 1");
  }
  const bag = new BagOfWords(texts, { tfIdf, ...options });
  const rows = texts.map((text) => bag.row(text));
  const [width, outputs] = [bag.features.length, numLabels === 2 ? 1 : numLabels];
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
    { tolerance: 1e-5 * strength },
  );
  const parts = Array.from({ length: outputs }, (_, k) => place.subarray(k * span, (k + 1) * span));
  return {
    name: "bag of words, logistic regression",
    numLabels,
    features: bag.features,
    weights: parts.map((part) => part.slice(0, width)),
    bias: parts.map((part) => part[width]!),
    probabilities: (texts) =>
      texts.map((text) => probabilitiesOf(logitsOf(bag.row(text), place, outputs, span))),
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
