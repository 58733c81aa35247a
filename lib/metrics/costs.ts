import { lengthOf } from "./metric.ts";

/** What mistakes cost. */
export interface DecisionCosts {
  /** Of an example of class 1 that is not found: a disease that is overlooked. */
  miss: number;
  /** Of an example of class 0 that is taken for one: a healthy person who is called in. */
  alarm: number;
}

/** A place to decide at, and what it brings. */
export interface DecisionThreshold {
  /** Scores from here on count as class 1. */
  threshold: number;
  /** The mean cost of an example. */
  cost: number;
  /** Examples of class 1 that are not found. */
  misses: number;
  /** Examples of class 0 that are taken for class 1. */
  alarms: number;
}

/**
 * What it costs to decide at a threshold.
 *
 * @param scores Higher for class 1.
 * @param labels 0 or 1.
 * @param threshold Scores from here on count as class 1.
 * @param costs What mistakes cost.
 * @throws {RangeError} If the columns differ in length or are empty.
 */
export function decisionCost(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  threshold: number,
  { miss, alarm }: DecisionCosts,
): DecisionThreshold {
  const length = lengthOf("the cost of decisions", [scores, labels]);
  let [misses, alarms] = [0, 0];
  for (let i = 0; i < length; i++) {
    const found = scores[i]! >= threshold;
    if (labels[i] === 1 && !found) misses++;
    if (labels[i] !== 1 && found) alarms++;
  }
  return { threshold, cost: (miss * misses + alarm * alarms) / length, misses, alarms };
}

/**
 * Finds the threshold of the least cost on examples; choose it on other examples than those it is measured on.
 *
 * Of probabilities that are right the best threshold is `alarm / (alarm + miss)`.
 *
 * @param scores Higher for class 1.
 * @param labels 0 or 1.
 * @param costs What mistakes cost.
 * @returns The threshold: halfway between two scores, or beyond them all; of equals the one in the middle.
 * @throws {RangeError} If the columns differ in length or are empty.
 * @see Elkan, 2001, "The Foundations of Cost-Sensitive Learning", theorem 1
 */
export function bestThreshold(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  costs: DecisionCosts,
): DecisionThreshold {
  const sorted = [...new Set(Array.from(scores))].sort((a, b) => a - b);
  const between = sorted.slice(1).map((score, i) => (score + sorted[i]!) / 2);
  const places = [sorted[0] ?? 0, ...between, Infinity];
  const found = places.map((threshold) => decisionCost(scores, labels, threshold, costs));
  const least = Math.min(...found.map(({ cost }) => cost));
  const best = found.filter(({ cost }) => cost <= least);
  return best[(best.length - 1) >> 1]!;
}
