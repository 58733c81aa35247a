import {
  Dropout,
  type Embedding,
  embedWithPositions,
  LearnedPositions,
  Module,
  SinusoidalPositions,
} from "../../nn/mod.ts";
import type { Live, Tensor } from "../../tensor/mod.ts";
import { checkShape } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { completeTransformerConfig, type TransformerConfig } from "./config.ts";

/** The vectors of tokens and of their positions. */
export class TransformerEmbeddings extends Module {
  /** A vector for each token. */
  readonly tokens: Embedding;
  /** A vector for each position: learned, or fixed. */
  readonly positions: LearnedPositions | SinusoidalPositions;
  /** Drops from the sum of both. */
  readonly drop: Dropout;
  readonly #scale: number;

  /**
   * Makes the vectors.
   *
   * @param config The sizes of the model.
   * @param tokens The vectors of the tokens, which may be those of another part.
   */
  constructor(config: TransformerConfig, tokens: Embedding) {
    super();
    const { contextLength, embedDim, positions, scaleEmbeddings, dropout } =
      completeTransformerConfig(config);
    const scale = scaleEmbeddings ? Math.sqrt(embedDim) : 1;
    this.tokens = tokens;
    const order = positions === "sinusoidal" ? "alternating" : "sinesFirst";
    this.positions = positions === "learned"
      ? new LearnedPositions(contextLength, embedDim)
      : new SinusoidalPositions(contextLength, embedDim, { order, scale });
    this.drop = new Dropout(dropout);
    this.#scale = scale;
  }

  /**
   * Gives the sum of the vectors of each token and of its position.
   *
   * @param ids `[B, T]`, int32.
   * @param start The position of the first token; a function gives it anew when a recording is replayed.
   * @returns `[B, T, C]`
   * @throws {RangeError} If a token lies beyond the last position.
   */
  forward(ids: Tensor, start: Live = 0): Tensor {
    checkShape("apply Transformer", "ids", ids, [-1, -1]);
    const scale = this.#scale;
    const x = scale === 1 || !(this.positions instanceof LearnedPositions)
      ? this.positions.embed(this.tokens, ids, start)
      : tf.mul(
        embedWithPositions(this.tokens, ids, tf.div(this.positions.weight, scale), start),
        scale,
      );
    return this.drop.forward(x); // [B, T, C]
  }
}
