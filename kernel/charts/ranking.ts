/** What a classifier of two classes said, and what was true. */
export interface Ranking {
  /** How sure it was of the positive class; only their order matters. */
  scores: ArrayLike<number>;
  /** Whether each was of the positive class: 1 or true, else 0 or false. */
  targets: ArrayLike<number | boolean>;
}

/** A curve, and the area that tells it in one number. */
export interface RankingCurve {
  /** The points, in order. */
  points: [x: number, y: number][];
  /** The area: under a ROC curve, or the average precision. */
  area: number;
}

/**
 * Finds the ROC curve: the share of negatives above a threshold, and the share of positives above it.
 *
 * The area is the probability that a positive has the higher score than a negative, ties counting half.
 *
 * @param ranking Scores and truths.
 * @returns The points from (0, 0) to (1, 1), one a threshold, and the area.
 * @throws {RangeError} If there are more or fewer targets than scores, a score is NaN, or a class is missing.
 *
 * @example
 * ```ts
 * import { rocCurve } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const { points, area } = rocCurve({ scores: [0.9, 0.8, 0.4, 0.1], targets: [1, 0, 1, 0] });
 * assert.deepEqual(points, [[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]]);
 * assert.equal(area, 0.75);
 * ```
 *
 * @see Fawcett, 2006, "An introduction to ROC analysis", https://doi.org/10.1016/j.patrec.2005.10.010
 */
export function rocCurve(ranking: Ranking): RankingCurve {
  const { steps, positives, negatives } = thresholds(ranking, true);
  const points: [number, number][] = [[0, 0]];
  let area = 0;
  for (const [truePositives, falsePositives] of steps) {
    const [x, y] = [falsePositives / negatives, truePositives / positives];
    const [lastX, lastY] = points.at(-1)!;
    area += (x - lastX) * (y + lastY) / 2;
    points.push([x, y]);
  }
  return { points, area };
}

/**
 * Finds the precision–recall curve: the share of positives above a threshold, and the share of those above it that are positive.
 *
 * The area is the average precision, Σ (Rₖ − Rₖ₋₁) Pₖ, which mixes no two thresholds.
 *
 * @param ranking Scores and truths.
 * @returns The points by growing recall, and the average precision.
 * @throws {RangeError} If there are more or fewer targets than scores, a score is NaN, or there is no positive.
 *
 * @example
 * ```ts
 * import { precisionRecallCurve } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const { area } = precisionRecallCurve({ scores: [0.9, 0.8, 0.4, 0.1], targets: [1, 0, 1, 0] });
 * assert.equal(area, 0.5 * 1 + 0.5 * 2 / 3);
 * ```
 */
export function precisionRecallCurve(ranking: Ranking): RankingCurve {
  const { steps, positives } = thresholds(ranking, false);
  const points: [number, number][] = [];
  let [area, last] = [0, 0];
  for (const [truePositives, falsePositives] of steps) {
    const [recall, precision] = [
      truePositives / positives,
      truePositives / (truePositives + falsePositives),
    ];
    area += (recall - last) * precision;
    last = recall;
    points.push([recall, precision]);
  }
  points.unshift([0, points[0]![1]]);
  return { points, area };
}

/** How many positives and negatives lie at or above each score, from the highest score down. */
function thresholds({ scores, targets }: Ranking, negativesToo: boolean) {
  if (scores.length !== targets.length) {
    throw new RangeError(
      `Cannot rank as there must be ${scores.length} targets, one for each score: ` +
        `current number is ${targets.length}`,
    );
  }
  const order = Array.from(scores, (score, i) => ({ score, positive: Boolean(targets[i]) }));
  const strange = order.findIndex(({ score }) => Number.isNaN(score));
  if (strange >= 0) {
    throw new RangeError(`Cannot rank as no score may be NaN: current score ${strange} is`);
  }
  order.sort((a, b) => b.score - a.score || 0);
  const positives = order.filter(({ positive }) => positive).length;
  const negatives = order.length - positives;
  if (positives === 0 || (negativesToo && negatives === 0)) {
    throw new RangeError(
      `Cannot rank as both classes must occur: current numbers are ${positives} positive and ${negatives} negative`,
    );
  }
  const steps: [number, number][] = [];
  let [above, wrong] = [0, 0];
  for (const [i, { score, positive }] of order.entries()) {
    if (positive) above++;
    else wrong++;
    if (order[i + 1]?.score !== score) steps.push([above, wrong]);
  }
  return { steps, positives, negatives };
}
