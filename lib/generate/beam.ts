import type { CausalLM } from "../nn/mod.ts";
import { Context } from "./context.ts";
import { avoidRepeating, describe, type GeneratedToken } from "./decode.ts";
import type { CheckedOptions } from "./options.ts";
import { logSoftmax, topIndices } from "./samplers.ts";

/** A sequence in a beam search. */
export interface Beam {
  /** What was written. */
  tokens: GeneratedToken[];
  /** The sum of the log probabilities, after the repetition penalty. */
  sum: number;
  /** `sum / length ** lengthPenalty`. */
  score: number;
}

/**
 * Searches for the likeliest continuation, as Hugging Face's `generate()` does.
 *
 * At each step the `numBeams` running sequences are extended by every token. Of the best extensions, those that end are
 * kept as finished if they are among the first `numBeams`; the others run on. The score of a finished sequence is its log
 * probability divided by a power of its length. What is said of repetitions acts on log probabilities.
 *
 * @param prompt The tokens to continue.
 * @param options What was asked for.
 * @param ends Whether a sequence ends for another reason than its last token.
 * @returns The `numBeams` best finished sequences, the best first.
 */
export async function searchBeams(
  model: CausalLM,
  prompt: readonly number[],
  options: CheckedOptions,
  ends: (tokens: readonly GeneratedToken[]) => boolean = () => false,
): Promise<Beam[]> {
  const { numBeams, lengthPenalty, earlyStopping, eos, maxNewTokens } = options;
  const width = Math.max(2, 1 + eos.size) * numBeams; // enough to run on if every other one ends
  using context = new Context(model, [prompt], options.useCache);
  let running: { tokens: GeneratedToken[]; sum: number }[] = [{ tokens: [], sum: 0 }];
  let finished: Beam[] = [];
  for (let length = 1;; length++) {
    const best = extend(await context.next(options.signal), running, context.rows, width, options)
      .map((beam) => ({
        ...beam,
        ended: length === maxNewTokens || eos.has(beam.tokens.at(-1)!.id) || ends(beam.tokens),
      }));
    for (const { ended, tokens, sum } of best.slice(0, numBeams)) {
      if (ended) finished.push({ tokens, sum, score: sum / length ** lengthPenalty });
    }
    finished = finished.sort((a, b) => b.score - a.score).slice(0, numBeams);
    const going = best.filter(({ ended }) => !ended).slice(0, numBeams);
    if (going.length === 0) return finished;
    if (finished.length === numBeams) {
      const reach = earlyStopping === "never" && lengthPenalty > 0 ? maxNewTokens : length;
      const hope = going[0]!.sum / reach ** lengthPenalty;
      if (earlyStopping === true || hope <= finished.at(-1)!.score) return finished;
    }
    context.select(going.map(({ from }) => from));
    context.push(going.map(({ tokens }) => tokens.at(-1)!.id));
    running = going;
  }
}

/** The best extensions of the running sequences by one token, the best first. */
function extend(
  logits: Float32Array[],
  running: { tokens: GeneratedToken[]; sum: number }[],
  rows: readonly (readonly number[])[],
  width: number,
  options: CheckedOptions,
): { from: number; tokens: GeneratedToken[]; sum: number }[] {
  const rowLogProbs = logits.map(logSoftmax);
  const candidates = running.flatMap(({ sum }, from) => {
    const logProbs = rowLogProbs[from]!;
    const scores = avoidRepeating(logProbs, rows[from]!, options);
    return topIndices(scores, width).map((id) => ({ from, id, sum: sum + scores[id]! }));
  });
  return topIndices(candidates.map(({ sum }) => sum), width).map((i) => {
    const { from, id, sum } = candidates[i]!;
    const { tokens } = running[from]!;
    const token = describe(rowLogProbs[from]!, id, tokens.length, options.logProbs);
    return { from, tokens: [...tokens, token], sum };
  });
}
