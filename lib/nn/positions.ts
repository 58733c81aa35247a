import * as tf from "../tensor/_tf.ts";
import { type Live, randomNormal, type Tensor, type Variable } from "../tensor/mod.ts";
import { embedding, type RotaryScaling } from "../ops/mod.ts";
import type { Embedding } from "./embedding.ts";
import { Module, parameter } from "./module.ts";
import type { QuantizedEmbedding } from "./quantized.ts";

/** A learned vector for each position, added to the tokens. */
export class LearnedPositions extends Module {
  /** One vector a position, `[contextLength, embedDim]`. */
  readonly weight: Variable;

  /**
   * Makes small random vectors.
   *
   * @param contextLength The number of positions.
   * @param embedDim The length of a vector.
   * @param std Standard deviation of the initial vectors.
   */
  constructor(contextLength: number, embedDim: number, std = 0.02) {
    super();
    this.weight = parameter(() => randomNormal([contextLength, embedDim], 0, std));
  }

  /**
   * Adds its position's vector to each token.
   *
   * @param x `[B, T, C]`
   * @param start The position of the first token.
   * @returns The same shape.
   * @throws {RangeError} If a token lies beyond the last position.
   */
  forward(x: Tensor, start = 0): Tensor {
    const [, T, C] = x.shape as [number, number, number];
    checkPlaces(start, T, this.weight.shape[0]!);
    const all = start === 0 && T === this.weight.shape[0];
    return tf.add(x, all ? this.weight : tf.slice(this.weight, [start, 0], [T, C]));
  }

  /**
   * Looks up the vectors of ids and adds that of its position to each: `forward(table.forward(ids), start)` in one.
   *
   * @param table The vectors of the ids.
   * @param ids `[B, T]`, int32.
   * @param start The position of the first token; a function gives it anew when a recording is replayed.
   * @returns `[B, T, C]`
   * @throws {RangeError} If a token lies beyond the last position.
   */
  embed(table: Embedding | QuantizedEmbedding, ids: Tensor, start: Live = 0): Tensor {
    checkPlaces(
      typeof start === "number" ? start : start(),
      ids.shape.at(-1)!,
      this.weight.shape[0]!,
    );
    return embedWithPositions(table, ids, this.weight, start);
  }
}

/**
 * Looks up the vectors of ids and adds that of its position to each.
 *
 * @param table The vectors of the ids.
 * @param ids `[B, T]`, int32.
 * @param positions The vectors of the positions, `[P, C]`.
 * @param start The position of the first token; a function gives it anew when a recording is replayed.
 * @returns `[B, T, C]`
 */
export function embedWithPositions(
  table: Embedding | QuantizedEmbedding,
  ids: Tensor,
  positions: Tensor | Variable,
  start: Live,
): Tensor {
  if ("weight" in table) return embedding(table.weight, ids, { positions, start });
  const rows = tf.reshape(table.forward(ids), [ids.size, positions.shape[1]!]);
  const own = tf.reshape(tf.range(0, ids.size, 1, "int32"), ids.shape); // each row once, in order
  return embedding(rows, own, { positions, start });
}

/**
 * Fails unless there is a position for each token.
 *
 * @throws {RangeError} If a token lies beyond the last position.
 */
export function checkPlaces(start: number, tokens: number, length: number): void {
  if (start + tokens <= length) return;
  throw new RangeError(
    `Cannot place ${start + tokens} tokens as there are ${length} positions: pass at most ` +
      `${length - start} tokens here, or make the model with a longer contextLength`,
  );
}

/** A turn of queries and keys by their positions, as {@link Attention} takes it. */
export interface RotaryPositions {
  /** The wavelengths grow from 2π to 2π times this. @default {10000} */
  base?: number;
  /** How many channels of a head are turned. @default {all} */
  rotated?: number;
  /** Whether pairs are neighbours instead of halves. @default {false} */
  interleaved?: boolean;
  /** Changes the frequencies for longer texts; `llama3Scaling` and `yarnScaling` make them. @default {none} */
  scaling?: RotaryScaling;
}
