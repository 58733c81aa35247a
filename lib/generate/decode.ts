import type { CausalLM } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Rng } from "../tensor/mod.ts";
import { Context } from "./context.ts";
import type { CheckedOptions } from "./options.ts";
import {
  applyTemperature,
  argmax,
  badLogits,
  draw,
  forbidRepeatedRuns,
  keepMinP,
  keepTopK,
  keepTopP,
  logSoftmax,
  penalizeRepetition,
  softmax,
  topIndices,
} from "./samplers.ts";

/** A token and how likely the model found it. */
export interface TokenLogProb {
  /** The token. */
  id: number;
  /** The logarithm of its probability by the model alone, before penalties and cuts, in nats. */
  logProb: number;
}

/** A token that was written. */
export interface GeneratedToken extends TokenLogProb {
  /** Its place among the written tokens, from 0. */
  index: number;
  /** The likeliest alternatives, the likeliest first; where the option `logProbs` asks for them. */
  top?: TokenLogProb[];
}

/**
 * Continues rows of equal length together, one token each at a step, greedily or at random.
 *
 * @param randoms The source of chance of each row.
 * @returns The tokens of each step with their rows; a row that has ended does not appear again.
 */
export async function* decodeRows(
  model: CausalLM,
  prompts: readonly (readonly number[])[],
  options: CheckedOptions,
  randoms: readonly Rng[],
): AsyncGenerator<{ row: number; token: GeneratedToken }[], void> {
  using context = new Context(model, prompts, options.useCache, options.maxNewTokens);
  if (choosesOnGPU(options)) {
    yield* writeRows(context, options, randoms);
    return;
  }
  let alive = prompts.map((_, row) => row);
  for (let index = 0; index < options.maxNewTokens; index++) {
    const logits = await context.next(options.signal);
    const step = alive.map((row, i) => {
      const id = chooseToken(logits[i]!, context.rows[i]!, options, randoms[row]!);
      return { row, token: describe(logSoftmax(logits[i]!), id, index, options.logProbs) };
    });
    yield step;
    const going = step.flatMap(({ token }, i) => options.eos.has(token.id) ? [] : [i]);
    if (going.length === 0) return;
    context.push(step.map(({ token }) => token.id));
    context.select(going);
    alive = going.map((i) => alive[i]!);
  }
}

/** Whether tokens are chosen where the logits lie, so that only their ids are read. */
function choosesOnGPU(
  { repetitionPenalty, noRepeatNgramSize, logProbs }: CheckedOptions,
): boolean {
  return tf.getBackend() === "webgpu" && repetitionPenalty === 1 && noRepeatNgramSize === 0 &&
    logProbs === 0;
}

/** The same where the GPU chooses: several tokens are written at a time. */
async function* writeRows(
  context: Context,
  options: CheckedOptions,
  randoms: readonly Rng[],
): AsyncGenerator<{ row: number; token: GeneratedToken }[], void> {
  const { maxNewTokens, tokensPerRead, temperature, topK, topP, minP, signal } = options;
  let alive = [...randoms.keys()];
  for (let index = 0; index < maxNewTokens;) {
    const steps = await context.write(
      Math.min(tokensPerRead, maxNewTokens - index),
      options.doSample ? { temperature, topK, topP, minP } : {},
      options.doSample ? (i) => randoms[alive[i]!]!.uniform() : undefined,
      signal,
    );
    let going = [...alive.keys()]; // places among the rows that run
    for (const step of steps) {
      const at = index++;
      yield going.map((i) => {
        const [id, logProb] = [step[2 * i]!, step[2 * i + 1]!];
        if (!Number.isFinite(logProb)) throw badLogits(logProb);
        return { row: alive[i]!, token: { id, logProb, index: at } };
      });
      going = going.filter((i) => !options.eos.has(step[2 * i]!));
      if (going.length === 0) return;
    }
    context.select(going);
    alive = going.map((i) => alive[i]!);
  }
}

function chooseToken(
  logits: Float32Array,
  ids: readonly number[],
  options: CheckedOptions,
  random: Rng,
): number {
  const scores = adjust(logits, ids, options);
  return options.doSample ? draw(softmax(scores), random) : argmax(scores);
}

/** Logits, or log probabilities, after what the options say of tokens that have appeared. */
export function avoidRepeating(
  logits: Float32Array,
  ids: readonly number[],
  { repetitionPenalty, noRepeatNgramSize }: CheckedOptions,
): Float32Array {
  const penalized = repetitionPenalty === 1
    ? logits
    : penalizeRepetition(logits, ids, repetitionPenalty);
  return noRepeatNgramSize === 0
    ? penalized
    : forbidRepeatedRuns(penalized, ids, noRepeatNgramSize);
}

/** The logits after what the options ask for; the largest is the greedy choice, and `softmax` of them is drawn from. */
export function adjust(
  logits: Float32Array,
  ids: readonly number[],
  options: CheckedOptions,
): Float32Array {
  const { temperature, topK, topP, minP } = options;
  let scores = avoidRepeating(logits, ids, options);
  if (!options.doSample) return scores;
  if (temperature !== 1) scores = applyTemperature(scores, temperature);
  if (topK < scores.length) scores = keepTopK(scores, topK);
  if (topP < 1) scores = keepTopP(scores, topP);
  if (minP > 0) scores = keepMinP(scores, minP);
  return scores;
}

/** A written token with its log probability and the `n` likeliest alternatives. */
export function describe(
  logProbs: Float32Array,
  id: number,
  index: number,
  n: number,
): GeneratedToken {
  const token: GeneratedToken = { id, logProb: logProbs[id]!, index };
  if (n > 0) {
    token.top = topIndices(logProbs, n).map((other) => ({ id: other, logProb: logProbs[other]! }));
  }
  return token;
}
