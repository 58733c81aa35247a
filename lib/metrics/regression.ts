import { type CountedMetric, countedMetric } from "./metric.ts";

/** A metric of predicted and of true numbers. */
export type RegressionMetric = CountedMetric<[prediction: number, target: number]>;

/** The mean squared error; `meanSquaredError(predictions, targets)`. */
export const meanSquaredError: RegressionMetric = countedMetric(
  "the mean squared error",
  (prediction, target) => [(prediction - target) ** 2, 1],
  ([sum, count]) => sum! / count!,
);

/** The root of the mean squared error, in the unit of the targets. */
export const rootMeanSquaredError: RegressionMetric = countedMetric(
  "the root mean squared error",
  meanSquaredError.counts,
  (sums) => Math.sqrt(meanSquaredError.from(sums)),
);

/** The mean absolute error, in the unit of the targets. */
export const meanAbsoluteError: RegressionMetric = countedMetric(
  "the mean absolute error",
  (prediction, target) => [Math.abs(prediction - target), 1],
  ([sum, count]) => sum! / count!,
);

/** The share of the targets' variance that is predicted: R². It is 1 at best, and below 0 if the mean predicts better. */
export const rSquared: RegressionMetric = countedMetric(
  "R²",
  (prediction, target) => [(prediction - target) ** 2, target, target ** 2, 1],
  ([errors, sum, squares, count]) => 1 - errors! / (squares! - sum! ** 2 / count!),
);
