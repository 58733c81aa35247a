import type { TextRow } from "./bleu.ts";
import { precisionRecallF1 } from "./f1.ts";
import { type CountedMetric, countedMetric } from "./metric.ts";
import { countNGrams, overlap, words } from "./n_grams.ts";

const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;
const CHINESE = /\p{Script=Han}/gu;

/**
 * An answer as SQuAD compares it: in small letters, without English articles and punctuation. Chinese is parted into characters, and loses
 * its own punctuation too.
 */
export function normalizeAnswer(text: string): string {
  const small = text.toLowerCase().replace(PUNCTUATION, "");
  const parted = CHINESE.test(small)
    ? small.replace(/\p{P}/gu, " ").replace(CHINESE, " $& ")
    : small;
  return words(parted.replace(/\b(a|an|the)\b/g, " ")).join(" ");
}

/** Makes a metric in percent of what each prediction scores with the best of its references. */
function bestOf(
  name: string,
  score: (prediction: string, reference: string) => number,
): CountedMetric<TextRow> {
  return countedMetric<TextRow>(name, (prediction, references) => {
    const all = typeof references === "string" ? [references] : references;
    return [Math.max(...all.map((one) => score(prediction, one))), 1];
  }, ([sum, count]) => 100 * sum! / count!);
}

/**
 * The share of answers that equal a reference once normalised, from 0 to 100; `exactMatch(predictions, references)`.
 *
 * @see Rajpurkar et al., 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text", section 6.1
 */
export const exactMatch: CountedMetric<TextRow> = bestOf(
  "exact match",
  (prediction, reference) => Number(normalizeAnswer(prediction) === normalizeAnswer(reference)),
);

/** The mean F1 of answers' words, from 0 to 100; `answerF1(predictions, references)`. */
export const answerF1: CountedMetric<TextRow> = bestOf("F1 of answers", (prediction, reference) => {
  const [own, theirs] = [prediction, reference].map((text) => words(normalizeAnswer(text)));
  if (own!.length === 0 || theirs!.length === 0) return Number(own!.length === theirs!.length);
  const shared = overlap(countNGrams(own!, 1), countNGrams(theirs!, 1));
  return precisionRecallF1(shared, own!.length, theirs!.length).f1;
});
