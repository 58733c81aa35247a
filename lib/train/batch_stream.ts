import type { BatchSource, JsonValue } from "../data/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { holdFor } from "../tensor/mod.ts";

/** Batches: an array, a generator, or a {@link BatchSource}, whose place can be saved. */
export type Batches<B> = AsyncIterable<B> | Iterable<B>;

/** Where a {@link BatchStream} is, as JSON. */
export interface StreamPosition {
  /** Passes completed. */
  epoch: number;
  /** Batches taken in this pass. */
  batch: number;
  /** The position of the source itself, if it knows. */
  source?: JsonValue;
}

/**
 * Takes batches from a source, pass after pass; whoever takes a batch gives it back to be freed.
 *
 * The batches of an array stay its owner's, as it can be iterated again.
 */
export class BatchStream<B> {
  readonly #source: Batches<B>;
  readonly #reused: B[] = [];
  readonly #limit: number;
  #iterator?: AsyncIterator<B> | Iterator<B>;
  #skip = 0;
  #resumed = false;
  #retried = false;
  #over = false; // the pass, though its last batches have just been given
  /** Passes completed. */
  epoch = 0;
  /** Batches taken in this pass. */
  batch = 0;

  /**
   * @param source The batches; each pass iterates it once more.
   * @param limit If given, only that many first batches are used, again and again; they are kept for that.
   */
  constructor(source: Batches<B>, limit = Infinity) {
    this.#source = source;
    this.#limit = limit;
  }

  /**
   * Takes the next batches of this pass.
   *
   * @param count How many.
   * @returns Fewer at the end of a pass, and none if it was over already: then the next pass begins.
   * @throws {RangeError} If a whole pass gives none.
   */
  async take(count: number): Promise<B[]> {
    const taken: B[] = [];
    try {
      while (taken.length < count && !this.#over) {
        const next = await this.#next();
        if (!next) {
          this.#over = true;
          break;
        }
        holdFor("batches", next.batch);
        taken.push(next.batch);
      }
    } catch (error) {
      this.release(taken);
      throw error;
    }
    if (taken.length === 0) {
      if (this.batch === 0 && !this.#resumed) {
        this.#over = false;
        if (this.epoch === 0 && !this.#retried && isPositioned(this.#source)) {
          this.#retried = true; // an earlier run may have left the source behind its last batch
          return await this.take(count);
        }
        throw new RangeError(
          `Cannot train as the batches must not be empty: current pass, number ${this.epoch}, has none; ` +
            "pass batches that can be iterated more than once",
        );
      }
      this.epoch++;
      this.batch = 0;
      this.#resumed = this.#over = false;
    }
    return taken;
  }

  /** Frees batches that were taken. */
  release(batches: readonly B[]): void {
    if (Array.isArray(this.#source)) return;
    const kept = new Set<unknown>(this.#reused);
    for (const batch of batches) {
      if (!kept.has(batch)) tf.dispose(batch as unknown as tf.TensorContainer);
    }
  }

  /** Where it is. */
  position(): StreamPosition {
    const { epoch, batch } = this;
    const own = this.#limit === Infinity && isPositioned(this.#source);
    const source = own ? (this.#source as BatchSource<B>).state() : undefined;
    return { epoch, batch, ...(source === undefined ? {} : { source }) };
  }

  /** Goes where {@link position} was: through the source's own state, or by skipping batches. */
  restore({ epoch, batch, source }: StreamPosition): void {
    [this.epoch, this.batch] = [epoch, batch];
    this.#resumed = true;
    if (isPositioned(this.#source) && source !== undefined) {
      this.#source.restore(source);
    } else this.#skip = batch;
  }

  /** Frees what it keeps, and tells the source that no more will be taken. */
  async close(): Promise<void> {
    this.release(this.#reused.splice(0));
    await this.#iterator?.return?.();
    this.#iterator = undefined;
  }

  async #next(): Promise<{ batch: B } | undefined> {
    while (this.#skip > 0) {
      const skipped = await this.#pull(this.batch - this.#skip);
      if (!skipped) {
        throw new RangeError(
          `Cannot resume as the data must have at least ${this.batch} batches: ` +
            `current number is ${this.batch - this.#skip}`,
        );
      }
      this.release([skipped.batch]);
      this.#skip--;
    }
    const next = await this.#pull(this.batch);
    if (next) this.batch++;
    return next;
  }

  /** The batch of a number in this pass. */
  async #pull(index: number): Promise<{ batch: B } | undefined> {
    if (index >= this.#limit) {
      await this.#iterator?.return?.();
      this.#iterator = undefined;
      return undefined;
    }
    if (index < this.#reused.length) return { batch: this.#reused[index]! };
    this.#iterator ??= iterate(this.#source);
    const { done, value } = await this.#iterator.next();
    if (done) {
      this.#iterator = undefined;
      return undefined;
    }
    if (this.#limit < Infinity) this.#reused.push(value);
    return { batch: value };
  }
}

function iterate<B>(source: Batches<B>): AsyncIterator<B> | Iterator<B> {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}

/** Whether the place of batches can be saved. */
export function isPositioned<B>(source: Batches<B>): source is BatchSource<B> {
  return "state" in source && typeof source.state === "function" && "restore" in source;
}

/** The number of batches in a pass, if they say so; endless ones give `Infinity`. */
export function lengthOf(source: Batches<unknown>): number | undefined {
  return "length" in source && typeof source.length === "number" ? source.length : undefined;
}
