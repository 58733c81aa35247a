import { dispose, type Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { TokenBatch } from "./text_windows.ts";

/** Tokens of one example, of one length each. */
export interface TokenExample {
  /** Token ids. */
  inputs: number[];
  /** The token to learn after each, or -100 where nothing is learnt. */
  targets: number[];
  /** Which of the examples packed together each token is of. @default {all of one} */
  segments?: number[];
}

/**
 * Packs short examples together into rows of at most `contextLength` tokens, the longest first, each where it fits best; a longer
 * one loses its end.
 *
 * A model keeps the examples of a row apart by the batch's `segments`.
 *
 * @param examples The examples.
 * @param contextLength The most tokens of a row.
 * @returns The rows, with `segments`.
 * @throws {RangeError} If `contextLength` is no positive integer.
 * @see Ding et al., 2024, "Fewer Truncations Improve Language Modeling", https://arxiv.org/abs/2404.10830
 */
export function packExamples(
  examples: readonly TokenExample[],
  contextLength: number,
): (TokenExample & { segments: number[] })[] {
  if (!(Number.isSafeInteger(contextLength) && contextLength > 0)) {
    throw new RangeError(
      `Cannot pack examples as contextLength must be a positive integer: current value is ${contextLength}`,
    );
  }
  const rows: (TokenExample & { segments: number[]; count: number })[] = [];
  const cut = examples.map(({ inputs, targets }) => ({
    inputs: inputs.slice(0, contextLength),
    targets: targets.slice(0, contextLength),
  }));
  for (const { inputs, targets } of cut.sort((a, b) => b.inputs.length - a.inputs.length)) {
    let best: typeof rows[number] | undefined;
    for (const row of rows) {
      const fits = row.inputs.length + inputs.length <= contextLength;
      if (fits && (!best || row.inputs.length > best.inputs.length)) best = row;
    }
    if (!best) rows.push(best = { inputs: [], targets: [], segments: [], count: 0 });
    best.inputs.push(...inputs);
    best.targets.push(...targets);
    best.segments.push(...inputs.map(() => best.count));
    best.count++;
  }
  return rows.map(({ inputs, targets, segments }) => ({ inputs, targets, segments }));
}

/** How {@link collateTokens} makes a batch. */
export interface CollateTokensOptions {
  /** The token that fills rows up. @default {0} */
  padId?: number;
  /**
   * The tokens of a row; longer examples lose their end. Batches of one shape let steps be replayed. @default {the longest
   * example's}
   */
  length?: number;
}

/**
 * Makes a batch of examples for {@link TokenBatch}'s objectives: rows are filled up at the end, where nothing is learnt.
 *
 * @param examples The examples.
 * @param options The length of a row, and what fills it up.
 * @returns `inputs` and `targets`, and `segments` if an example has some, `[B, T]`, int32.
 */
export function collateTokens(
  examples: readonly TokenExample[],
  { padId = 0, length }: CollateTokensOptions = {},
): TokenBatch {
  const T = length ?? Math.max(...examples.map(({ inputs }) => inputs.length));
  const rows = (of: (example: TokenExample) => number[] | undefined, fill: number) => {
    const values = new Int32Array(examples.length * T).fill(fill);
    for (const [b, example] of examples.entries()) {
      values.set((of(example) ?? example.inputs.map(() => 0)).slice(0, T), b * T);
    }
    return tf.tensor2d(values, [examples.length, T], "int32");
  };
  const batch: TokenBatch = {
    inputs: rows(({ inputs }) => inputs, padId),
    targets: rows(({ targets }) => targets, -100),
  };
  if (examples.some(({ segments }) => segments)) {
    batch.segments = rows(({ segments }) => segments, -1); // what fills up is of no example
  }
  return batch;
}

/** What is preferred to what, for learning by preference. */
export interface PreferencePair {
  /** The better continuation; its targets are -100 up to where it begins. */
  chosen: TokenExample;
  /** The worse continuation of the same beginning. */
  rejected: TokenExample;
}

/** Continuations of which the first half is preferred to the second. */
export interface PreferenceBatch extends TokenBatch {
  /**
   * The log probability of each row by the reference, `[2 B]`, float32. @default {the model's without its adapters}
   */
  reference?: Tensor;
}

/**
 * Makes a batch of pairs: the chosen rows, then the rejected ones.
 *
 * @param pairs The pairs.
 * @param options The length of a row, and what fills it up.
 * @returns `inputs` and `targets`, `[2 B, T]`, int32.
 */
export function collatePreferences(
  pairs: readonly PreferencePair[],
  options: CollateTokensOptions = {},
): PreferenceBatch {
  const rows = [...pairs.map(({ chosen }) => chosen), ...pairs.map(({ rejected }) => rejected)];
  const { segments, ...batch } = collateTokens(rows, options);
  if (segments) dispose(segments); // a pair is never packed
  return batch;
}
