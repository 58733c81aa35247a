import { type Rng, rng } from "../tensor/mod.ts";
import type { TokenPair } from "./token_pairs.ts";

/** How {@link corruptSpans} hides tokens. */
export interface SpanCorruptionOptions {
  /** The token that stands for the first hidden span; the next ones count down, as T5's `<extra_id_0>`, `<extra_id_1>`, … do. */
  firstSentinel: number;
  /** The share of the tokens that is hidden. @default {0.15} */
  density?: number;
  /** The mean length of a hidden span, in tokens. @default {3} */
  meanSpan?: number;
  /** Where chance comes from. @default {the library's own generator} */
  random?: Rng;
}

/** Rounds as NumPy and TensorFlow do: of two nearest, to the even one. */
function roundEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** How many of some tokens are hidden, in how many spans. */
function countsOf(
  length: number,
  density: number,
  meanSpan: number,
): [hidden: number, spans: number] {
  const hidden = Math.min(Math.max(roundEven(length * density), 1), length - 1);
  const spans = Math.min(Math.max(roundEven(hidden / meanSpan), 1), hidden, length - hidden);
  return [hidden, spans];
}

/** Cuts a number of items into parts, none empty, every way equally likely. */
function segment(items: number, parts: number, random: Rng): number[] {
  const starts = Array.from({ length: items - 1 }, (_, i) => i < parts - 1);
  random.shuffle(starts);
  const lengths = [1];
  for (const start of starts) {
    if (start) lengths.push(1);
    else lengths[lengths.length - 1]!++;
  }
  return lengths;
}

function check(
  { density = 0.15, meanSpan = 3 }: Pick<SpanCorruptionOptions, "density" | "meanSpan">,
) {
  if (!(density > 0 && density < 1)) {
    throw new RangeError(
      `Cannot hide tokens as density must be in (0, 1): current value is ${density}`,
    );
  }
  if (!(meanSpan >= 1)) {
    throw new RangeError(
      `Cannot hide tokens as meanSpan must be at least 1: current value is ${meanSpan}`,
    );
  }
  return { density, meanSpan };
}

/**
 * Hides spans of a text's tokens, and asks for them: T5's objective without labels.
 *
 * In the source each hidden span is one sentinel; the target is, span by span, its sentinel and the tokens it hides.
 *
 * @example
 * ```ts
 * import { corruptSpans } from "@tome/tome/data";
 * import { Rng } from "@tome/tome/tensor";
 *
 * const ids = Array.from({ length: 20 }, (_, i) => i);
 * const { source, target } = corruptSpans(ids, { firstSentinel: 99, random: new Rng(1) });
 * console.assert(source.length === 18 && target.length === 4); // 3 of 20 hidden, in one span
 * console.assert(source.includes(99) && target[0] === 99);
 * ```
 * @param ids The tokens, at least two; neither an end token nor sentinels.
 * @param options What stands for the spans, and how much is hidden.
 * @returns The pair, without end tokens.
 * @throws {RangeError} If there are fewer than two tokens, or an option is out of its range.
 * @see Raffel et al., 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer",
 *   https://arxiv.org/abs/1910.10683, §3.1.4 and figure 2
 */
export function corruptSpans(
  ids: ArrayLike<number>,
  options: SpanCorruptionOptions,
): { source: number[]; target: number[] } & TokenPair {
  const { density, meanSpan } = check(options);
  const { firstSentinel, random = rng } = options;
  const { length } = ids;
  if (length < 2) {
    throw new RangeError(
      `Cannot hide tokens as there must be at least two: current number is ${length}`,
    );
  }
  const [hidden, spans] = countsOf(length, density, meanSpan);
  if (!(firstSentinel - spans + 1 >= 0)) {
    throw new RangeError(
      `Cannot hide ${spans} spans as firstSentinel must be at least ${spans - 1}: ` +
        `current value is ${firstSentinel}`,
    );
  }
  const hiddenLengths = segment(hidden, spans, random);
  const shownLengths = segment(length - hidden, spans, random);
  const all = Array.from(ids);
  const [source, target]: [number[], number[]] = [[], []];
  for (let span = 0, at = 0; span < spans; span++) {
    const sentinel = firstSentinel - span;
    const start = at + shownLengths[span]!;
    source.push(...all.slice(at, start), sentinel);
    at = start + hiddenLengths[span]!;
    target.push(sentinel, ...all.slice(start, at));
  }
  return { source, target };
}

/**
 * The longest stretch of text whose source, after {@link corruptSpans} and with an end token, is not longer than a model reads.
 *
 * @param sourceLength The longest source, in tokens, with its end token.
 * @param options How much is hidden.
 * @returns The tokens of the text, and of its target with its end token; for 512 as T5 has it 568 and 114.
 * @throws {RangeError} If no text fits, or an option is out of its range.
 */
export function spanCorruptionLengths(
  sourceLength: number,
  options: Pick<SpanCorruptionOptions, "density" | "meanSpan"> = {},
): { tokens: number; targetLength: number } {
  const { density, meanSpan } = check(options);
  const lengthsOf = (tokens: number): [source: number, target: number] => {
    const [hidden, spans] = countsOf(tokens, density, meanSpan);
    return [tokens - hidden + spans + 1, hidden + spans + 1];
  };
  if (!(Number.isSafeInteger(sourceLength) && sourceLength >= lengthsOf(2)[0])) {
    throw new RangeError(
      `Cannot fit a text into sourceLength as it must be at least ${lengthsOf(2)[0]}: ` +
        `current value is ${sourceLength}`,
    );
  }
  let tokens = 2;
  while (lengthsOf(tokens + 1)[0] <= sourceLength) tokens++;
  return { tokens, targetLength: lengthsOf(tokens)[1] };
}
