import { Rng, rng, type RngState, type Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { type BatchSource, checkState, type JsonValue, PLACE } from "./batch_source.ts";
import { inOrder, shuffled } from "./sampler.ts";

/** A batch for learning to tell the next token. */
export interface TokenBatch {
  /** Token ids, `[B, T]`, int32. */
  inputs: Tensor;
  /** The token after each, `[B, T]`, int32; -100 where none is learnt. */
  targets: Tensor;
  /** Which of the texts packed into a row each token is of, `[B, T]`, int32. @default {each row is one text} */
  segments?: Tensor;
}

/** How {@link TextWindows} cuts a text. */
export interface TextWindowsOptions {
  /** Tokens in a window: T. */
  contextLength: number;
  /** Windows in a batch: B. */
  batchSize: number;
  /**
   * `"random"`: windows anywhere, for ever. `"shuffled"`: windows side by side, each once a pass, in another order
   * each pass. `"sequential"`: the same in the order of the text. @default {"random"}
   */
  order?: "random" | "shuffled" | "sequential";
  /** Equal seeds give equal batches. @default {drawn from the library's own generator} */
  seed?: number;
  /** Whether a last batch of fewer windows is left out of a pass. @default {false} */
  dropLast?: boolean;
}

/**
 * Cuts a text of token ids into windows, with the token after each as the target.
 *
 * In a pass, whose windows lie side by side, at most the last `contextLength` tokens go unused.
 *
 * @example
 * ```ts
 * import { TextWindows } from "@tome/tome/data";
 * import { useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * const windows = new TextWindows([0, 1, 2, 3, 4, 5, 6], {
 *   contextLength: 3,
 *   batchSize: 2,
 *   order: "sequential",
 * });
 * for await (const { inputs, targets } of windows) {
 *   assert.deepEqual(await inputs.array(), [[0, 1, 2], [3, 4, 5]]);
 *   assert.deepEqual(await targets.array(), [[1, 2, 3], [4, 5, 6]]);
 *   inputs.dispose();
 *   targets.dispose();
 * }
 * ```
 */
export class TextWindows implements BatchSource<TokenBatch> {
  /** The number of batches in a pass; infinite for random windows. */
  readonly length: number;
  readonly #ids: ArrayLike<number>;
  readonly #options: Required<Omit<TextWindowsOptions, "seed">>;
  #seed: number;
  #random: Rng;
  #epoch = 0;
  #batch = 0;
  #turn = 0;

  /**
   * Cuts a text; no tensor is made before a batch is taken.
   *
   * @param ids The token ids of the text; a typed array is not copied.
   * @param options The size of windows and batches, and their order.
   * @throws {RangeError} If the text is too short for a window, or for a batch where `dropLast` is set.
   */
  constructor(ids: ArrayLike<number>, options: TextWindowsOptions) {
    const { contextLength, batchSize, order = "random", dropLast = false } = options;
    for (const [name, value] of Object.entries({ contextLength, batchSize })) {
      if (Number.isSafeInteger(value) && value > 0) continue;
      throw new RangeError(
        `Cannot cut windows as ${name} must be a whole number above 0: current ${name} is ${value}`,
      );
    }
    if (!["random", "shuffled", "sequential"].includes(order)) {
      throw new RangeError(
        `Cannot cut windows as order must be "random", "shuffled" or "sequential": current order is ${
          JSON.stringify(order)
        }`,
      );
    }
    const windows = Math.floor((ids.length - 1) / contextLength);
    const needed = dropLast && order !== "random" ? batchSize : 1;
    if (windows < needed) {
      throw new RangeError(
        `Cannot cut windows as the text must have at least ${
          needed * contextLength + 1
        } tokens: current text has ${ids.length}, contextLength is ${contextLength}, batchSize is ${batchSize}`,
      );
    }
    this.#ids = Array.isArray(ids) ? Int32Array.from(ids) : ids;
    this.#options = { contextLength, batchSize, order, dropLast };
    this.length = order === "random"
      ? Infinity
      : dropLast
      ? Math.floor(windows / batchSize)
      : Math.ceil(windows / batchSize);
    this.#seed = options.seed ?? rng.bits();
    this.#random = new Rng(this.#seed);
  }

  /** Gives the rest of the pass; another iteration, or {@link restore}, ends it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TokenBatch> {
    const turn = ++this.#turn;
    if (this.#options.order === "random") {
      const { contextLength, batchSize } = this.#options;
      const starts = new Uint32Array(batchSize);
      for (;;) {
        for (let b = 0; b < batchSize; b++) {
          starts[b] = this.#random.int(this.#ids.length - contextLength);
        }
        this.#batch++;
        yield this.#windows(starts);
        if (turn !== this.#turn) return;
      }
    }
    const { contextLength, batchSize, order } = this.#options;
    const sampler = order === "shuffled" ? shuffled(this.#seed) : inOrder();
    const count = Math.floor((this.#ids.length - 1) / contextLength);
    const starts = Uint32Array.from(
      sampler(count, this.#epoch),
      (window) => window * contextLength,
    );
    while (this.#batch < this.length) {
      const first = this.#batch++ * batchSize;
      yield this.#windows(starts.subarray(first, first + batchSize));
      if (turn !== this.#turn) return;
    }
    this.#epoch++;
    this.#batch = 0;
  }

  #windows(starts: Uint32Array): TokenBatch {
    const [B, T] = [starts.length, this.#options.contextLength];
    const inputs = new Int32Array(B * T);
    const targets = new Int32Array(B * T);
    for (let b = 0; b < B; b++) {
      for (let t = 0; t < T; t++) {
        inputs[b * T + t] = this.#ids[starts[b]! + t]!;
        targets[b * T + t] = this.#ids[starts[b]! + t + 1]!;
      }
    }
    return {
      inputs: tf.tensor2d(inputs, [B, T], "int32"),
      targets: tf.tensor2d(targets, [B, T], "int32"),
    };
  }

  /** The place behind the last batch that was handed over. */
  state(): JsonValue {
    return {
      ...this.#options,
      tokens: this.#ids.length,
      seed: this.#seed,
      random: this.#random.state,
      epoch: this.#epoch,
      batch: this.#batch,
    };
  }

  /**
   * Goes back to a place.
   *
   * @throws {RangeError} If the state is that of another text or of other windows.
   */
  restore(state: JsonValue): void {
    const same = { ...this.#options, tokens: this.#ids.length };
    const checked = checkState("TextWindows", state, same, PLACE);
    const { seed, epoch, batch } = checked as { [name: string]: number };
    const random = new Rng(0);
    random.state = (Array.isArray(checked.random) ? checked.random : []) as RngState;
    this.#turn++;
    this.#random = random;
    this.#seed = seed!;
    this.#epoch = epoch!;
    this.#batch = batch!;
  }
}
