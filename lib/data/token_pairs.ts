import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";

/** A source and what is to be written from it, as tokens; without the tokens that start and end a target. */
export interface TokenPair {
  /** The tokens that are read, an end token included if the model is to see one. */
  source: readonly number[];
  /** The tokens that are to be written; {@link collatePairs} ends them. */
  target: readonly number[];
}

/** How {@link collatePairs} makes a batch. */
export interface CollatePairsOptions {
  /** The token that fills rows up. */
  padId: number;
  /** The token that targets start with. */
  startId: number;
  /** The token that ends a target. */
  endId: number;
  /** The most tokens of a source; what is beyond is cut off. @default {any number} */
  maxSource?: number;
  /** The most tokens of a target, with the one that ends it; what is beyond is cut off. @default {any number} */
  maxTarget?: number;
  /** Rows are filled up to a multiple of this, so that fewer different shapes occur. @default {1} */
  multipleOf?: number;
}

/** Sources and targets as tensors, which belong to whoever made them: what `seq2seqLoss` takes. */
export interface PairBatch {
  /** The sources, `[B, S]`, int32. */
  ids: Tensor;
  /** 1 where a source has a token and 0 where it is filled up, `[B, S]`, int32. */
  mask: Tensor;
  /** The targets shifted right: `startId` first, filled up with `padId`, `[B, T]`, int32. */
  decoderIds: Tensor;
  /** The targets, `endId` last, filled up with -100, `[B, T]`, int32. */
  labels: Tensor;
}

/**
 * Makes a batch of sources and targets.
 *
 * @example
 * ```ts
 * import { collatePairs } from "@tome/tome/data";
 * import { useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * const pairs = [{ source: [5, 6], target: [7] }, { source: [5], target: [8, 9] }];
 * const batch = collatePairs(pairs, { padId: 0, startId: 1, endId: 2 });
 * assert.deepEqual(batch.decoderIds.arraySync(), [[1, 7, 0], [1, 8, 9]]);
 * assert.deepEqual(batch.labels.arraySync(), [[7, 2, -100], [8, 9, 2]]);
 * Object.values(batch).forEach((tensor) => tensor.dispose());
 * ```
 * @param pairs The examples, at least one.
 * @param options The tokens that start, end and fill up, and the longest rows.
 * @returns Tensors, which belong to the caller.
 * @throws {RangeError} If there are no pairs, a source is empty, or a length is out of range.
 */
export function collatePairs(pairs: readonly TokenPair[], options: CollatePairsOptions): PairBatch {
  const { padId, startId, endId, multipleOf = 1 } = options;
  const { maxSource = Infinity, maxTarget = Infinity } = options;
  for (const [name, value] of Object.entries({ maxSource, maxTarget, multipleOf })) {
    if (value >= 1 && (value === Infinity || Number.isInteger(value))) continue;
    throw new RangeError(
      `Cannot make a batch as ${name} must be a whole number above 0: current value is ${value}`,
    );
  }
  if (pairs.length === 0) {
    throw new RangeError("Cannot make a batch as it must have a pair: current number is 0");
  }
  const sources = pairs.map(({ source }) => source.slice(0, maxSource));
  const empty = sources.findIndex(({ length }) => length === 0);
  if (empty >= 0) {
    throw new RangeError(
      `Cannot make a batch as each source must have a token: current source ${empty} has none`,
    );
  }
  const targets = pairs.map(({ target }) => [...target.slice(0, maxTarget - 1), endId]);
  const stack = (rows: readonly (readonly number[])[], fill: number): Tensor => {
    const longest = Math.max(...rows.map(({ length }) => length));
    const length = multipleOf * Math.ceil(longest / multipleOf);
    const values = new Int32Array(rows.length * length).fill(fill);
    for (const [b, row] of rows.entries()) values.set(row, b * length);
    return tf.tensor2d(values, [rows.length, length], "int32");
  };
  return {
    ids: stack(sources, padId),
    mask: stack(sources.map((row) => row.map(() => 1)), 0),
    decoderIds: stack(targets.map((row) => [startId, ...row.slice(0, -1)]), padId),
    labels: stack(targets, -100),
  };
}
