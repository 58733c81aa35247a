import { Rng } from "../tensor/mod.ts";
import { countLabels, type TextClassifier } from "./classifier.ts";

/** The share of each class. */
function shares(texts: readonly string[], labels: readonly number[]): Float64Array {
  const found = new Float64Array(countLabels(texts, labels));
  for (const label of labels) found[label]! += 1 / labels.length;
  return found;
}

/**
 * A classifier that looks at nothing and gives each class its share among the labels, so that it predicts the commonest.
 *
 * @param texts The texts to learn from.
 * @param labels Their classes.
 * @throws {RangeError} If there is not one label for each text.
 */
export function majorityClassifier(
  texts: readonly string[],
  labels: readonly number[],
): TextClassifier {
  const share = shares(texts, labels);
  return {
    name: "majority",
    numLabels: share.length,
    probabilities: (texts) => texts.map(() => share.slice()),
  };
}

/**
 * A classifier that looks at nothing and guesses each class as often as the labels have it.
 *
 * @param texts The texts to learn from.
 * @param labels Their classes.
 * @param options `seed` fixes the guesses. @default {0}
 * @throws {RangeError} If there is not one label for each text.
 */
export function randomClassifier(
  texts: readonly string[],
  labels: readonly number[],
  { seed = 0 }: { seed?: number } = {},
): TextClassifier {
  const share = shares(texts, labels);
  return {
    name: "random",
    numLabels: share.length,
    probabilities(texts) {
      const random = new Rng(seed);
      return texts.map(() => {
        let rest = random.uniform();
        const guess = share.findIndex((part) => (rest -= part) < 0);
        return share.map((_, k) => Number(k === (guess < 0 ? share.length - 1 : guess)));
      });
    },
  };
}
