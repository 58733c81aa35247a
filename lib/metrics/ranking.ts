import { type CountedMetric, countedMetric, ratio } from "./metric.ts";

/** A row for metrics of rankings: items from the best down, and those that are relevant. */
export type RankingRow = [ranking: ArrayLike<number>, relevant: ReadonlySet<number>];

/** The places, from 0, at which relevant items stand among the first `k`. */
function hits(ranking: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < Math.min(k, ranking.length); i++) {
    if (relevant.has(ranking[i]!)) found.push(i);
  }
  return found;
}

/** The mean over the rows of what `of` says of one. */
function meanOver(
  name: string,
  k: number,
  of: (places: readonly number[], relevant: number) => number,
): CountedMetric<RankingRow> {
  if (!(k >= 1)) {
    throw new RangeError(`Cannot measure ${name} as k must be at least 1: current value is ${k}`);
  }
  return countedMetric<RankingRow>(
    name,
    (ranking, relevant) => [of(hits(ranking, relevant, k), relevant.size), 1],
    ([sum, count]) => ratio(sum!, count!),
  );
}

/**
 * HR@k: the share of rankings that have a relevant item among the first `k`.
 *
 * @example
 * ```ts
 * import { hitRateAt } from "@tome/tome/metrics";
 *
 * console.assert(hitRateAt(2)([[7, 3, 5], [7, 3, 5]], [new Set([3]), new Set([5])]) === 0.5);
 * ```
 */
export function hitRateAt(k: number): CountedMetric<RankingRow> {
  return meanOver("the hit rate", k, (places) => Number(places.length > 0));
}

/** Recall@k: the share of the relevant items that stand among the first `k`, a mean over the rankings. */
export function recallAt(k: number): CountedMetric<RankingRow> {
  return meanOver("recall", k, (places, relevant) => ratio(places.length, relevant));
}

/** Precision@k: the share of the first `k` items that are relevant, a mean over the rankings. */
export function precisionAt(k: number): CountedMetric<RankingRow> {
  return meanOver("precision", k, (places) => places.length / k);
}

/**
 * NDCG@k: how early relevant items come, against the best order there is.
 *
 * `DCG = Σ_{i ≤ k} rel_i / log2(i + 1)`, with the places `i` from 1; divided by that of all relevant items in front.
 *
 * @see Järvelin and Kekäläinen, 2002, "Cumulated gain-based evaluation of IR techniques", https://doi.org/10.1145/582415.582418
 */
export function ndcgAt(k: number): CountedMetric<RankingRow> {
  const gain = (places: readonly number[]) =>
    places.reduce((sum, place) => sum + 1 / Math.log2(place + 2), 0);
  return meanOver(
    "NDCG",
    k,
    (places, relevant) =>
      ratio(gain(places), gain(Array.from({ length: Math.min(k, relevant) }, (_, i) => i))),
  );
}

/**
 * MAP@k: the mean over the rankings of their average precision.
 *
 * `AP = Σ_{hits i ≤ k} (hits up to i) / i / min(k, relevant items)`
 *
 * @param k How many items count. @default {all}
 */
export function meanAveragePrecision(k = Infinity): CountedMetric<RankingRow> {
  return meanOver(
    "MAP",
    k,
    (places, relevant) =>
      ratio(
        places.reduce((sum, place, n) => sum + (n + 1) / (place + 1), 0),
        Math.min(k, relevant),
      ),
  );
}

/**
 * MRR@k: the mean over the rankings of 1 by the place of the first relevant item, and of 0 where there is none.
 *
 * @param k How many items count. @default {all}
 */
export function meanReciprocalRank(k = Infinity): CountedMetric<RankingRow> {
  return meanOver("MRR", k, ([first]) => first === undefined ? 0 : 1 / (first + 1));
}

/**
 * Items by falling score; of equal scores the item with the lower number comes first.
 *
 * @param items The items.
 * @param scores Their scores.
 * @param k How many of the best are wanted. @default {all}
 */
export function rankByScore(
  items: ArrayLike<number>,
  scores: ArrayLike<number>,
  k = Infinity,
): number[] {
  const order = Array.from({ length: items.length }, (_, i) => i);
  order.sort((a, b) => scores[b]! - scores[a]! || items[a]! - items[b]!);
  return order.slice(0, Math.min(k, order.length)).map((i) => items[i]!);
}
