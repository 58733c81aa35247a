import {
  Dropout,
  LayerNorm,
  LearnedPositions,
  Linear,
  LSTM,
  Module,
  type SeriesForecaster,
} from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import { Block } from "../gpt/mod.ts";
import type { ForecasterConfig } from "./config.ts";

/** Transformer blocks over moments of time: each moment sees itself and those before. */
export class MomentTransformer extends Module {
  /** From the values of a moment to its vector. */
  readonly embed: Linear;
  /** A vector for each place. */
  readonly positions: LearnedPositions;
  /** The blocks. */
  readonly blocks: readonly Block[];
  /** In front of the output. */
  readonly norm: LayerNorm;

  /**
   * Makes the blocks with small random weights.
   *
   * @param config The sizes.
   */
  constructor(config: Required<ForecasterConfig>) {
    super();
    const { inFeatures, hiddenSize: embedDim, numLayers, numHeads, dropout, contextLength } =
      config;
    this.embed = new Linear(inFeatures, embedDim, { init: "torch" });
    this.positions = new LearnedPositions(contextLength, embedDim);
    const sizes = { vocabSize: 1, contextLength, embedDim, numLayers, numHeads, dropout };
    this.blocks = Array.from({ length: numLayers }, () => new Block(sizes));
    this.norm = new LayerNorm(embedDim);
  }

  /** The state after each moment: `[B, T, I]` to `[B, T, C]`. */
  forward(x: Tensor): Tensor {
    let y = this.positions.forward(this.embed.forward(x));
    for (const block of this.blocks) y = block.forward(y);
    return this.norm.forward(y);
  }
}

/**
 * Foretells the next values of a series from those before, by an LSTM or by causal Transformer blocks; all values of the horizon at once.
 *
 * `ŷ = x_T + W h_T + b`, where `h_T` is the state after the last moment, of inputs less the last value. With the last value taken out,
 * a model of no knowledge gives the naive forecast.
 *
 * @example
 * ```ts
 * import { Forecaster } from "@tome/tome/models/forecaster";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new Forecaster({ kind: "lstm", contextLength: 14, horizon: 7 });
 * console.assert(model.numParameters() === 4 * 32 * (1 + 32 + 2) + 7 * 33);
 * ```
 * @see Hochreiter and Schmidhuber, 1997, "Long Short-Term Memory", https://doi.org/10.1162/neco.1997.9.8.1735
 * @see Zeng et al., 2023, "Are Transformers Effective for Time Series Forecasting?", https://arxiv.org/abs/2205.13504: the last value taken out
 */
export class Forecaster extends Module implements SeriesForecaster {
  /** The sizes of this model. */
  readonly config: Readonly<Required<ForecasterConfig>>;
  /** What reads the past. */
  readonly reader: LSTM | MomentTransformer;
  /** Drops from the last state. */
  readonly drop: Dropout;
  /** From the last state to the values. */
  readonly head: Linear;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is no positive integer, or the heads do not divide the width.
   */
  constructor(config: ForecasterConfig) {
    super();
    const defaults = {
      horizon: 1,
      inFeatures: 1,
      hiddenSize: 32,
      numLayers: 1,
      numHeads: 4,
      dropout: 0,
      fromLast: true,
    };
    this.config = { ...defaults, ...config };
    const { kind, contextLength, horizon, inFeatures, hiddenSize, numLayers, dropout } =
      this.config;
    for (const [name, value] of Object.entries({ contextLength, horizon, inFeatures })) {
      if (Number.isSafeInteger(value) && value > 0) continue;
      throw new RangeError(
        `Cannot make a Forecaster as ${name} must be a positive integer: current value is ${value}`,
      );
    }
    this.reader = kind === "lstm"
      ? new LSTM(inFeatures, hiddenSize, { numLayers, dropout })
      : new MomentTransformer(this.config);
    this.drop = new Dropout(dropout);
    this.head = new Linear(hiddenSize, horizon, { init: "torch" });
  }

  /** How many values are known. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /** How many values are foretold. */
  get horizon(): number {
    return this.config.horizon;
  }

  /**
   * Foretells.
   *
   * @param past The values before, oldest first, `[B, T, inFeatures]`, float32.
   * @returns The values that follow, `[B, horizon]`.
   * @throws {ShapeError} If the past is of another length or width.
   */
  forward(past: Tensor): Tensor {
    const { contextLength: T, inFeatures, hiddenSize, fromLast } = this.config;
    checkShape("forecast", "past", past, [-1, T, inFeatures]);
    const last = tf.slice(past, [0, T - 1, 0], [-1, 1, -1]); // [B, 1, I]
    const x = fromLast ? tf.sub(past, last) : past;
    const states = this.reader instanceof LSTM
      ? this.reader.forward(x).output
      : this.reader.forward(x); // [B, T, C]
    const state = tf.reshape(tf.slice(states, [0, T - 1, 0], [-1, 1, -1]), [-1, hiddenSize]);
    const change = this.head.forward(this.drop.forward(state)); // [B, horizon]
    if (!fromLast) return change;
    return tf.add(change, tf.reshape(tf.slice(last, [0, 0, 0], [-1, 1, 1]), [-1, 1]));
  }
}
