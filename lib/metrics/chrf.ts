import type { TextRow } from "./bleu.ts";
import { type CountedMetric, countedMetric } from "./metric.ts";
import { countNGrams, overlap, words } from "./n_grams.ts";

/** How {@link chrFWith} measures. */
export interface ChrFOptions {
  /** The longest runs of characters. @default {6} */
  charOrder?: number;
  /** The longest runs of words; 2 makes it chrF++. @default {0} */
  wordOrder?: number;
  /** How many times as much recall counts as precision. @default {2} */
  beta?: number;
  /** Whether capitals count as small letters. @default {false} */
  lowercase?: boolean;
  /** Whether white space counts as a character. @default {false} */
  whitespace?: boolean;
}

const PUNCTUATION = new Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

/** Words, with one sign of punctuation at their end, or else at their start, apart. */
function wordsAndSigns(text: string): string[] {
  return words(text).flatMap((word) => {
    const letters = [...word];
    if (letters.length === 1) return [word];
    if (PUNCTUATION.has(letters.at(-1)!)) return [letters.slice(0, -1).join(""), letters.at(-1)!];
    return PUNCTUATION.has(letters[0]!) ? [letters[0]!, letters.slice(1).join("")] : [word];
  });
}

/**
 * Makes chrF with settings: an F-score of runs of characters, from 0 to 100, equal to sacrebleu's.
 *
 * @see Popović, 2015, "chrF: character n-gram F-score for automatic MT evaluation"
 * @see Popović, 2017, "chrF++: words helping character n-grams"
 */
export function chrFWith(
  { charOrder = 6, wordOrder = 0, beta = 2, lowercase = false, whitespace = false }: ChrFOptions =
    {},
): CountedMetric<TextRow> {
  const runs = (text: string): Map<string, number>[] => {
    const cased = lowercase ? text.toLowerCase() : text;
    const letters = [...(whitespace ? cased : cased.replace(/\s+/g, ""))];
    const parts = wordOrder > 0 ? wordsAndSigns(cased) : [];
    return [
      ...Array.from({ length: charOrder }, (_, n) => countNGrams(letters, n + 1, "")),
      ...Array.from({ length: wordOrder }, (_, n) => countNGrams(parts, n + 1)),
    ];
  };
  const total = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
  return countedMetric<TextRow>("chrF", (prediction, references) => {
    const own = runs(prediction);
    let best: { value: number; counts: number[] } | undefined;
    for (const reference of typeof references === "string" ? [references] : references) {
      const theirs = runs(reference);
      const counts = own.flatMap((run, n) => [
        theirs[n]!.size > 0 ? total(run) : 0,
        total(theirs[n]!),
        overlap(run, theirs[n]!),
      ]);
      const value = fScore(counts, beta);
      if (!best || value > best.value) best = { value, counts };
    }
    return best!.counts;
  }, (sums) => fScore(sums, beta));
}

/** The F-score of the mean precision and recall of all orders that both texts have. */
function fScore(sums: readonly number[], beta: number): number {
  let [precision, recall, orders] = [0, 0, 0];
  for (let i = 0; i < sums.length; i += 3) {
    const [own, theirs, shared] = sums.slice(i, i + 3) as [number, number, number];
    if (own === 0 || theirs === 0) continue;
    precision += shared / own;
    recall += shared / theirs;
    orders++;
  }
  if (precision + recall === 0) return 0;
  const factor = beta ** 2;
  return 100 * (1 + factor) * precision * recall / (factor * precision + recall) / orders;
}

/** chrF2 of a corpus; `chrF(predictions, references)`, from 0 to 100. */
export const chrF: CountedMetric<TextRow> = chrFWith();
