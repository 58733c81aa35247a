/**
 * What happens to the logits of one position before a token is chosen: pure functions that return new arrays.
 *
 * @module
 */
import { exp } from "../ops/mod.ts";
import type { Rng } from "../tensor/mod.ts";

/**
 * Makes tokens that have appeared less likely: divides positive logits by the penalty and multiplies negative ones.
 *
 * @param logits `[V]`
 * @param ids The tokens that have appeared; each counts once.
 * @param penalty Above 1 discourages, below 1 encourages.
 * @see Keskar et al., 2019, "CTRL: A Conditional Transformer Language Model for Controllable Generation", §4.1, https://arxiv.org/abs/1909.05858
 */
export function penalizeRepetition(
  logits: Float32Array,
  ids: Iterable<number>,
  penalty: number,
): Float32Array {
  const result = logits.slice();
  for (const id of new Set(ids)) {
    const logit = logits[id]!;
    result[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return result;
}

/**
 * Keeps runs of `size` tokens from appearing twice: the logit of each token that would end such a run becomes -Infinity.
 *
 * @param logits `[V]`
 * @param ids The tokens that have appeared, in order.
 * @param size The length of a run, at least 1.
 * @see Paulus et al., 2017, "A Deep Reinforced Model for Abstractive Summarization", https://arxiv.org/abs/1705.04304, §2.5
 */
export function forbidRepeatedRuns(
  logits: Float32Array,
  ids: readonly number[],
  size: number,
): Float32Array {
  const result = logits.slice();
  const begun = ids.length - (size - 1); // where the run that the next token would end begins
  for (let start = 0; start < begun; start++) {
    let same = 0;
    while (same < size - 1 && ids[start + same] === ids[begun + same]) same++;
    if (same === size - 1) result[ids[start + same]!] = -Infinity;
  }
  return result;
}

/**
 * Divides logits by the temperature.
 *
 * @param logits `[V]`
 * @param temperature Above 0.
 */
export function applyTemperature(logits: Float32Array, temperature: number): Float32Array {
  return logits.map((logit) => logit / temperature);
}

/**
 * Keeps the `k` largest logits, and those equal to the last of them; the others become -Infinity.
 *
 * @param logits `[V]`
 * @param k At least 1.
 */
export function keepTopK(logits: Float32Array, k: number): Float32Array {
  if (k >= logits.length) return logits.slice();
  const least = logits.toSorted()[logits.length - k]!;
  return logits.map((logit) => logit >= least ? logit : -Infinity);
}

/**
 * Keeps the fewest tokens whose probabilities sum to at least `p`; the logits of the others become -Infinity.
 *
 * @param logits `[V]`
 * @param p In (0, 1].
 * @see Holtzman et al., 2020, "The Curious Case of Neural Text Degeneration", https://arxiv.org/abs/1904.09751
 */
export function keepTopP(logits: Float32Array, p: number): Float32Array {
  if (p >= 1) return logits.slice();
  const probabilities = softmax(logits);
  const sorted = probabilities.toSorted(); // ascending
  let count = 0, mass = 0;
  while (mass < p && count < sorted.length) mass += sorted[sorted.length - ++count]!;
  const least = sorted[sorted.length - count]!;
  let equal = count; // of the tokens as likely as the last, only so many: the first
  for (const probability of probabilities) if (probability > least) equal--;
  return logits.map((logit, id) => {
    const probability = probabilities[id]!;
    return probability > least || (probability === least && equal-- > 0) ? logit : -Infinity;
  });
}

/**
 * Keeps the tokens with at least `p` times the probability of the likeliest; the logits of the others become -Infinity.
 *
 * @param logits `[V]`
 * @param p In [0, 1].
 * @see Nguyen et al., 2024, "Turning Up the Heat: Min-p Sampling for Creative and Coherent LLM Outputs", https://arxiv.org/abs/2407.01082
 */
export function keepMinP(logits: Float32Array, p: number): Float32Array {
  const least = largest(logits) + Math.log(p);
  return logits.map((logit) => logit >= least ? logit : -Infinity);
}

/**
 * The probabilities of logits.
 *
 * @param logits `[V]`; -Infinity has probability 0.
 * @throws {RangeError} If a logit is NaN or none is finite.
 */
export function softmax(logits: Float32Array): Float32Array {
  return logSoftmax(logits).map(Math.exp);
}

/**
 * The logarithms of the probabilities of logits, in nats.
 *
 * @param logits `[V]`; -Infinity has probability 0.
 * @throws {RangeError} If a logit is NaN or none is finite.
 */
export function logSoftmax(logits: Float32Array): Float32Array {
  const max = largest(logits);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += exp(logits[i]! - max);
  if (!(total > 0)) {
    throw badLogits(logits.find((logit) => Number.isNaN(logit) || logit === Infinity) ?? max);
  }
  const log = max + Math.log(total);
  const logs = new Float32Array(logits.length); // in a third of the time of map()
  for (let i = 0; i < logs.length; i++) logs[i] = logits[i]! - log;
  return logs;
}

/** The error that logits without probabilities are. */
export function badLogits(current: number): RangeError {
  return new RangeError(
    `Cannot choose a token as logits must be numbers, the largest finite: current one is ${current}; ` +
      `the model's weights may have diverged`,
  );
}

/** The index of the largest value, the first if there are several. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/**
 * The indices of the `k` largest values, the largest first, the lower index first among equals.
 *
 * @param values Any values but NaN.
 * @param k How many; fewer if there are fewer values.
 */
export function topIndices(values: ArrayLike<number>, k: number): number[] {
  const top: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (top.length === k && !(k > 0 && values[i]! > values[top[k - 1]!]!)) continue;
    let at = top.length;
    while (at > 0 && values[i]! > values[top[at - 1]!]!) at--;
    top.splice(at, 0, i);
    if (top.length > k) top.pop();
  }
  return top;
}

/**
 * Draws an index.
 *
 * @param probabilities `[V]`, at least one above 0; they need not sum to 1.
 * @param random Where chance comes from.
 */
export function draw(probabilities: Float32Array, random: Rng): number {
  let total = 0;
  for (const probability of probabilities) total += probability;
  let left = random.uniform(0, total);
  let last = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i] === 0) continue;
    last = i;
    left -= probabilities[i]!;
    if (left < 0) break;
  }
  return last;
}

function largest(values: Float32Array): number {
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i]! > max) max = values[i]!;
  return max;
}
