import { type CountedMetric, countedMetric, type Metric, ratio } from "./metric.ts";
import { ConfusionMatrix } from "./confusion.ts";

/** The share of predictions that equal their labels; `accuracy(predictions, labels)`. */
export const accuracy: CountedMetric<[prediction: number, label: number]> = countedMetric(
  "accuracy",
  (prediction, label) => [Number(prediction === label), 1],
  ([right, all]) => ratio(right!, all!),
);

/**
 * Makes the metric that counts a prediction as right if the label is among the `k` highest scores.
 *
 * @param k How many scores count. Of equal scores those of lower classes come first.
 * @returns A metric of columns of scores, one array an example, and of labels.
 */
export function topKAccuracy(
  k: number,
): CountedMetric<[scores: ArrayLike<number>, label: number]> {
  return countedMetric("top-k accuracy", (scores, label) => {
    let rank = 0;
    for (let i = 0; i < scores.length; i++) {
      if (scores[i]! > scores[label]! || (scores[i] === scores[label] && i < label)) rank++;
    }
    return [Number(rank < k), 1];
  }, ([right, all]) => ratio(right!, all!));
}

/** The mean of the classes' recalls, which no common class can dominate; `balancedAccuracy(predictions, labels)`. */
export const balancedAccuracy: Metric<[prediction: number, label: number]> = (
  predictions,
  labels,
): number => {
  const matrix = ConfusionMatrix.of(predictions, labels);
  const present = matrix.classes.map((_, k) => k).filter((k) => matrix.support(k) > 0);
  const recalls = present.map((k) => matrix.counts[k]![k]! / matrix.support(k));
  return recalls.reduce((a, b) => a + b, 0) / recalls.length;
};
