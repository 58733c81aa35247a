import { rocCurve } from "./curves.ts";
import { lengthOf } from "./metric.ts";

/** How well pairs are told apart, as {@link verificationReport} gives it. */
export interface VerificationReport {
  /** The share of pairs that are told right, a mean over the folds, each by the threshold that is best on the others. */
  accuracy: number;
  /** The standard error of that mean. */
  error: number;
  /** The error rate where as many pairs of different things are taken for one as pairs of one thing for different ones. */
  equalErrorRate: number;
  /** The best threshold of all pairs. */
  threshold: number;
}

/** The threshold at which most pairs are told right, and how many those are. */
function bestThreshold(scores: readonly number[], same: readonly number[]) {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  let right = same.filter((label) => label === 0).length; // at a threshold above all scores
  let best = { threshold: Infinity, right };
  order.forEach((i, place) => {
    right += same[i] === 1 ? 1 : -1;
    const next = scores[order[place + 1]!];
    if (next === scores[i]) return; // no threshold lies between equal scores
    const threshold = next === undefined ? scores[i]! : (scores[i]! + next) / 2;
    if (right > best.right) best = { threshold, right };
  });
  return best;
}

/**
 * How well a score tells whether two things are the same, as faces are verified: accuracy over folds, whose threshold is chosen on
 * the other folds, and the equal error rate.
 *
 * @param scores How alike the two of each pair are.
 * @param same 1 where both are the same, else 0.
 * @param options `folds`: parts that the pairs of each kind are dealt out to in turn. @default {10}
 * @throws {RangeError} If the columns differ in length, a label is neither 0 nor 1, a kind of pair is missing, or there are
 *   fewer pairs than folds.
 * @see Huang et al., 2007, "Labeled Faces in the Wild", https://vis-www.cs.umass.edu/lfw/, view 2
 */
export function verificationReport(
  scores: ArrayLike<number>,
  same: ArrayLike<number>,
  { folds = 10 }: { folds?: number } = {},
): VerificationReport {
  const length = lengthOf("pairs", [scores, same]);
  if (!(folds >= 2 && folds <= length)) {
    throw new RangeError(
      `Cannot verify as there must be from 2 to ${length} folds, as many as pairs: current number is ${folds}`,
    );
  }
  const { falsePositiveRate, truePositiveRate } = rocCurve(scores, same); // checks the labels
  const rows = Array.from({ length }, (_, i) => i);
  const dealt = [0, 0]; // both kinds are dealt out in turn, so that each fold has its share of both
  const foldOf = rows.map((i) => {
    const turn = dealt[same[i]!]!++ % folds;
    return same[i] === 1 ? turn : folds - 1 - turn; // from both ends, so that none stays empty
  });
  const shares = Array.from({ length: folds }, (_, fold) => {
    const [own, others] = [true, false].map((mine) =>
      rows.filter((i) => (foldOf[i] === fold) === mine)
    );
    const { threshold } = bestThreshold(
      others!.map((i) => scores[i]!),
      others!.map((i) => same[i]!),
    );
    return own!.filter((i) => Number(scores[i]! >= threshold) === same[i]).length / own!.length;
  });
  const accuracy = shares.reduce((a, b) => a + b) / folds;
  const variance = shares.reduce((sum, share) => sum + (share - accuracy) ** 2, 0) / (folds - 1);
  let equalErrorRate = 1;
  for (let i = 1; i < falsePositiveRate.length; i++) {
    const [miss, beforeMiss] = [1 - truePositiveRate[i]!, 1 - truePositiveRate[i - 1]!];
    const [alarm, beforeAlarm] = [falsePositiveRate[i]!, falsePositiveRate[i - 1]!];
    if (alarm < miss) continue;
    // the two lines cross between this threshold and the one before
    const [gap, beforeGap] = [alarm - miss, beforeMiss - beforeAlarm];
    const share = gap + beforeGap > 0 ? beforeGap / (gap + beforeGap) : 0;
    equalErrorRate = beforeAlarm + share * (alarm - beforeAlarm);
    break;
  }
  const { threshold } = bestThreshold(Array.from(scores), Array.from(same));
  return { accuracy, error: Math.sqrt(variance / folds), equalErrorRate, threshold };
}

/**
 * The pairs of labelled vectors, each with the cosine of their angle.
 *
 * @param vectors Vectors of length 1.
 * @param labels What each is of.
 * @returns `scores` and `same`, one for each pair `i < j`.
 */
export function cosinePairs(
  vectors: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
): { scores: number[]; same: number[] } {
  const [scores, same]: [number[], number[]] = [[], []];
  for (let i = 0; i < vectors.length; i++) {
    for (let j = i + 1; j < vectors.length; j++) {
      let sum = 0;
      for (let c = 0; c < vectors[i]!.length; c++) sum += vectors[i]![c]! * vectors[j]![c]!;
      scores.push(sum);
      same.push(Number(labels[i] === labels[j]));
    }
  }
  return { scores, same };
}
