import { ConfusionMatrix } from "./confusion.ts";
import type { ClassMetric } from "./f1.ts";
import { ratio } from "./metric.ts";

/** What both need of a matrix: the right ones, all, and the margins. */
function margins(matrix: ConfusionMatrix) {
  const classes = matrix.classes.map((_, k) => k);
  return {
    right: classes.reduce((sum, k) => sum + matrix.counts[k]![k]!, 0),
    total: matrix.total,
    supports: classes.map((k) => matrix.support(k)),
    predicted: classes.map((k) => matrix.predicted(k)),
  };
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/**
 * Matthews' correlation coefficient of predictions and labels, of two or more classes: 1 where all is right, 0 by chance.
 *
 * @see Gorodkin, 2004, "Comparing two K-category assignments by a K-category correlation coefficient", equation 8
 */
export const matthewsCorrelation: ClassMetric = (predictions, labels): number => {
  const { right, total, supports, predicted } = margins(ConfusionMatrix.of(predictions, labels));
  const covariance = right * total - dot(supports, predicted);
  const spread = Math.sqrt(total ** 2 - dot(predicted, predicted)) *
    Math.sqrt(total ** 2 - dot(supports, supports));
  return ratio(covariance, spread);
};

/**
 * Cohen's kappa: how far predictions and labels agree beyond what their frequencies alone would give.
 *
 * @see Cohen, 1960, "A coefficient of agreement for nominal scales"
 */
export const cohensKappa: ClassMetric = (predictions, labels): number => {
  const { right, total, supports, predicted } = margins(ConfusionMatrix.of(predictions, labels));
  const chance = dot(supports, predicted) / total ** 2;
  return ratio(right / total - chance, 1 - chance);
};
