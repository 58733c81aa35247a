import {
  carriedState,
  type DecodeOptions,
  Dropout,
  Embedding,
  Linear,
  Module,
  RecurrentLayers,
  type RecurrentState,
  type Seq2SeqBatch,
  type Seq2SeqLM,
  SequenceAttention,
  type TokenInputs,
} from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { RNNSeq2SeqConfig } from "./config.ts";

/**
 * An encoder and a decoder of LSTMs or GRUs: the encoder reads the source, and the decoder goes on from its last state and
 * writes the target.
 *
 * With attention, each state of the decoder looks at those of the encoder, and both together make the output, as in Luong
 * et al.; what was looked at is not handed to the next step, so that all steps of a target are one operation in training.
 *
 * @example
 * ```ts
 * import { RNNSeq2Seq } from "@tome/tome/models/rnn-seq2seq";
 * import * as tf from "@tensorflow/tfjs";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * const sizes = { sourceVocabSize: 9, vocabSize: 7, embedDim: 4, hiddenSize: 8, startId: 0, endId: 1 };
 * using model = new RNNSeq2Seq({ ...sizes, attention: "additive" });
 * const ids = tf.tensor2d([[3, 4, 5]], undefined, "int32");
 * const logits = model.decode(tf.tensor2d([[0, 2]], undefined, "int32"), model.encode({ ids }));
 * console.assert(String(logits.shape) === "1,2,7");
 * ```
 * @see Sutskever et al., 2014, "Sequence to Sequence Learning with Neural Networks", https://arxiv.org/abs/1409.3215
 * @see Luong et al., 2015, "Effective Approaches to Attention-based Neural Machine Translation",
 *   https://arxiv.org/abs/1508.04025, equations 5 and 8
 */
export class RNNSeq2Seq extends Module implements Seq2SeqLM {
  /** The sizes of this model. */
  readonly config: Readonly<RNNSeq2SeqConfig>;
  /** A vector for each token that is read. */
  readonly sourceTokens: Embedding;
  /** Reads the source. */
  readonly encoder: RecurrentLayers;
  /** A vector for each token that is written. */
  readonly tokens: Embedding;
  /** Writes the target. */
  readonly decoder: RecurrentLayers;
  /** Looks at the source. */
  readonly attention?: SequenceAttention;
  /** From what was seen and the decoder's state to one vector, before tanh. */
  readonly combine?: Linear;
  /** Drops from the vectors of tokens, and before the output. */
  readonly drop: Dropout;
  /** The output. */
  readonly head: Linear;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is no positive integer, or both directions cannot share `hiddenSize`.
   */
  constructor(config: RNNSeq2SeqConfig) {
    super();
    for (const name of ["sourceVocabSize", "vocabSize", "embedDim", "hiddenSize"] as const) {
      if (Number.isSafeInteger(config[name]) && config[name] > 0) continue;
      throw new RangeError(
        `Cannot make an RNNSeq2Seq as ${name} must be a positive integer: current value is ${
          config[name]
        }`,
      );
    }
    const { embedDim, hiddenSize, cell = "lstm", bidirectional = false } = config;
    const { numLayers = 1, dropout = 0, attention = "none" } = config;
    if (bidirectional && hiddenSize % 2 !== 0) {
      throw new RangeError(
        `Cannot make a bidirectional RNNSeq2Seq as hiddenSize must be even: current value is ${hiddenSize}`,
      );
    }
    this.config = { ...config };
    const layers = { numLayers, dropout };
    this.sourceTokens = new Embedding(config.sourceVocabSize, embedDim, { std: 0.1 });
    this.encoder = new RecurrentLayers(cell, embedDim, hiddenSize / (bidirectional ? 2 : 1), {
      ...layers,
      bidirectional,
    });
    this.tokens = new Embedding(config.vocabSize, embedDim, { std: 0.1 });
    this.decoder = new RecurrentLayers(cell, embedDim, hiddenSize, layers);
    const std = 1 / Math.sqrt(3 * hiddenSize);
    if (attention !== "none") {
      this.attention = new SequenceAttention(hiddenSize, attention);
      this.combine = new Linear(2 * hiddenSize, hiddenSize, { std });
    }
    this.drop = new Dropout(dropout);
    this.head = new Linear(hiddenSize, config.vocabSize, { std });
  }

  /** The number of different tokens that it writes. */
  get vocabSize(): number {
    return this.config.vocabSize;
  }

  /** The token that what it writes starts with. */
  get startId(): number {
    return this.config.startId;
  }

