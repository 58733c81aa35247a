import * as tf from "../tensor/_tf.ts";
import { randomNormal, type Tensor, type Variable } from "../tensor/mod.ts";
import { Module, parameter } from "./module.ts";

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
    const length = this.weight.shape[0]!;
    if (start + T > length) {
      throw new RangeError(
        `Cannot place ${start + T} tokens as there are ${length} positions: pass at most ` +
          `${length - start} tokens here, or make the model with a longer contextLength`,
      );
    }
    return tf.add(x, tf.slice(this.weight, [start, 0], [T, C]));
  }
}

/** A turn of queries and keys by their positions, as {@link Attention} takes it. */
export interface RotaryPositions {
  /** The wavelengths grow from 2π to 2π times this. @default {10000} */
  base?: number;
  /** How many channels of a head are turned. @default {all} */
  rotated?: number;
  /** Whether pairs are neighbours instead of halves. @default {false} */
  interleaved?: boolean;
}
