import type { FrameInputs, SpeechRecognizer } from "../nn/mod.ts";
import { dispose, tidy } from "../tensor/mod.ts";

/** What was written for a sound. */
export interface CtcText {
  /** The labels, in order. */
  labels: number[];
  /** The logarithm of its probability, of greedy decoding that of its one likeliest path; with `score`, that is in it. */
  logProb: number;
}

/** How {@link ctcBeamSearch} searches. */
export interface CtcBeamOptions {
  /** The most beginnings that are kept after each step. @default {16} */
  width?: number;
  /** The class that stands for no label. @default {0} */
  blank?: number;
  /**
   * What is added to a beginning's logarithm for the label after it: what a language model says, times a weight, and what a
   * label is worth. @default {nothing}
   */
  score?: (before: readonly number[], label: number) => number;
}

/** The likelihoods of the classes at each step: logarithms, `[T, K]` row by row. */
function logSoftmax(logits: ArrayLike<number>, classes: number): Float64Array[] {
  if (!(Number.isSafeInteger(classes) && classes > 0) || logits.length % classes !== 0) {
    throw new RangeError(
      `Cannot decode as the logits must fill whole steps: current numbers are ${logits.length} logits and ${classes} classes`,
    );
  }
  return Array.from({ length: logits.length / classes }, (_, t) => {
    const row = Float64Array.from({ length: classes }, (_, k) => logits[t * classes + k]!);
    const top = Math.max(...row);
    const sum = top + Math.log(row.reduce((all, value) => all + Math.exp(value - top), 0));
    return row.map((value) => value - sum);
  });
}

/**
 * The likeliest class of each step, equal neighbours merged and blanks removed.
 *
 * @param logits The logits of the steps that count, `[T, K]`.
 * @param classes K.
 * @param blank The class that stands for no label. @default {0}
 * @throws {RangeError} If the logits do not fill whole steps.
 * @see Graves et al., 2006, "Connectionist Temporal Classification", https://www.cs.toronto.edu/~graves/icml_2006.pdf, §3.2, best path
 */
export function ctcGreedy(logits: ArrayLike<number>, classes: number, blank = 0): CtcText {
  const labels: number[] = [];
  let logProb = 0, before = blank;
  for (const row of logSoftmax(logits, classes)) {
    const best = row.indexOf(Math.max(...row));
    logProb += row[best]!;
    if (best !== blank && best !== before) labels.push(best);
    before = best;
  }
  return { labels, logProb };
}

/** A beginning: the logarithms of the paths that end in a blank, and of those that end in its last label. */
interface Beginning {
  labels: number[];
  blank: number;
  label: number;
  /** What `score` has added. */
  bonus: number;
}

const both = (a: number, b: number): number => {
  const top = Math.max(a, b);
  return top === -Infinity ? top : top + Math.log1p(Math.exp(Math.min(a, b) - top));
};

/**
 * The likeliest texts, each by the sum of all its paths: a search that keeps the best beginnings.
 *
 * Best path and best text differ where a text has many paths; with every beginning kept the sums are exact, those that
 * `ctcLossRows` gives.
 *
 * @param logits The logits of the steps that count, `[T, K]`.
 * @param classes K.
 * @param options How many beginnings are kept, and a language model.
 * @returns At most `width` texts, the likeliest first.
 * @throws {RangeError} If the logits do not fill whole steps, or `width` is no positive integer.
 * @see Hannun et al., 2014, "First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs",
 *   https://arxiv.org/abs/1408.2873, algorithm 1
 */
export function ctcBeamSearch(
  logits: ArrayLike<number>,
  classes: number,
  { width = 16, blank = 0, score }: CtcBeamOptions = {},
): CtcText[] {
  if (!(Number.isSafeInteger(width) && width > 0)) {
    throw new RangeError(
      `Cannot search as width must be a positive integer: current value is ${width}`,
    );
  }
  let kept: Beginning[] = [{ labels: [], blank: 0, label: -Infinity, bonus: 0 }];
  for (const row of logSoftmax(logits, classes)) {
    const next = new Map<string, Beginning>();
    const at = (labels: number[], bonus: number): Beginning => {
      const key = labels.join(" ");
      const found = next.get(key) ?? { labels, blank: -Infinity, label: -Infinity, bonus };
      next.set(key, found);
      return found;
    };
    for (const from of kept) {
      const all = both(from.blank, from.label);
      const last = from.labels.at(-1);
      const same = at(from.labels, from.bonus);
      same.blank = both(same.blank, all + row[blank]!);
      if (last !== undefined) same.label = both(same.label, from.label + row[last]!);
      for (let k = 0; k < classes; k++) {
        if (k === blank) continue;
        // a label after itself needs a blank between, or the two are one
        const before = k === last ? from.blank : all;
        if (before === -Infinity || row[k] === -Infinity) continue;
        const bonus = from.bonus + (score?.(from.labels, k) ?? 0);
        const longer = at([...from.labels, k], bonus);
        longer.label = both(longer.label, before + row[k]!);
      }
    }
    const worth = (one: Beginning) => both(one.blank, one.label) + one.bonus;
    kept = [...next.values()].sort((a, b) => worth(b) - worth(a)).slice(0, width);
  }
  return kept.map(({ labels, blank, label, bonus }) => ({
    labels,
    logProb: both(blank, label) + bonus,
  }));
}

/** How {@link transcribe} writes. */
export interface TranscribeOptions extends CtcBeamOptions {
  /** `"greedy"`: the likeliest path; `"beam"`: a search. @default {"greedy"} */
  method?: "greedy" | "beam";
}

/**
 * Lets a model write what it hears, with dropout and the like off.
 *
 * @param model The model; it is left in the mode it was in.
 * @param batches One pass is made; nothing of them is freed.
 * @param options How texts are found.
 * @returns The likeliest text of each sound.
 */
export async function transcribe(
  model: SpeechRecognizer,
  batches: Iterable<FrameInputs> | AsyncIterable<FrameInputs>,
  { method = "greedy", ...options }: TranscribeOptions = {},
): Promise<CtcText[]> {
  const { training } = model;
  model.eval();
  const texts: CtcText[] = [];
  try {
    for await (const batch of batches) {
      const made = tidy(() => {
        const { logits, steps } = model.forward(batch);
        return steps ? { logits, steps } : { logits };
      });
      const [values, counts] = [await made.logits.data(), await made.steps?.data()];
      const [B, T, K] = made.logits.shape as [number, number, number];
      dispose(made);
      for (let b = 0; b < B; b++) {
        const row = values.subarray(b * T * K, (b * T + (counts?.[b] ?? T)) * K);
        texts.push(
          method === "greedy"
            ? ctcGreedy(row, K, options.blank)
            : ctcBeamSearch(row, K, options)[0]!,
        );
      }
    }
  } finally {
    model.train(training);
  }
  return texts;
}
