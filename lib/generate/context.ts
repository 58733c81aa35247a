import { type CausalLM, KVCache, type Module } from "../nn/mod.ts";
import { type SampledTokens, sampleTokens, type SampleTokensOptions } from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { nextTurn, record, type Recorded, type Tensor } from "../tensor/mod.ts";

/** What a run of the model that also chooses is given. */
interface Given extends SampleTokensOptions {
  ids: Tensor;
  draws?: Tensor;
}

/**
 * The rows of tokens that a model continues, all of one length, and what it sees of them.
 *
 * A model sees at most `contextLength` tokens: at first the last ones of the prompt. When one more does not fit, it goes
 * on with the last `contextLength / 2` (at least 1) alone, so that a cache is rebuilt once in as many tokens and not for
 * each. With and without a cache it sees the same.
 */
export class Context implements Disposable {
  #model: CausalLM;
  #cache: KVCache | undefined;
  #rows: number[][];
  #start: number; // the first token that the model sees
  #done: number; // the first token that is not in the cache
  #rested = performance.now();
  readonly #forward: Recorded<Tensor, Tensor>;
  readonly #write: Recorded<Given, SampledTokens>;

  /**
   * @param model What continues them.
   * @param prompts At least one row; all rows have the same length.
   * @param useCache Whether keys and values are kept.
   * @param maxNewTokens How many tokens each row will be given, at most.
   */
  constructor(
    model: CausalLM,
    prompts: readonly (readonly number[])[],
    useCache: boolean,
    maxNewTokens = model.contextLength,
  ) {
    this.#model = model;
    this.#rows = prompts.map((prompt) => [...prompt]);
    this.#start = this.#done = Math.max(0, this.#length - model.contextLength);
    const capacity = Math.min(model.contextLength, this.#length + maxNewTokens);
    const cache = useCache ? new KVCache({ capacity }) : undefined;
    this.#cache = cache;
    const forward = (ids: Tensor): Tensor => {
      const options = { lastOnly: true, ...(cache ? { cache } : {}) };
      const logits = inUse(model, () => model.forward(ids, options)); // [B, 1, V]
      return tf.reshape(logits, [logits.shape[0]!, model.vocabSize]);
    };
    this.#forward = record(forward, { name: "generation" });
    this.#write = record(
      ({ ids, draws, ...options }: Given) => sampleTokens(forward(ids), draws, options),
      { name: "generation" },
    );
  }

  get #length(): number {
    return this.#rows[0]!.length;
  }

  /** All tokens of each row. */
  get rows(): readonly (readonly number[])[] {
    return this.#rows;
  }

  /**
   * Runs the model.
   *
   * @param signal Stops between two runs.
   * @returns The logits of the next token of each row, `[V]` each.
   */
  async next(signal?: AbortSignal): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    const ids = this.#unread();
    let last: Tensor;
    try {
      last = this.#forward(ids); // [B, V]
    } finally {
      ids.dispose();
    }
    this.#done = this.#length;
    try {
      const values = await last.data() as Float32Array;
      await this.#rest();
      signal?.throwIfAborted();
      const V = last.shape[1]!;
      return this.#rows.map((_, row) => values.slice(row * V, (row + 1) * V));
    } finally {
      last.dispose();
    }
  }

  /** The tokens that the model has not seen yet, `[B, T]`; makes room for one more. */
  #unread(): Tensor {
    const [length, { contextLength }] = [this.#length, this.#model];
    if (length - this.#start > contextLength) {
      this.#start = this.#done = length - Math.max(1, Math.floor(contextLength / 2));
      this.#cache?.clear();
    }
    const from = this.#cache ? this.#done : this.#start;
    return tf.tensor2d(this.#rows.map((row) => row.slice(from)), undefined, "int32");
  }

  /**
   * Runs the model several times and adds a token to each row each time, without the device being waited for in between.
   *
   * @param most Tokens of each row at most; fewer are written where the model's context ends, and one without a cache.
   * @param options What is drawn from.
   * @param draw Gives the number in [0, 1) that decides on the next token of a row; none takes the likeliest.
   * @param signal Stops before the first run and after the last.
   * @returns For each token that was written, the id and the log probability of each row, `[2 B]`, in turn.
   */
  async write(
    most: number,
    options: SampleTokensOptions,
    draw?: (row: number) => number,
    signal?: AbortSignal,
  ): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    const rows = this.#rows.length;
    const chosen: Tensor[] = [];
    let ids = this.#unread();
    let all: Tensor | undefined;
    try {
      const room = this.#model.contextLength - (this.#length - this.#start);
      const count = this.#cache ? Math.min(most, room + 1) : 1;
      for (let k = 0; k < count; k++) {
        const draws = draw &&
          tf.tensor1d(Float32Array.from({ length: rows }, (_, row) => draw(row)));
        const before = ids;
        try {
          const next = this.#write({ ids, ...(draws && { draws }), ...options });
          chosen.push(next.chosen);
          ids = next.ids; // [B, 1]
        } finally {
          tf.dispose(draws ? [before, draws] : before);
        }
      }
      this.#done = this.#length + count - 1;
      all = chosen.length > 1 ? tf.concat(chosen, 0) : tf.clone(chosen[0]!); // [count B, 2]
      const values = await all.data() as Float32Array;
      await this.#rest();
      signal?.throwIfAborted();
      const steps = chosen.map((_, k) => values.slice(2 * rows * k, 2 * rows * (k + 1)));
      for (const step of steps) this.push(this.#rows.map((_, row) => step[2 * row]!));
      return steps;
    } finally {
      if (!ids.isDisposed) ids.dispose();
      tf.dispose(chosen);
      all?.dispose();
    }
  }

  /** Lets timers and requests have their turn, which a device that computes at once would keep from them. */
  async #rest(): Promise<void> {
    if (performance.now() - this.#rested < 20) return;
    await nextTurn();
    this.#rested = performance.now();
  }

  /** Keeps the given rows in the given order; a row may be repeated. */
  select(rows: readonly number[]): void {
    if (rows.length === this.#rows.length && rows.every((row, i) => row === i)) return;
    this.#rows = rows.map((row) => [...this.#rows[row]!]);
    this.#cache?.select(rows);
  }

  /** Adds a token to each row. */
  push(ids: readonly number[]): void {
    for (const [i, row] of this.#rows.entries()) row.push(ids[i]!);
  }

  /** Frees the cache. */
  [Symbol.dispose](): void {
    this.#forward[Symbol.dispose]();
    this.#write[Symbol.dispose]();
    this.#cache?.[Symbol.dispose]();
  }
}

/** Runs `f` while every module behaves as in use, and puts back what was. */
export function inUse<T>(model: Module, f: () => T): T {
  const training = [...model.namedModules()].map(([, module]) => module).filter((m) => m.training);
  for (const module of training) module.training = false;
  try {
    return f();
  } finally {
    for (const module of training) module.training = true;
  }
}
