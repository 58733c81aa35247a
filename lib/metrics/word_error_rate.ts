import { type CountedMetric, countedMetric, ratio } from "./metric.ts";
import { words } from "./n_grams.ts";

/** How a sequence differs from what it should be. */
export interface EditCounts {
  /** Parts that are right. */
  hits: number;
  /** Parts that stand for another. */
  substitutions: number;
  /** Parts that are missing. */
  deletions: number;
  /** Parts that are too many. */
  insertions: number;
}

/**
 * Counts the fewest edits that lead from the reference to the prediction.
 *
 * @param prediction The parts that were written.
 * @param reference The parts that are right.
 * @see Levenshtein, 1966, "Binary codes capable of correcting deletions, insertions and reversals"
 */
export function countEdits(
  prediction: readonly unknown[],
  reference: readonly unknown[],
): EditCounts {
  const [n, m] = [reference.length, prediction.length];
  const width = m + 1;
  const cost = new Uint32Array((n + 1) * width);
  for (let j = 1; j <= m; j++) cost[j] = j;
  for (let i = 1; i <= n; i++) {
    cost[i * width] = i;
    for (let j = 1; j <= m; j++) {
      const other = Number(reference[i - 1] !== prediction[j - 1]);
      const at = i * width + j;
      cost[at] = Math.min(
        cost[at - width - 1]! + other,
        cost[at - width]! + 1,
        cost[at - 1]! + 1,
      );
    }
  }
  const counts = { hits: 0, substitutions: 0, deletions: 0, insertions: 0 };
  for (let [i, j] = [n, m]; i > 0 || j > 0;) {
    const at = i * width + j;
    const other = Number(reference[i - 1] !== prediction[j - 1]);
    if (i > 0 && j > 0 && cost[at] === cost[at - width - 1]! + other) {
      counts[other ? "substitutions" : "hits"]++;
      i--, j--;
    } else if (i > 0 && cost[at] === cost[at - width]! + 1) {
      counts.deletions++;
      i--;
    } else {
      counts.insertions++;
      j--;
    }
  }
  return counts;
}

/** A written text and the right one. */
export type PairRow = [prediction: string, reference: string];

/** Makes an error rate by parts of a text: edits in all texts by parts in all references. */
function errorRate(name: string, split: (text: string) => string[]): CountedMetric<PairRow> {
  return countedMetric<PairRow>(name, (prediction, reference) => {
    const parts = split(reference);
    const { substitutions, deletions, insertions } = countEdits(split(prediction), parts);
    return [substitutions + deletions + insertions, parts.length];
  }, ([edits, parts]) => ratio(edits!, parts!));
}

/** Wrong, missing and superfluous words by the reference's words, 0 at best; `wordErrorRate(predictions, references)`. */
export const wordErrorRate: CountedMetric<PairRow> = errorRate("the word error rate", words);

/** Wrong, missing and superfluous characters by the reference's characters; `characterErrorRate(predictions, references)`. */
export const characterErrorRate: CountedMetric<PairRow> = errorRate(
  "the character error rate",
  (text) => [...text],
);
