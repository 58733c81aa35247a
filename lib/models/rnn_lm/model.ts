import {
  carriedState,
  type CausalLM,
  Dropout,
  Embedding,
  type ForwardOptions,
  glorotUniform,
  Linear,
  Module,
  parameter,
  RecurrentLayers,
  type RecurrentState,
} from "../../nn/mod.ts";
import { checkShape, type Tensor, type Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { RNNLMConfig } from "./config.ts";

/**
 * A recurrent network that predicts the next token: it reads a token at a time, and what it knows of those before is a
 * state of a fixed size.
 *
 * Where another model is given a cache of what it has seen, this one leaves its state there; so it generates in constant
 * time a token, and, given one cache over many batches in training, carries its state from each to the next: truncated
 * back-propagation through time.
 *
 * @example
 * ```ts
 * import { RNN_LM_PRESETS, RNNLM } from "@tome/tome/models/rnn-lm";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new RNNLM({ ...RNN_LM_PRESETS["keras-lstm"], vocabSize: 28 });
 * console.assert(model.numParameters() === 83_996);
 * ```
 * @see Mikolov et al., 2010, "Recurrent neural network based language model",
 *   https://www.isca-archive.org/interspeech_2010/mikolov10_interspeech.html
 */
export class RNNLM extends Module implements CausalLM {
  /** The sizes of this model. */
  readonly config: Readonly<RNNLMConfig>;
  /** A vector for each token; none where tokens are one-hot. */
  readonly tokens?: Embedding;
  /** Drops from the vectors and from what the layers give. */
  readonly drop: Dropout;
  /** The layers. */
  readonly rnn: RecurrentLayers;
  /** The output, unless its matrix is that of the tokens. */
  readonly head?: Linear;
  /** What the output adds, where its matrix is that of the tokens, `[V]`. */
  readonly headBias?: Variable;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is no positive integer, or a tied model's widths differ.
   */
  constructor(config: RNNLMConfig) {
    super();
    const { vocabSize, embedDim, hiddenSize, numLayers = 1, dropout = 0, tied = false } = config;
    const { cell = "lstm", style = "torch" } = config;
    if (!(Number.isSafeInteger(vocabSize) && vocabSize > 0)) {
      throw new RangeError(
        `Cannot make an RNNLM as vocabSize must be a positive integer: current value is ${vocabSize}`,
      );
    }
    if (tied && embedDim !== hiddenSize) {
      throw new RangeError(
        `Cannot make a tied RNNLM as embedDim must be hiddenSize, ${hiddenSize}: current embedDim is ${embedDim}`,
      );
    }
    this.config = { ...config };
    if (embedDim !== undefined) this.tokens = new Embedding(vocabSize, embedDim, { std: 0.1 });
    this.drop = new Dropout(dropout);
    const keras = style === "keras";
    this.rnn = new RecurrentLayers(cell, embedDim ?? vocabSize, hiddenSize, {
      numLayers,
      dropout,
      init: style,
      bias: keras && cell !== "gru" ? "input" : true,
    });
    if (tied) this.headBias = parameter(() => tf.zeros([vocabSize]));
    else this.head = new Linear(hiddenSize, vocabSize, { std: 1 / Math.sqrt(3 * hiddenSize) });
    if (keras && this.head) {
      tf.tidy(() => this.head!.weight.assign(glorotUniform([vocabSize, hiddenSize])));
    }
  }

  /** The number of different tokens. */
  get vocabSize(): number {
    return this.config.vocabSize;
  }

  /** A state has no end: a text of any length can be seen. */
  get contextLength(): number {
    return Infinity;
  }

  /** Two operations a weight, the output's included. */
  override get flopsPerToken(): number {
    return super.flopsPerToken +
      (this.head ? 0 : 2 * this.config.vocabSize * this.config.hiddenSize);
  }

  /**
   * Predicts the token after each.
   *
   * @param ids Token ids, `[B, T]`, int32; with a cache, those that follow the tokens whose state is in it.
   * @returns Logits of the token after each, `[B, T, V]`; with `lastOnly`, `[B, 1, V]`.
   */
  forward(ids: Tensor, { cache, lastOnly = false }: ForwardOptions = {}): Tensor {
    checkShape("apply RNNLM", "ids", ids, [-1, -1]);
    const [B, T] = ids.shape as [number, number];
    const carried = cache && carriedState(cache, "rnn", () => this.rnn.zeroState(B));
    const { output, state } = this.#read(ids, carried?.state); // [T, B, H]
    carried?.keep(state);
    const wanted = lastOnly && T > 1 ? tf.slice(output, [T - 1, 0, 0], [1, -1, -1]) : output;
    const hidden = this.drop.forward(tf.transpose(wanted, [1, 0, 2])); // [B, T, H]
    return this.head ? this.head.forward(hidden) : this.tokens!.logits(hidden, this.headBias);
  }

  /** Runs the layers, time first. */
  #read(ids: Tensor, state: RecurrentState | undefined) {
    const steps = tf.transpose(ids); // [T, B]
    const x = this.tokens
      ? this.drop.forward(this.tokens.forward(steps))
      : tf.oneHot(steps, this.vocabSize, 1, 0, "float32"); // [T, B, V]
    return this.rnn.forward(x, { timeMajor: true, ...(state ? { state } : {}) });
  }
}
