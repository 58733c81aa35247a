import { BagOfWords, type BagOfWordsOptions } from "./bag_of_words.ts";
import { countLabels, type TextClassifier } from "./classifier.ts";
import { fitLogistic } from "./logistic_fit.ts";

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
  const bag = new BagOfWords(texts, { tfIdf, ...options });
  const rows = texts.map((text) => bag.row(text));
  const fit = fitLogistic(rows, labels, { width: bag.features.length, numLabels, strength });
  return {
    name: "bag of words, logistic regression",
    numLabels,
    features: bag.features,
    weights: fit.weights,
    bias: fit.bias,
    probabilities: (texts) => texts.map((text) => fit.probabilities(bag.row(text))),
  };
}
