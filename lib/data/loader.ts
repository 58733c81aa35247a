import { dispose, rng } from "../tensor/mod.ts";
import { type BatchSource, checkState, type JsonValue, PLACE } from "./batch_source.ts";
import { prefetch } from "./prefetch.ts";
import { epochRng, inOrder, type Sampler, shuffled, shuffleStream } from "./sampler.ts";

/**
 * Where examples come from: an array; something that can be iterated anew for each pass; or a function that opens
 * them for a pass, such as a generator function.
 */
export type ExampleSource<T> =
  | readonly T[]
  | Iterable<T>
  | AsyncIterable<T>
  | ((epoch: number) => Iterable<T> | AsyncIterable<T>);

/** How a {@link DataLoader} makes batches. */
export interface DataLoaderOptions<T, B> {
  /** Examples in a batch. */
  batchSize: number;
  /**
   * Whether examples come in another order each pass. A stream cannot be shuffled as a whole: give the number of its
   * examples that wait while one of them is drawn. @default {false}
   */
  shuffle?: boolean | number;
  /** Equal seeds give equal orders. @default {drawn from the library's own generator} */
  seed?: number;
  /** The order of the examples of an array, instead of `shuffle`. @default {undefined} */
  sampler?: Sampler;
  /** Whether a last batch of fewer examples is left out of a pass. @default {false} */
  dropLast?: boolean;
  /** Makes a batch of examples; its tensors belong to whoever takes the batch. @default {the array of examples} */
  collate?: (examples: T[]) => B | Promise<B>;
  /** How many batches may be prepared ahead of the one in use. @default {2} */
  prefetch?: number;
}

/**
 * Makes batches of examples, ahead of time, and knows where it is.
 *
 * One iteration runs at a time: another one, or {@link restore}, ends the one before.
 *
 * @example
 * ```ts
 * import { DataLoader } from "@tome/tome/data";
 * import assert from "node:assert/strict";
 *
 * const loader = new DataLoader([1, 2, 3, 4, 5], { batchSize: 2 });
 * assert.deepEqual(await Array.fromAsync(loader), [[1, 2], [3, 4], [5]]);
 * ```
 */
export class DataLoader<T, B = T[]> implements BatchSource<B> {
  readonly #source: ExampleSource<T>;
  readonly #options: DataLoaderOptions<T, B>;
  #seed: number;
  #opened: unknown; // the one-time iterator that was read
  #epoch = 0;
  #batch = 0;
  #turn = 0;
  #active: AsyncGenerator<B> | undefined;

  /**
   * Makes a loader; nothing is read before a batch is taken.
   *
   * @param source The examples.
   * @param options The size of a batch, and how batches are made.
   * @throws {RangeError} If a size is out of range.
   * @throws {TypeError} If a stream is to be shuffled as a whole, or sampled.
   */
  constructor(source: ExampleSource<T>, options: DataLoaderOptions<T, B>) {
    const { batchSize, prefetch = 2, shuffle = false, sampler } = options;
    atLeast(1, "batchSize", batchSize);
    atLeast(0, "prefetch", prefetch);
    if (typeof shuffle === "number") atLeast(1, "shuffle", shuffle);
    if (!Array.isArray(source) && (shuffle === true || sampler)) {
      throw new TypeError(
        `Cannot ${
          sampler ? "sample" : "shuffle"
        } a stream as its examples must be in an array; pass an array, or as shuffle the number of examples that wait`,
      );
    }
    this.#source = source;
    this.#options = options;
    this.#seed = options.seed ?? rng.bits();
  }

  /** Gives the rest of the pass. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B> {
    const turn = ++this.#turn;
    await this.#active?.return(undefined);
    if (turn !== this.#turn) return;
    const batches = prefetch(this.#batches(), this.#options.prefetch ?? 2);
    this.#active = batches;
    try {
      for await (const batch of batches) {
        if (turn !== this.#turn) {
          dispose(batch as Parameters<typeof dispose>[0]);
          return;
        }
        this.#batch++;
        yield batch;
      }
      if (turn !== this.#turn) return;
      this.#epoch++;
      this.#batch = 0;
    } finally {
      if (this.#active === batches) this.#active = undefined;
    }
  }

  /** The batches from the current place to the end of the pass. */
  async *#batches(): AsyncGenerator<B> {
    const { batchSize, dropLast = false, collate } = this.#options;
    const make = collate ?? ((examples: T[]) => examples as unknown as B);
    let examples: T[] = [];
    for await (const example of this.#examples(this.#epoch, this.#batch * batchSize)) {
      examples.push(example);
      if (examples.length < batchSize) continue;
      yield await make(examples);
      examples = [];
    }
    if (examples.length > 0 && !dropLast) yield await make(examples);
  }

  /** The examples of a pass, but for the first ones. */
  async *#examples(epoch: number, skip: number): AsyncGenerator<T> {
    const source = this.#source;
    const { shuffle = false, sampler } = this.#options;
    if (Array.isArray(source)) {
      const order = (sampler ?? (shuffle ? shuffled(this.#seed) : inOrder()))(source.length, epoch);
      for (let i = skip; i < order.length; i++) yield source[order[i]!];
      return;
    }
    const stream = this.#open(epoch);
    const mixed = shuffle
      ? shuffleStream(stream, shuffle as number, epochRng(this.#seed, epoch))
      : stream;
    for await (const example of mixed) if (skip-- <= 0) yield example;
  }

  #open(epoch: number): Iterable<T> | AsyncIterable<T> {
    const source = this.#source as Exclude<ExampleSource<T>, readonly T[]>;
    const stream = typeof source === "function" ? source(epoch) : source;
    const iterator = Symbol.asyncIterator in stream
      ? stream[Symbol.asyncIterator]()
      : stream[Symbol.iterator]();
    if (iterator as unknown !== stream) return stream;
    if (this.#opened === stream) {
      throw new TypeError(
        "Cannot read the examples again as an iterator gives them only once: pass the generator function itself, or an array",
      );
    }
    this.#opened = stream;
    return stream;
  }

  /** The place behind the last batch that was handed over. */
  state(): JsonValue {
    return { ...this.#same(), seed: this.#seed, epoch: this.#epoch, batch: this.#batch };
  }

  /**
   * Goes back to a place; from a stream, the examples before it are read again and passed over.
   *
   * @throws {RangeError} If the state is that of other data or of other batches.
   */
  restore(state: JsonValue): void {
    const checked = checkState("DataLoader", state, this.#same(), PLACE);
    const { seed, epoch, batch } = checked as { [name: string]: number };
    this.#turn++;
    this.#active?.return(undefined).catch(() => {}); // what was prepared for the old place is disposed
    this.#active = undefined;
    this.#seed = seed!;
    this.#epoch = epoch!;
    this.#batch = batch!;
  }

  #same(): { [name: string]: JsonValue } {
    const { batchSize, shuffle = false, dropLast = false } = this.#options;
    const examples = Array.isArray(this.#source) ? this.#source.length : null;
    return { examples, batchSize, shuffle, dropLast };
  }
}

function atLeast(least: number, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(
    `Cannot make a DataLoader as ${name} must be a whole number of at least ${least}: current ${name} is ${value}`,
  );
}
