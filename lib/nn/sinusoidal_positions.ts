import * as tf from "../tensor/_tf.ts";
import { type Live, ownVariable, type Tensor, type Variable } from "../tensor/mod.ts";
import type { Embedding } from "./embedding.ts";
import { Module } from "./module.ts";
import { checkPlaces, embedWithPositions } from "./positions.ts";
import type { QuantizedEmbedding } from "./quantized.ts";

/** How {@link SinusoidalPositions} are made. */
export interface SinusoidalPositionsOptions {
  /** Whether sines and cosines alternate, as in the paper, or the sines come first. @default {"alternating"} */
  order?: "alternating" | "sinesFirst";
  /** What the tokens' vectors are multiplied by before the positions are added. @default {1} */
  scale?: number;
}

/**
 * A fixed vector for each position, added to the tokens.
 *
 * `PE(p, 2i) = sin(p / 10000^(2i/C))`, `PE(p, 2i + 1) = cos(p / 10000^(2i/C))`
 *
 * @see Vaswani et al., 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762, §3.5
 */
export class SinusoidalPositions extends Module {
  /** The number of positions. */
  readonly contextLength: number;
  readonly #table: Variable; // divided by the scale; no parameter
  readonly #scale: number;

  /**
   * Makes the vectors.
   *
   * @param contextLength The number of positions.
   * @param embedDim The length of a vector.
   * @param options Their order, and how the tokens are scaled.
   */
  constructor(
    contextLength: number,
    embedDim: number,
    { order = "alternating", scale = 1 }: SinusoidalPositionsOptions = {},
  ) {
    super();
    this.contextLength = contextLength;
    this.#scale = scale;
    const values = new Float32Array(contextLength * embedDim);
    const sines = Math.ceil(embedDim / 2);
    for (let p = 0; p < contextLength; p++) {
      for (let c = 0; c < embedDim; c++) {
        const pair = c >> 1;
        const angle = p / 10000 ** (2 * pair / embedDim);
        const to = order === "alternating" ? c : c % 2 === 0 ? pair : sines + pair;
        values[p * embedDim + to] = (c % 2 === 0 ? Math.sin(angle) : Math.cos(angle)) / scale;
      }
    }
    this.#table = ownVariable(tf.tidy(() => tf.tensor2d(values, [contextLength, embedDim])));
  }

  /**
   * Looks up the vectors of ids, scales them, and adds that of its position to each.
   *
   * @param table The vectors of the ids.
   * @param ids `[B, T]`, int32.
   * @param start The position of the first token; a function gives it anew when a recording is replayed.
   * @returns `[B, T, C]`
   * @throws {RangeError} If a token lies beyond the last position.
   */
  embed(table: Embedding | QuantizedEmbedding, ids: Tensor, start: Live = 0): Tensor {
    const place = typeof start === "number" ? start : start();
    checkPlaces(place, ids.shape.at(-1)!, this.contextLength);
    const x = embedWithPositions(table, ids, this.#table, start);
    return this.#scale === 1 ? x : tf.mul(x, this.#scale);
  }

  /** Frees the vectors. */
  protected override free(): void {
    this.#table.dispose();
  }
}
