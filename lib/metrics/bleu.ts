import { type BleuTokenizer, bleuTokens } from "./bleu_tokens.ts";
import { type CountedMetric, countedMetric } from "./metric.ts";
import { countNGrams, overlap } from "./n_grams.ts";

/** How {@link bleuWith} measures. */
export interface BleuOptions {
  /** How texts are split. @default {"13a"} */
  tokenizer?: BleuTokenizer;
  /** Whether capitals count as small letters. @default {false} */
  lowercase?: boolean;
  /** The longest runs of words. @default {4} */
  maxOrder?: number;
  /**
   * What is done where no run of some length is right: `"exp"` halves the count of one each time, `"floor"` takes 0.1,
   * `"add-k"` adds 1 beyond single words, `"none"` gives 0. @default {"exp"}
   */
  smoothing?: "exp" | "floor" | "add-k" | "none";
  /** Whether runs longer than the predictions are left out; for single sentences. @default {false} */
  effectiveOrder?: boolean;
}

/** A prediction and its references, one or several. */
export type TextRow = [prediction: string, references: string | readonly string[]];

/**
 * Makes BLEU with settings: of a column of predictions and a column of references, from 0 to 100.
 *
 * @see Papineni et al., 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation"
 * @see Post, 2018, "A Call for Clarity in Reporting BLEU Scores", whose sacrebleu gives the same numbers
 */
export function bleuWith(options: BleuOptions = {}): CountedMetric<TextRow> {
  const { tokenizer = "13a", lowercase = false, maxOrder = 4 } = options;
  const split = (text: string) => bleuTokens(lowercase ? text.toLowerCase() : text, tokenizer);
  return countedMetric<TextRow>("BLEU", (prediction, references) => {
    const own = split(prediction);
    const theirs = (typeof references === "string" ? [references] : references).map(split);
    const counts = [own.length, closestLength(own.length, theirs.map(({ length }) => length))];
    for (let n = 1; n <= maxOrder; n++) {
      const most = new Map<string, number>();
      for (const reference of theirs) {
        for (const [key, count] of countNGrams(reference, n)) {
          most.set(key, Math.max(count, most.get(key) ?? 0));
        }
      }
      counts.push(overlap(countNGrams(own, n), most), Math.max(0, own.length - n + 1));
    }
    return counts;
  }, (sums) => score(sums, options));
}

/** The reference length nearest to a prediction's; of two, the shorter. */
function closestLength(own: number, lengths: readonly number[]): number {
  return lengths.reduce((best, length) => {
    const [near, nearest] = [Math.abs(length - own), Math.abs(best - own)];
    return near < nearest || (near === nearest && length < best) ? length : best;
  }, Infinity);
}

function score(
  [ownLength = 0, referenceLength = 0, ...pairs]: readonly number[],
  { smoothing = "exp", effectiveOrder = false }: BleuOptions,
): number {
  const orders = pairs.length / 2;
  const [right, total] = [0, 1].map((at) =>
    Array.from({ length: orders }, (_, n) => pairs[2 * n + at]!)
  );
  if (!right!.some((count) => count > 0)) return 0;
  let [used, halves, logs] = [orders, 1, 0];
  for (let n = 0; n < orders; n++) {
    const more = smoothing === "add-k" && n > 0 ? 1 : 0;
    const [hits, all] = [right![n]! + more, total![n]! + more];
    if (all === 0) {
      if (!effectiveOrder) return 0;
      break;
    }
    if (effectiveOrder) used = n + 1;
    let part = hits;
    if (hits === 0) {
      if (smoothing === "exp") part = 1 / (halves *= 2);
      else if (smoothing === "floor") part = 0.1;
      else return 0;
    }
    logs += Math.log(100 * part / all);
  }
  const brevity = ownLength < referenceLength ? Math.exp(1 - referenceLength / ownLength) : 1;
  return brevity * Math.exp(logs / used);
}

/** BLEU of a corpus as WMT reports it; `bleu(predictions, references)`, from 0 to 100. */
export const bleu: CountedMetric<TextRow> = bleuWith();
