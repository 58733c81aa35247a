import {
  Dropout,
  Embedding,
  LayerNorm,
  LearnedPositions,
  Linear,
  Module,
  type RecommenderInputs,
  SelfAttention,
  type SequentialRecommender,
} from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { SASRecConfig } from "./config.ts";

/** Attention, then two layers, each added to what it reads. */
export class SASRecBlock extends Module {
  /** In front of attention. */
  readonly norm1: LayerNorm;
  /** Gathers from the items before. */
  readonly attn: SelfAttention;
  /** In front of the layers. */
  readonly norm2: LayerNorm;
  /** The first layer. */
  readonly fc: Linear;
  /** The second layer. */
  readonly proj: Linear;
  /** Drops from what is added. */
  readonly drop: Dropout;

  /** Makes a block with small random weights. */
  constructor(embedDim: number, numHeads: number, dropout: number) {
    super();
    this.norm1 = new LayerNorm(embedDim);
    this.attn = new SelfAttention({ embedDim, numHeads, dropout, causal: true });
    this.norm2 = new LayerNorm(embedDim);
    this.fc = new Linear(embedDim, embedDim, { init: "glorot" });
    this.proj = new Linear(embedDim, embedDim, { init: "glorot" });
    this.drop = new Dropout(dropout);
  }

  /**
   * Adds what attention and the layers find.
   *
   * @param x `[B, T, C]`
   * @param mask Added to the scores of attention, `[B, 1, 1, T]`.
   * @returns `[B, T, C]`
   */
  forward(x: Tensor, mask: Tensor): Tensor {
    const seen = this.attn.forward(this.norm1.forward(x), { mask });
    const y = tf.add(x, this.drop.forward(seen)); // [B, T, C]
    const inner = this.drop.forward(tf.relu(this.fc.forward(this.norm2.forward(y))));
    return tf.add(y, this.drop.forward(this.proj.forward(inner)));
  }
}

/**
 * Foretells the next item from those before it, by causal attention over a user's history.
 *
 * The score of item `i` after place `t` is `h_t · e_i`, with the same vectors `e` that the history is read by. Every part is
 * `x + dropout(g(norm(x)))`, as in the paper; places that are filled up are seen by none.
 *
 * @see Kang and McAuley, 2018, "Self-Attentive Sequential Recommendation", https://arxiv.org/abs/1808.09781
 */
export class SASRec extends Module implements SequentialRecommender {
  /** The sizes of this model. */
  readonly config: Readonly<Required<SASRecConfig>>;
  /** A vector for each item, and one for filled places. */
  readonly items: Embedding;
  /** A vector for each place. */
  readonly positions: LearnedPositions;
  /** Drops from the first vectors. */
  readonly drop: Dropout;
  /** The blocks. */
  readonly blocks: readonly SASRecBlock[];
  /** In front of the scores. */
  readonly norm: LayerNorm;

  /**
   * Makes a model with small random weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If the heads do not divide the width.
   */
  constructor(config: SASRecConfig) {
    super();
    const defaults = { contextLength: 50, embedDim: 50, numLayers: 2, numHeads: 1, dropout: 0.2 };
    this.config = { ...defaults, ...config };
    const { numItems, contextLength, embedDim, numLayers, numHeads, dropout } = this.config;
    this.items = new Embedding(numItems + 1, embedDim);
    this.positions = new LearnedPositions(contextLength, embedDim);
    this.drop = new Dropout(dropout);
    this.blocks = Array.from(
      { length: numLayers },
      () => new SASRecBlock(embedDim, numHeads, dropout),
    );
    this.norm = new LayerNorm(embedDim);
  }

  /** The number of items. */
  get numItems(): number {
    return this.config.numItems;
  }

  /** The most items of a history that the model can see. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /**
   * Reads histories.
   *
   * @param history Items, oldest first, `[B, T]`, int32, filled in front with the number of items.
   * @returns What the scores are made of, `[B, T, C]`.
   * @throws {ShapeError} If it is no batch of rows.
   */
  hiddenStates(history: Tensor): Tensor {
    checkShape("read a history", "history", history, [-1, -1]);
    const [B, T] = history.shape as [number, number];
    const there = tf.cast(tf.notEqual(history, this.numItems), "float32"); // [B, T]
    const mask = tf.reshape(tf.mul(tf.sub(there, 1), 1e9), [B, 1, 1, T]);
    const scale = Math.sqrt(this.config.embedDim);
    // the last place of a history is always the last position, however long the rows are
    const start = this.contextLength - T;
    const x = this.positions.forward(tf.mul(this.items.forward(history), scale), start);
    let y = tf.mul(this.drop.forward(x), tf.expandDims(there, 2)); // [B, T, C]
    for (const block of this.blocks) y = block.forward(y, mask);
    return this.norm.forward(y);
  }

  /**
   * Scores items that might come after each place.
   *
   * @param history Items, oldest first, `[B, T]`.
   * @param items What might come after each, `[B, T, N]`.
   * @returns `[B, T, N]`
   */
  forwardSteps(history: Tensor, items: Tensor): Tensor {
    const states = tf.expandDims(this.hiddenStates(history), 2); // [B, T, 1, C]
    return tf.sum(tf.mul(states, this.items.forward(items)), 3);
  }

  /**
   * Scores items that might come next.
   *
   * @param inputs Histories, `[B, T]`, and items, `[B, N]`; who the users are does not matter.
   * @returns `[B, N]`
   * @throws {TypeError} If there is no history.
   */
  forward({ items, history }: RecommenderInputs): Tensor {
    if (!history) {
      throw new TypeError(
        "Cannot score items by SASRec as it reads a history: current one is none",
      );
    }
    const T = history.shape[1]!;
    const states = this.hiddenStates(history);
    const last = tf.slice(states, [0, T - 1, 0], [-1, 1, -1]); // [B, 1, C]
    return tf.sum(tf.mul(last, this.items.forward(items)), 2); // [B, N]
  }
}