  /** The token that ends what it writes. */
  get endId(): number {
    return this.config.endId;
  }

  /** The token that fills rows up. */
  get padId(): number {
    return this.config.padId ?? this.config.endId;
  }

  /** Rows of {@link RNNSeq2Seq.encode}'s result that hold states, after those of the tokens. */
  get #stateRows(): number {
    return this.decoder.layers.length * this.#statesEach;
  }

  get #statesEach(): number {
    return (this.config.cell ?? "lstm") === "lstm" ? 2 : 1;
  }

  /**
   * Predicts the tokens of the targets from the sources and the tokens before.
   *
   * @returns Logits, `[B, T, V]`.
   */
  forward(batch: Seq2SeqBatch): Tensor {
    const { mask, decoderIds } = batch;
    return this.decode(decoderIds, this.encode(batch), mask ? { mask } : {});
  }

  /**
   * Reads the source.
   *
   * @returns The states after its tokens, and after them, row by row, the last state of each layer: the hidden one and, of
   *   an LSTM, its memory; `[B, S + L N, C]`, float32.
   */
  encode({ ids, mask }: TokenInputs): Tensor {
    checkShape("apply RNNSeq2Seq", "ids", ids, [-1, -1]);
    const x = this.drop.forward(this.sourceTokens.forward(tf.transpose(ids))); // [S, B, E]
    const { output, state } = this.encoder.forward(x, {
      timeMajor: true,
      ...(mask ? { mask } : {}),
    });
    const states = this.config.bidirectional
      ? this.decoder.layers.map((_, i) => tf.concat([state[2 * i]!, state[2 * i + 1]!], 2))
      : state;
    return tf.transpose(tf.concat([output, ...states], 0), [1, 0, 2]); // [B, S + L N, C]
  }

  /**
   * Predicts the token after each of the written ones.
   *
   * @param ids The tokens written so far, the first one `startId`, `[B, T]`, int32; with a cache, those that follow the
   *   tokens whose state is in it.
   * @param memory What {@link RNNSeq2Seq.encode} gave; once a cache holds it, it is not read again.
   * @returns Logits, `[B, T, V]`; with `lastOnly`, `[B, 1, V]`.
   */
  decode(
    ids: Tensor,
    memory: Tensor,
    { cache, mask, lastOnly = false }: DecodeOptions = {},
  ): Tensor {
    checkShape("apply RNNSeq2Seq", "ids", ids, [-1, -1]);
    const hold = (name: string, make: () => Tensor): Tensor =>
      cache ? cache.hold(name, () => [make()])[0]! : make();
    const source = hold("memory", () => memory);
    const carried = cache && carriedState(cache, "decoder", () => this.#firstState(source));
    const x = this.drop.forward(this.tokens.forward(tf.transpose(ids))); // [T, B, E]
    const { output, state } = this.decoder.forward(x, {
      timeMajor: true,
      state: carried?.state ?? this.#firstState(source),
    });
    carried?.keep(state);
    const T = ids.shape[1]!;
    const wanted = lastOnly && T > 1 ? tf.slice(output, [T - 1, 0, 0], [1, -1, -1]) : output;
    let h = tf.transpose(wanted, [1, 0, 2]); // [B, T, C]
    if (this.attention) {
      const S = source.shape[1]! - this.#stateRows;
      const seen = tf.slice(source, [0, 0, 0], [-1, S, -1]);
      const hidden = mask && hold("hidden", () => hiddenOf(mask));
      const context = this.attention.forward(h, seen, hidden);
      h = tf.tanh(this.combine!.forward(tf.concat([context, h], 2)));
    }
    return this.head.forward(this.drop.forward(h)); // [B, T, V]
  }

  /** The last states of the encoder, `[N, B, C]` for each layer. */
  #firstState(memory: Tensor): RecurrentState {
    const [each, rows] = [this.#statesEach, this.#stateRows];
    return this.decoder.layers.map((_, layer) => {
      const start = memory.shape[1]! - rows + layer * each;
      return tf.transpose(tf.slice(memory, [0, start, 0], [-1, each, -1]), [1, 0, 2]);
    });
  }
}

/** What is added to the scores so that filled places are not seen, `[B, 1, 1, S]`. */
function hiddenOf(mask: Tensor): Tensor {
  const [B, S] = mask.shape as [number, number];
  return tf.reshape(tf.mul(tf.sub(tf.cast(mask, "float32"), 1), 1e9), [B, 1, 1, S]);
}
