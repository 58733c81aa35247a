import { lengthOf, type Metric, ratio } from "./metric.ts";

/** A metric of scores, higher for class 1, and of labels, 0 or 1. */
export type ScoreMetric = Metric<[score: number, label: number]>;

/** The receiver operating characteristic: both rates at each threshold, from the highest down. */
export interface RocCurve {
  /** The share of class 0 that scores at least the threshold. */
  falsePositiveRate: number[];
  /** The share of class 1 that scores at least the threshold. */
  truePositiveRate: number[];
  /** The thresholds; the first one lets nothing through. */
  thresholds: number[];
}

/** Precision and recall at each threshold, from the highest down. */
export interface PrecisionRecallCurve {
  /** The share of what scores at least the threshold that is of class 1. */
  precision: number[];
  /** The share of class 1 that scores at least the threshold. */
  recall: number[];
  /** The thresholds. */
  thresholds: number[];
}

/** At each different score, from the highest down: how many of each class score at least that. */
function steps(scores: ArrayLike<number>, labels: ArrayLike<number>) {
  const length = lengthOf("a curve", [scores, labels]);
  const order = Array.from({ length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const found: { threshold: number; positives: number; negatives: number }[] = [];
  let [positives, negatives] = [0, 0];
  order.forEach((i, place) => {
    const [score, label] = [scores[i]!, labels[i]!];
    if (Number.isNaN(score) || (label !== 0 && label !== 1)) {
      throw new RangeError(
        `Cannot draw a curve as labels must be 0 or 1 and scores must be numbers: ` +
          `current label at ${i} is ${label}, score ${score}`,
      );
    }
    if (label === 1) positives++;
    else negatives++;
    if (scores[order[place + 1]!] !== score) found.push({ threshold: score, positives, negatives });
  });
  return { found, positives, negatives };
}

/**
 * The receiver operating characteristic.
 *
 * @param scores Higher for class 1.
 * @param labels 0 or 1.
 * @throws {RangeError} If a label is neither 0 nor 1, or a class has no example.
 */
export function rocCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): RocCurve {
  const { found, positives, negatives } = steps(scores, labels);
  if (positives === 0 || negatives === 0) {
    throw new RangeError(
      `Cannot draw the ROC curve as both classes must have examples: ` +
        `current numbers are ${negatives} of class 0 and ${positives} of class 1`,
    );
  }
  return {
    falsePositiveRate: [0, ...found.map((step) => step.negatives / negatives)],
    truePositiveRate: [0, ...found.map((step) => step.positives / positives)],
    thresholds: [Infinity, ...found.map(({ threshold }) => threshold)],
  };
}

/**
 * The area under the ROC curve: how likely an example of class 1 scores higher than one of class 0; `rocAuc(scores, labels)`.
 *
 * @see Hanley and McNeil, 1982, "The meaning and use of the area under a receiver operating characteristic curve"
 */
export const rocAuc: ScoreMetric = (scores, labels): number => {
  const { falsePositiveRate: x, truePositiveRate: y } = rocCurve(scores, labels);
  let area = 0;
  for (let i = 1; i < x.length; i++) area += (x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!) / 2;
  return area;
};

/**
 * Makes the ROC-AUC of more than two classes, each against the rest.
 *
 * @param average `"macro"`, the classes' mean, or `"weighted"` by their numbers of examples.
 * @returns A metric of columns of class scores, one array an example, and of labels.
 */
export function rocAucOneVsRest(
  average: "macro" | "weighted" = "macro",
): Metric<[scores: ArrayLike<number>, label: number]> {
  return (scores, labels) => {
    const length = lengthOf("ROC-AUC", [scores, labels]);
    const rows = Array.from({ length }, (_, i) => i);
    let [sum, weights] = [0, 0];
    for (let k = 0; k < scores[0]!.length; k++) {
      const own = rows.map((i) => Number(labels[i] === k));
      const weight = average === "macro" ? 1 : own.reduce((a, b) => a + b, 0);
      sum += weight * rocAuc(rows.map((i) => scores[i]![k]!), own);
      weights += weight;
    }
    return sum / weights;
  };
}

/**
 * Precision and recall at each threshold.
 *
 * @param scores Higher for class 1.
 * @param labels 0 or 1.
 * @throws {RangeError} If a label is neither 0 nor 1.
 */
export function precisionRecallCurve(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): PrecisionRecallCurve {
  const { found, positives } = steps(scores, labels);
  return {
    precision: found.map((step) => step.positives / (step.positives + step.negatives)),
    recall: found.map((step) => ratio(step.positives, positives)),
    thresholds: found.map(({ threshold }) => threshold),
  };
}

/**
 * Average precision, the area under the precision-recall curve by steps: `Σ (R_n − R_{n−1}) P_n`;
 * `averagePrecision(scores, labels)`.
 */
export const averagePrecision: ScoreMetric = (scores, labels): number => {
  const { precision, recall } = precisionRecallCurve(scores, labels);
  return recall.reduce((sum, r, i) => sum + (r - (recall[i - 1] ?? 0)) * precision[i]!, 0);
};
