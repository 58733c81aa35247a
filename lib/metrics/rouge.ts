import type { TextRow } from "./bleu.ts";
import { type PrecisionRecallF1, precisionRecallF1 } from "./f1.ts";
import { type CountedMetric, countedMetric } from "./metric.ts";
import { countNGrams, overlap } from "./n_grams.ts";
import { porterStem } from "./porter_stemmer.ts";

/** Which ROUGE: runs of one or two words, the longest common subsequence, or that of sentences, which line ends part. */
export type RougeKind = "rouge1" | "rouge2" | "rougeL" | "rougeLsum";

/** How ROUGE splits a text. */
export interface RougeOptions {
  /** Whether words are compared by their stems. @default {false} */
  stem?: boolean;
  /**
   * Splits a text into words. @default {words of a–z and 0–9, in small letters, as the original does; other scripts, such as Chinese,
   * need one of their own, for instance by characters}
   */
  split?: (text: string) => string[];
}

function splitterOf({ stem = false, split }: RougeOptions): (text: string) => string[] {
  const plain = split ?? ((text) => text.toLowerCase().match(/[a-z0-9]+/g) ?? []);
  return stem
    ? (text) => plain(text).map((word) => word.length > 3 ? porterStem(word) : word)
    : plain;
}

/** Lengths of the longest common subsequence of all beginnings: `table[i][j]` of `a[..i]` and `b[..j]`. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array[] {
  const rows = [new Uint32Array(b.length + 1)];
  for (let i = 1; i <= a.length; i++) {
    const [above, row] = [rows[i - 1]!, new Uint32Array(b.length + 1)];
    for (let j = 1; j <= b.length; j++) {
      row[j] = a[i - 1] === b[j - 1] ? above[j - 1]! + 1 : Math.max(above[j]!, row[j - 1]!);
    }
    rows.push(row);
  }
  return rows;
}

/** The places in `a` of one longest common subsequence. */
function commonPlaces(a: readonly string[], b: readonly string[]): number[] {
  const rows = commonLengths(a, b);
  const places: number[] = [];
  for (let [i, j] = [a.length, b.length]; i > 0 && j > 0;) {
    if (a[i - 1] === b[j - 1]) {
      places.push(--i);
      j--;
    } else if (rows[i]![j - 1]! > rows[i - 1]![j]!) j--;
    else i--;
  }
  return places;
}

/** How many words of the reference's sentences the prediction's sentences cover together. */
function coveredWords(references: string[][], predictions: string[][]): number {
  const [left, right] = [references, predictions].map((side) => countNGrams(side.flat(), 1));
  let hits = 0;
  for (const sentence of references) {
    const union = new Set(predictions.flatMap((other) => commonPlaces(sentence, other)));
    for (const place of [...union].sort((a, b) => a - b)) {
      const word = sentence[place]!;
      const [a, b] = [left!.get(word) ?? 0, right!.get(word) ?? 0];
      if (a === 0 || b === 0) continue;
      left!.set(word, a - 1);
      right!.set(word, b - 1);
      hits++;
    }
  }
  return hits;
}

/**
 * ROUGE of one prediction: precision, recall and F1.
 *
 * @param kind Which.
 * @param prediction The written text.
 * @param reference The wanted text.
 * @param options How texts are split.
 */
export function rougeScores(
  kind: RougeKind,
  prediction: string,
  reference: string,
  options: RougeOptions = {},
): PrecisionRecallF1 {
  const split = splitterOf(options);
  if (kind === "rougeLsum") {
    const sentences = (text: string) => text.split("\n").filter((line) => line !== "").map(split);
    const [own, theirs] = [sentences(prediction), sentences(reference)];
    return precisionRecallF1(coveredWords(theirs, own), own.flat().length, theirs.flat().length);
  }
  const [own, theirs] = [split(prediction), split(reference)];
  if (kind === "rougeL") {
    const shared = commonLengths(theirs, own).at(-1)!.at(-1)!;
    return precisionRecallF1(shared, own.length, theirs.length);
  }
  const n = kind === "rouge1" ? 1 : 2;
  const runs = (parts: string[]) => Math.max(0, parts.length - n + 1);
  const shared = overlap(countNGrams(own, n), countNGrams(theirs, n));
  return precisionRecallF1(shared, runs(own), runs(theirs));
}

/**
 * Makes a ROUGE: the mean F1 of predictions, from 0 to 1, of the best reference each, equal to Google's rouge-score.
 *
 * @see Lin, 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"
 */
export function rouge(kind: RougeKind, options: RougeOptions = {}): CountedMetric<TextRow> {
  return countedMetric<TextRow>(kind, (prediction, references) => {
    const all = typeof references === "string" ? [references] : references;
    return [Math.max(...all.map((one) => rougeScores(kind, prediction, one, options).f1)), 1];
  }, ([sum, count]) => sum! / count!);
}
