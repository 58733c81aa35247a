import { BagOfWords, type BagOfWordsOptions } from "./bag_of_words.ts";
import { countLabels, type TextClassifier } from "./classifier.ts";

/** How {@link naiveBayes} learns. */
export interface NaiveBayesOptions extends BagOfWordsOptions {
  /** What is added to each count, so that no word is impossible. @default {1} */
  smoothing?: number;
}

/**
 * Multinomial naive Bayes: each class draws words on its own.
 *
 * @param texts The texts to learn from.
 * @param labels Their classes.
 * @param options What is counted, and the smoothing.
 * @throws {RangeError} If there is not one label for each text.
 * @see Manning, Raghavan and Schütze, 2008, "Introduction to Information Retrieval", section 13.2
 */
export function naiveBayes(
  texts: readonly string[],
  labels: readonly number[],
  { smoothing = 1, ...options }: NaiveBayesOptions = {},
): TextClassifier {
  const numLabels = countLabels(texts, labels);
  const bag = new BagOfWords(texts, options);
  const width = bag.features.length;
  const counts = Array.from({ length: numLabels }, () => new Float64Array(width).fill(smoothing));
  const prior = new Float64Array(numLabels);
  texts.forEach((text, i) => {
    const { columns, values } = bag.row(text);
    columns.forEach((column, k) => counts[labels[i]!]![column]! += values[k]!);
    prior[labels[i]!]! += 1 / texts.length;
  });
  const logs = counts.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count) => Math.log(count / sum));
  });
  return {
    name: "naive Bayes",
    numLabels,
    probabilities: (texts) =>
      texts.map((text) => {
        const { columns, values } = bag.row(text);
        return softmax(logs.map((row, k) =>
          columns.reduce((sum, c, i) => sum + values[i]! * row[c]!, Math.log(prior[k]!))
        ));
      }),
  };
}

/** Probabilities from their logarithms, up to a constant. */
export function softmax(logs: readonly number[]): Float64Array {
  const most = Math.max(...logs);
  const parts = Float64Array.from(logs, (log) => Math.exp(log - most));
  const sum = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / sum);
}
