import * as tf from "../tensor/_tf.ts";
import type { Rng, Tensor } from "../tensor/mod.ts";
import { type BatchSource, checkState, type JsonValue, PLACE } from "./batch_source.ts";
import { type LeaveOneOut, NegativeSampler } from "./interactions.ts";
import { epochRng } from "./sampler.ts";

/** Pairs of users and items, some met and some not. */
export interface FeedbackBatch {
  /** Users, `[B]`, int32. */
  users: Tensor;
  /** Items, one each, `[B]`, int32. */
  items: Tensor;
  /** 1 for items that were met and 0 for drawn ones, `[B]`, float32. */
  labels: Tensor;
}

/** Users, an item that each has met, and one that each has not. */
export interface PreferredItems {
  /** Users, `[B]`, int32. */
  users: Tensor;
  /** What they have met, `[B]`, int32. */
  items: Tensor;
  /** What they have not met, `[B]`, int32. */
  negatives: Tensor;
  /** What each met before, oldest first, `[B, T]`, int32, filled with the number of items. */
  history: Tensor;
}

/** What users met, in order, the item that came after each, and one that did not. */
export interface SequenceBatch {
  /** Items, oldest first, filled in front with the number of items, `[B, T]`, int32. */
  history: Tensor;
  /** The item after each, filled likewise, `[B, T]`, int32. */
  items: Tensor;
  /** An item for each that the user has never met, filled likewise, `[B, T]`, int32. */
  negatives: Tensor;
}

/** How batches for recommenders are made. */
export interface RecommenderBatchOptions {
  /** Examples in a batch, users for sequences. */
  batchSize: number;
  /** Equal seeds give equal batches. @default {0} */
  seed?: number;
}

/**
 * Batches of which each pass is made from its number and a seed alone, so that a place in it can be found again.
 *
 * The last batch of a pass may be smaller.
 */
class SeededBatches<E, B> implements BatchSource<B> {
  readonly #pass: (random: Rng) => E[];
  readonly #collate: (examples: E[]) => B;
  readonly #size: number;
  #seed: number;
  #epoch = 0;
  #batch = 0;

  constructor(
    { batchSize, seed = 0 }: RecommenderBatchOptions,
    pass: (random: Rng) => E[],
    collate: (examples: E[]) => B,
  ) {
    if (!(Number.isSafeInteger(batchSize) && batchSize > 0)) {
      throw new RangeError(
        `Cannot make batches as batchSize must be a positive integer: current value is ${batchSize}`,
      );
    }
    [this.#size, this.#seed, this.#pass, this.#collate] = [batchSize, seed, pass, collate];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<B> {
    const random = epochRng(this.#seed, this.#epoch);
    const examples = random.shuffle(this.#pass(random));
    while (this.#batch * this.#size < examples.length) {
      const start = this.#batch++ * this.#size;
      yield this.#collate(examples.slice(start, start + this.#size));
    }
    this.#epoch++;
    this.#batch = 0;
  }

  state(): JsonValue {
    return { batchSize: this.#size, seed: this.#seed, epoch: this.#epoch, batch: this.#batch };
  }

  restore(state: JsonValue): void {
    const same = { batchSize: this.#size };
    const { seed, epoch, batch } = checkState("recommender batches", state, same, PLACE) as {
      [name: string]: number;
    };
    [this.#seed, this.#epoch, this.#batch] = [seed!, epoch!, batch!];
  }
}

const ints = (values: readonly number[]) => tf.tensor1d(values as number[], "int32");

/** Rows of one length: the latest items, filled in front. */
function rows(lists: readonly (readonly number[])[], length: number, fill: number): Tensor {
  const values = new Int32Array(lists.length * length).fill(fill);
  lists.forEach((list, row) => {
    const latest = list.slice(-length);
    values.set(latest, (row + 1) * length - latest.length);
  });
  return tf.tensor2d(values, [lists.length, length], "int32");
}

/**
 * Rows of the items that were met, oldest first, as models that read a history want them.
 *
 * @param lists The items of each row.
 * @param length How many of the latest count.
 * @param numItems What a shorter row is filled with, in front.
 * @returns `[B, T]`, int32
 */
export function historyRows(
  lists: readonly (readonly number[])[],
  length: number,
  numItems: number,
): Tensor {
  return rows(lists, length, numItems);
}

/** How {@link feedbackBatches} draws. */
export interface FeedbackOptions extends RecommenderBatchOptions {
  /** Items not met, drawn anew each pass, for each that was. @default {4} */
  negatives?: number;
}

/**
 * Batches of items that users met, and of drawn ones that they did not, to tell the one from the other.
 *
 * @param split The items of each user.
 * @param options Sizes and the seed.
 */
export function feedbackBatches(
  split: LeaveOneOut,
  { negatives = 4, ...options }: FeedbackOptions,
): BatchSource<FeedbackBatch> {
  return new SeededBatches(options, (random) => {
    const sampler = new NegativeSampler(split, { seed: random.bits() });
    return split.history.flatMap((items, user) =>
      items.flatMap((item) => [
        { user, item, label: 1 },
        ...Array.from({ length: negatives }, () => ({ user, item: sampler.draw(user), label: 0 })),
      ])
    );
  }, (examples) => ({
    users: ints(examples.map(({ user }) => user)),
    items: ints(examples.map(({ item }) => item)),
    labels: tf.tensor1d(examples.map(({ label }) => label), "float32"),
  }));
}

/** How {@link preferenceBatches} is made. */
export interface HistoryOptions extends RecommenderBatchOptions {
  /** How many of the latest items a row of the history holds. @default {20} */
  length?: number;
}

/**
 * Batches of an item that a user met, one that the user did not, and what the user met before.
 *
 * @param split The items of each user.
 * @param options Sizes and the seed.
 */
export function preferenceBatches(
  split: LeaveOneOut,
  { length = 20, ...options }: HistoryOptions,
): BatchSource<PreferredItems> {
  return new SeededBatches(options, (random) => {
    const sampler = new NegativeSampler(split, { seed: random.bits() });
    return split.history.flatMap((items, user) =>
      items.map((item, i) => ({ user, item, negative: sampler.draw(user), end: i }))
    );
  }, (examples) => ({
    users: ints(examples.map(({ user }) => user)),
    items: ints(examples.map(({ item }) => item)),
    negatives: ints(examples.map(({ negative }) => negative)),
    history: rows(
      examples.map(({ user, end }) => split.history[user]!.slice(Math.max(0, end - length), end)),
      length,
      split.numItems,
    ),
  }));
}

/**
 * Batches of users' histories, to foretell each item from those before it.
 *
 * @param split The items of each user.
 * @param options Sizes and the seed.
 */
export function sequenceBatches(
  split: LeaveOneOut,
  { length = 50, ...options }: HistoryOptions,
): BatchSource<SequenceBatch> {
  return new SeededBatches(options, (random) => {
    const sampler = new NegativeSampler(split, { seed: random.bits() });
    return split.history.flatMap((items, user) => {
      if (items.length < 2) return [];
      const after = items.slice(1).slice(-length);
      return [{
        before: items.slice(0, -1),
        after,
        negatives: after.map(() => sampler.draw(user)),
      }];
    });
  }, (examples) => {
    const of = (lists: number[][]) => rows(lists, length, split.numItems);
    return {
      history: of(examples.map(({ before }) => before)),
      items: of(examples.map(({ after }) => after)),
      negatives: of(examples.map(({ negatives }) => negatives)),
    };
  });
}
