import type { Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { type BatchSource, checkState, type JsonValue } from "./batch_source.ts";
import type { TokenBatch } from "./text_windows.ts";

/** How {@link TextStreams} reads a text. */
export interface TextStreamsOptions {
  /** Tokens of each row in a batch: T, after which gradients end. */
  contextLength: number;
  /** Places at which the text is read at once: B. */
  batchSize: number;
}

/**
 * Reads a text of token ids at several places at once: each row of a batch goes on where the same row of the batch before
 * ended, as models need that carry a state from batch to batch.
 *
 * The text is cut into `batchSize` stretches of equal length; what is left over at the end of each goes unused.
 *
 * @example
 * ```ts
 * import { TextStreams } from "@tome/tome/data";
 * import { useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * const streams = new TextStreams([0, 1, 2, 3, 4, 5, 6, 7, 8], { contextLength: 2, batchSize: 2 });
 * const rows: number[][][] = [];
 * for await (const { inputs, targets } of streams) {
 *   rows.push(await inputs.array() as number[][]);
 *   inputs.dispose();
 *   targets.dispose();
 * }
 * assert.deepEqual(rows, [[[0, 1], [4, 5]], [[2, 3], [6, 7]]]);
 * ```
 */
export class TextStreams implements BatchSource<TokenBatch> {
  /** The number of batches in a pass. */
  readonly length: number;
  readonly #ids: ArrayLike<number>;
  readonly #options: Readonly<TextStreamsOptions>;
  #epoch = 0;
  #batch = 0;
  #turn = 0;

  /**
   * Cuts a text; no tensor is made before a batch is taken.
   *
   * @param ids The token ids of the text; a typed array is not copied.
   * @param options How long, and how many, the rows of a batch are.
   * @throws {RangeError} If the text is too short for a batch.
   */
  constructor(ids: ArrayLike<number>, { contextLength, batchSize }: TextStreamsOptions) {
    for (const [name, value] of Object.entries({ contextLength, batchSize })) {
      if (Number.isSafeInteger(value) && value > 0) continue;
      throw new RangeError(
        `Cannot cut streams as ${name} must be a whole number above 0: current ${name} is ${value}`,
      );
    }
    this.#ids = Array.isArray(ids) ? Int32Array.from(ids) : ids;
    this.#options = { contextLength, batchSize };
    this.length = Math.floor(Math.floor((ids.length - 1) / batchSize) / contextLength);
    if (this.length === 0) {
      throw new RangeError(
        `Cannot cut streams as the text must have at least ${
          contextLength * batchSize + 1
        } tokens: ` +
          `current text has ${ids.length}`,
      );
    }
  }

  /** Gives the rest of the pass; another iteration, or {@link restore}, ends it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TokenBatch> {
    const turn = ++this.#turn;
    while (this.#batch < this.length) {
      yield this.#take(this.#batch++);
      if (turn !== this.#turn) return;
    }
    this.#epoch++;
    this.#batch = 0;
  }

  #take(batch: number): TokenBatch {
    const { batchSize: B, contextLength: T } = this.#options;
    const stretch = Math.floor((this.#ids.length - 1) / B);
    const read = (ahead: number): Tensor => {
      const values = Int32Array.from(
        { length: B * T },
        (_, i) => this.#ids[Math.floor(i / T) * stretch + batch * T + i % T + ahead]!,
      );
      return tf.tensor2d(values, [B, T], "int32");
    };
    return { inputs: read(0), targets: read(1) };
  }

  /** The place behind the last batch that was handed over. */
  state(): JsonValue {
    const { length: tokens } = this.#ids;
    return { ...this.#options, tokens, epoch: this.#epoch, batch: this.#batch };
  }

  /**
   * Goes back to a place.
   *
   * @throws {RangeError} If the state is that of another text or of other rows.
   */
  restore(state: JsonValue): void {
    const same = { ...this.#options, tokens: this.#ids.length };
    const checked = checkState("TextStreams", state, same, { epoch: 0, batch: 0 });
    this.#turn++;
    this.#epoch = checked.epoch as number;
    this.#batch = checked.batch as number;
  }
}
