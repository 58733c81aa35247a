import { type CausalLM, KVCache } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { nextTurn, record, type Recorded, type Tensor } from "../tensor/mod.ts";
import { inUse } from "./context.ts";

/**
 * One sequence as a model reads it, which may be taken back.
 *
 * Unlike {@link Context} it gives the logits after several tokens at once. What the model sees of a long text is the same:
 * when one more token does not fit, it goes on with the last half of its context.
 */
export class Reader implements Disposable {
  #start = 0; // the first token that the model sees
  #done = 0; // the first token that is not in the cache
  #rested = performance.now();
  readonly #model: CausalLM;
  readonly #cache: KVCache | undefined;
  readonly #forward: Recorded<{ ids: Tensor; all: boolean }, Tensor>;

  /**
   * @param model What reads.
   * @param length The tokens of the prompt, of which the model sees the last.
   * @param capacity The most tokens that there will be.
   * @param useCache Whether keys and values are kept.
   * @param name What the model is called in warnings.
   */
  constructor(
    model: CausalLM,
    length: number,
    capacity: number,
    useCache: boolean,
    name: string,
  ) {
    this.#model = model;
    this.#start = this.#done = Math.max(0, length - model.contextLength);
    const cache = useCache
      ? new KVCache({ capacity: Math.min(model.contextLength, capacity) })
      : undefined;
    this.#cache = cache;
    this.#forward = record(({ ids, all }: { ids: Tensor; all: boolean }) => {
      const options = { lastOnly: !all, ...(cache ? { cache } : {}) };
      const logits = inUse(model, () => model.forward(ids, options)); // [1, T, V]
      return tf.reshape(logits, [-1, model.vocabSize]);
    }, { name });
  }

  /** How many more tokens than `length` the model can see without going on with the half of them. */
  room(length: number): number {
    const { contextLength } = this.#model;
    if (length - this.#start > contextLength) {
      this.#start = this.#done = length - Math.max(1, Math.floor(contextLength / 2));
      this.#cache?.clear();
    }
    return contextLength - (length - this.#start);
  }

  /** Whether more than the last of `length` tokens has yet to be read. */
  isBehind(length: number): boolean {
    return length - this.#done > 1;
  }

  /**
   * Runs the model on the tokens that it has not read yet.
   *
   * @param tokens All tokens.
   * @param wanted How many of the last tokens the logits are wanted after.
   * @param signal Stops between two runs.
   * @returns `[V]` after each of them.
   */
  async read(
    tokens: readonly number[],
    wanted: number,
    signal?: AbortSignal,
  ): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    this.room(tokens.length);
    const from = this.#cache ? this.#done : this.#start;
    const ids = tf.tensor2d([tokens.slice(from)], undefined, "int32"); // [1, T]
    let logits: Tensor;
    try {
      logits = this.#forward({ ids, all: wanted > 1 }); // [T or 1, V]
    } finally {
      ids.dispose();
    }
    this.#done = tokens.length;
    try {
      const values = await logits.data() as Float32Array;
      await this.#rest();
      signal?.throwIfAborted();
      const [rows, V] = logits.shape as [number, number];
      return Array.from({ length: wanted }, (_, k) => {
        const row = rows - wanted + k;
        return values.slice(row * V, (row + 1) * V);
      });
    } finally {
      logits.dispose();
    }
  }

  /** Lets timers and requests have their turn. */
  async #rest(): Promise<void> {
    if (performance.now() - this.#rested < 20) return;
    await nextTurn();
    this.#rested = performance.now();
  }

  /** Takes back what was read after the first `length` tokens. */
  rewind(length: number): void {
    if (length >= this.#done) return;
    if (length <= this.#start) {
      this.#start = Math.max(0, length - Math.max(1, Math.floor(this.#model.contextLength / 2)));
      this.#cache?.clear();
      this.#done = this.#start;
      return;
    }
    this.#cache?.rewind(length - this.#start);
    this.#done = length;
  }

  /** Frees the cache. */
  [Symbol.dispose](): void {
    this.#forward[Symbol.dispose]();
    this.#cache?.[Symbol.dispose]();
  }
}
