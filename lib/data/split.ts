import { Rng } from "../tensor/mod.ts";

/** A text or a list of which a part can be taken. */
export interface Sliceable {
  /** The number of its elements. */
  readonly length: number;
  /** The elements from `start` up to, but not including, `end`. */
  slice(start: number, end: number): Sliceable;
}

/** The parts of a data set. */
export interface Split<T> {
  /** What a model learns from. */
  train: T;
  /** What it is measured on. */
  validation: T;
}

/**
 * Cuts a text, or its token ids, in two: the end of it is for validation. Nothing is shuffled, so no sentence of the
 * validation part has neighbours in the training part.
 *
 * @param sequence A string, an array or a typed array; parts of a typed array share its memory.
 * @param validation The fraction for validation, between 0 and 1. @default {0.1}
 * @throws {RangeError} If the fraction is not between 0 and 1, or a part would be empty.
 */
export function splitSequence<T extends Sliceable>(sequence: T, validation = 0.1): Split<T> {
  const length = sequence.length;
  const cut = length - countOf(length, validation, "sequence");
  const part = (start: number, end: number) =>
    (ArrayBuffer.isView(sequence)
      ? (sequence as unknown as Uint8Array).subarray(start, end)
      : sequence.slice(start, end)) as T;
  return { train: part(0, cut), validation: part(cut, length) };
}

/** How {@link splitExamples} divides. */
export interface SplitOptions<T> {
  /** The fraction for validation, between 0 and 1. @default {0.1} */
  validation?: number;
  /** If given, the examples are shuffled first; else the last ones are for validation. @default {undefined} */
  seed?: number;
  /** If given, both parts have the same share of each label, as nearly as whole examples allow. @default {undefined} */
  label?: (example: T) => string | number | boolean;
}

/**
 * Divides examples into those for training and those for validation; both keep the order of the examples.
 *
 * @throws {RangeError} If the fraction is not between 0 and 1, or a part would be empty.
 */
export function splitExamples<T>(
  examples: readonly T[],
  { validation = 0.1, seed, label }: SplitOptions<T> = {},
): Split<T[]> {
  const wanted = countOf(examples.length, validation, "examples");
  const groups = new Map<unknown, number[]>();
  for (const [i, example] of examples.entries()) {
    const key = label?.(example);
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  }
  const random = seed === undefined ? undefined : new Rng(seed);
  const counts = shares([...groups.values()].map((group) => group.length), wanted);
  const held = new Set<number>();
  for (const [g, group] of [...groups.values()].entries()) {
    random?.shuffle(group);
    for (const i of group.slice(group.length - counts[g]!)) held.add(i);
  }
  return {
    train: examples.filter((_, i) => !held.has(i)),
    validation: examples.filter((_, i) => held.has(i)),
  };
}

function countOf(length: number, fraction: number, what: string): number {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(
      `Cannot split the ${what} as validation must be a fraction between 0 and 1: current validation is ${fraction}`,
    );
  }
  const count = Math.round(length * fraction);
  if (count > 0 && count < length) return count;
  throw new RangeError(
    `Cannot split the ${what} as no part may be empty: current length is ${length}, of which ${count} for validation`,
  );
}

/** Divides `total` over groups in proportion to their sizes: what is left over goes to the largest remainders. */
function shares(sizes: readonly number[], total: number): number[] {
  const sum = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map((size) => size * total / sum);
  const counts = exact.map(Math.floor);
  const left = total - counts.reduce((a, b) => a + b, 0);
  const byRemainder = exact.map((x, g) => [x - Math.floor(x), g] as const)
    .sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, g] of byRemainder.slice(0, left)) counts[g] = counts[g]! + 1;
  return counts;
}
