/** A classifier of texts that learned from examples: what a larger model is compared with. */
export interface TextClassifier {
  /** What it is called in a table. */
  readonly name: string;
  /** The number of classes. */
  readonly numLabels: number;
  /** The probabilities of the classes for each text. */
  probabilities(texts: readonly string[]): Float64Array[];
}

/** The likeliest class of each text; of equals the first. */
export function predictLabels(classifier: TextClassifier, texts: readonly string[]): number[] {
  return classifier.probabilities(texts).map((row) => row.indexOf(Math.max(...row)));
}

/**
 * The number of classes of labels.
 *
 * @throws {RangeError} If a label is no whole number from 0, or there are not as many labels as examples, or none.
 */
export function countLabels(texts: readonly unknown[], labels: readonly number[]): number {
  if (texts.length !== labels.length || texts.length === 0) {
    throw new RangeError(
      `Cannot learn as there must be a label for each example, and some examples: ` +
        `current numbers are ${texts.length} examples and ${labels.length} labels`,
    );
  }
  const wrong = labels.findIndex((label) => !Number.isInteger(label) || label < 0);
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot learn as labels must be whole numbers from 0: current label at ${wrong} is ${
        labels[wrong]
      }`,
    );
  }
  return labels.reduce((most, label) => Math.max(most, label), 0) + 1;
}
