import {
  type DecodeOptions,
  Embedding,
  Linear,
  Module,
  paddingMask,
  type Seq2SeqBatch,
  type Seq2SeqLM,
  type TokenInputs,
} from "../../nn/mod.ts";
import { checkShape, type Tensor, type Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { type CompleteT5Config, completeT5Config, type T5Config } from "./config.ts";
import { T5Stack } from "./layers.ts";

/**
 * T5: an encoder reads a text, a decoder writes another; also version 1.1 and Flan-T5.
 *
 * Positions enter only as a learned number for each distance, so that neither text has a longest length.
 *
 * @example
 * ```ts
 * import { seed, useDevice } from "@tome/tome";
 * import { T5 } from "@tome/tome/models/t5";
 * import * as tf from "@tensorflow/tfjs";
 *
 * await useDevice("cpu");
 * seed(1);
 * using model = new T5({ vocabSize: 20, embedDim: 8, numLayers: 1, numHeads: 2, headDim: 4, hiddenDim: 16 });
 * const memory = model.encode({ ids: tf.tensor2d([[5, 6, 7, 1]], [1, 4], "int32") });
 * const logits = model.decode(tf.tensor2d([[0, 8]], [1, 2], "int32"), memory);
 * console.assert(String(logits.shape) === "1,2,20");
 * ```
 * @see Raffel et al., 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer",
 *   https://arxiv.org/abs/1910.10683
 */
export class T5 extends Module implements Seq2SeqLM {
  /** The sizes of this model. */
  readonly config: CompleteT5Config;
  /** A vector for each token, of both texts; where the output is tied, it also gives the logits. */
  readonly tokens: Embedding;
  /** Reads the source. */
  readonly encoder: T5Stack;
  /** Writes the target. */
  readonly decoder: T5Stack;
  /** The output's own matrix, where it is not tied. */
  readonly output?: Linear;
  readonly #scale: number;

  /**
   * Makes a model with T5's random initial weights.
   *
   * @param config The sizes; {@link T5_PRESETS} has the published ones.
   * @throws {RangeError} If a size is no positive integer.
   */
  constructor(config: T5Config) {
    super();
    const sizes = completeT5Config(config);
    const { vocabSize, embedDim, tied, scaled } = sizes;
    this.config = sizes;
    this.tokens = new Embedding(vocabSize, embedDim, { std: 1 });
    this.encoder = new T5Stack(sizes, false);
    this.decoder = new T5Stack(sizes, true);
    const std = embedDim ** -0.5;
    if (!tied) this.output = new Linear(embedDim, vocabSize, { bias: false, std });
    this.#scale = scaled ? std : 1;
  }

  /** The number of different tokens. */
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
    return this.config.padId;
  }

  /** The matrix that gives the logits; none if it is quantized. */
  get outputWeight(): Variable | undefined {
    return (this.output ?? this.tokens).weight;
  }

  /**
   * Reads the source.
   *
   * @param inputs Its tokens, `[B, S]`, and which of them are filled up.
   * @returns What decoding looks at, `[B, S, C]`.
   */
  encode({ ids, mask }: TokenInputs): Tensor {
    checkShape("apply T5", "ids", ids, [-1, -1]);
    return this.encoder.forward(this.tokens.forward(ids), { mask: mask && paddingMask(mask) });
  }

  /**
   * What the logits are made of, after each of the written tokens.
   *
   * @param ids The tokens written so far, `[B, T]`, int32, as for {@link T5.decode}.
   * @param memory What {@link T5.encode} gave, `[B, S, C]`.
   * @param options The mask of the source, and the tokens before.
   * @returns `[B, T, C]`; with `lastOnly`, `[B, 1, C]`.
   */
  decodeStates(ids: Tensor, memory: Tensor, options: DecodeOptions = {}): Tensor {
    checkShape("apply T5", "ids", ids, [-1, -1]);
    const { mask, cache, lastOnly } = options;
    const seen = { states: memory, mask: mask && paddingMask(mask, cache) };
    const x = this.tokens.forward(ids); // [B, T, C]
    const states = this.decoder.forward(x, { memory: seen, cache, lastOnly });
    return this.#scale === 1 ? states : tf.mul(states, this.#scale);
  }

  /**
   * Predicts the token after each of the written ones.
   *
   * @param ids The tokens written so far, the first one `startId`, `[B, T]`, int32; with a cache, those that follow the
   *   tokens in it.
   * @param memory What {@link T5.encode} gave, `[B, S, C]`; once a cache holds what comes of it, it is not read.
   * @param options The mask of the source, and the tokens before.
   * @returns Logits, `[B, T, V]`; with `lastOnly`, `[B, 1, V]`.
   */
  decode(ids: Tensor, memory: Tensor, options: DecodeOptions = {}): Tensor {
    const states = this.decodeStates(ids, memory, options);
    return this.output ? this.output.forward(states) : this.tokens.logits(states);
  }

  /**
   * Predicts each token of the targets from those before and the whole source.
   *
   * @param batch Sources, and targets shifted right.
   * @returns Logits, `[B, T, V]`.
   */
  forward(batch: Seq2SeqBatch): Tensor {
    return this.decode(batch.decoderIds, this.encode(batch), { mask: batch.mask });
  }
}
