import {
  type CausalLM,
  type DecodeOptions,
  Embedding,
  type ForwardOptions,
  Linear,
  Module,
  paddingMask,
  parameter,
  type Seq2SeqBatch,
  type Seq2SeqLM,
  type TextEncoder,
  type TokenInputs,
} from "../../nn/mod.ts";
import type { Tensor, Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import {
  type CompleteTransformerConfig,
  completeTransformerConfig,
  type TransformerConfig,
} from "./config.ts";
import { TransformerEmbeddings } from "./embeddings.ts";
import { TransformerStack } from "./layers.ts";

/** A table of token vectors, which are as long as those of positions once they are scaled. */
const makeTokens = (vocabSize: number, embedDim: number) =>
  new Embedding(vocabSize, embedDim, { std: embedDim ** -0.5 });

/** The last of the tokens alone, if only that is wanted. */
const wanted = (x: Tensor, lastOnly = false) =>
  lastOnly && x.shape[1]! > 1 ? tf.slice(x, [0, x.shape[1]! - 1], [-1, 1]) : x;

/**
 * The original Transformer: an encoder reads a text, a decoder writes another.
 *
 * With `finalNorm` its layers compute what `torch.nn.Transformer` does; with `positions: "sinesFirst"` it is a Marian model.
 *
 * @example
 * ```ts
 * import { seed, useDevice } from "@tome/tome";
 * import { Transformer } from "@tome/tome/models/transformer";
 * import * as tf from "@tensorflow/tfjs";
 *
 * await useDevice("cpu");
 * seed(1);
 * using model = new Transformer({ vocabSize: 20, contextLength: 8, embedDim: 8, numHeads: 2, numLayers: 1 });
 * const memory = model.encode({ ids: tf.tensor2d([[5, 6, 7, 2]], [1, 4], "int32") });
 * const logits = model.decode(tf.tensor2d([[1, 8]], [1, 2], "int32"), memory);
 * console.assert(String(logits.shape) === "1,2,20");
 * ```
 * @see Vaswani et al., 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762
 */
export class Transformer extends Module implements Seq2SeqLM, TextEncoder {
  /** The sizes of this model. */
  readonly config: CompleteTransformerConfig;
  /** The vectors of the source's tokens. */
  readonly source: TransformerEmbeddings;
  /** The vectors of the target's tokens. */
  readonly target: TransformerEmbeddings;
  /** Reads the source. */
  readonly encoder: TransformerStack;
  /** Writes the target. */
  readonly decoder: TransformerStack;
  /** The output's own matrix, where it is not that of the target's tokens. */
  readonly output?: Linear;
  /** Added to the logits, `[V]`, where something is. */
  readonly outputBias?: Variable;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes; {@link TRANSFORMER_PRESETS} has the published ones.
   * @throws {RangeError} If a size is no positive integer, or matrices cannot be one.
   */
  constructor(config: TransformerConfig) {
    super();
    const sizes = completeTransformerConfig(config);
    const { vocabSize, targetVocabSize, embedDim, shared } = sizes;
    this.config = sizes;
    const tokens = makeTokens(vocabSize, embedDim);
    const targets = shared === "all" ? tokens : makeTokens(targetVocabSize, embedDim);
    this.source = new TransformerEmbeddings(sizes, tokens);
    this.target = new TransformerEmbeddings(sizes, targets);
    this.encoder = new TransformerStack(sizes, false);
    this.decoder = new TransformerStack(sizes, true);
    if (shared === "none") {
      const std = embedDim ** -0.5;
      this.output = new Linear(embedDim, targetVocabSize, { bias: false, std });
    }
    if (sizes.outputBias) this.outputBias = parameter(() => tf.zeros([targetVocabSize]));
  }

  /** The number of different tokens that it writes. */
  get vocabSize(): number {
    return this.config.targetVocabSize;
  }

  /** The width of a token's vector. */
  get embedDim(): number {
    return this.config.embedDim;
  }

  /** The most tokens of a source, and of a target. */
  get contextLength(): number {
    return this.config.contextLength;
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

  /** The matrix that gives the logits, if nothing is added to them; none if it is quantized. */
  get outputWeight(): Variable | undefined {
    return this.outputBias ? undefined : (this.output ?? this.target.tokens).weight;
  }

  /**
   * Reads the source.
   *
   * @param inputs Its tokens, `[B, S]`, and which of them are filled up.
   * @returns What decoding looks at, `[B, S, C]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  encode({ ids, mask }: TokenInputs): Tensor {
    const hidden = mask && paddingMask(mask);
    return this.encoder.forward(this.source.forward(ids), hidden ? { mask: hidden } : {});
  }

  /**
   * What the logits are made of, after each of the written tokens.
   *
   * @param ids The tokens written so far, `[B, T]`, int32, as for {@link Transformer.decode}.
   * @param memory What {@link Transformer.encode} gave, `[B, S, C]`.
   * @param options The mask of the source, and the tokens before.
   * @returns `[B, T, C]`; with `lastOnly`, `[B, 1, C]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  decodeStates(ids: Tensor, memory: Tensor, options: DecodeOptions = {}): Tensor {
    const { mask, cache, lastOnly } = options;
    const x = this.target.forward(ids, cache?.position() ?? 0);
    const seen = { states: memory, ...(mask && { mask: paddingMask(mask, cache) }) };
    const sight = { causal: true, memory: seen, ...(cache && { cache }) };
    return wanted(this.decoder.forward(x, sight), lastOnly);
  }

  /**
   * Predicts the token after each of the written ones.
   *
   * @param ids The tokens written so far, the first one `startId`, `[B, T]`, int32; with a cache, those that follow the
   *   tokens in it.
   * @param memory What {@link Transformer.encode} gave, `[B, S, C]`; once a cache holds what comes of it, it is not read.
   * @param options The mask of the source, and the tokens before.
   * @returns Logits, `[B, T, V]`; with `lastOnly`, `[B, 1, V]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  decode(ids: Tensor, memory: Tensor, options: DecodeOptions = {}): Tensor {
    const states = this.decodeStates(ids, memory, options);
    return this.output
      ? this.output.forward(states)
      : this.target.tokens.logits(states, this.outputBias);
  }

  /**
   * Predicts each token of the targets from those before and the whole source.
   *
   * @param batch Sources, and targets shifted right.
   * @returns Logits, `[B, T, V]`.
   */
  forward(batch: Seq2SeqBatch): Tensor {
    return this.decode(
      batch.decoderIds,
      this.encode(batch),
      batch.mask ? { mask: batch.mask } : {},
    );
  }
}

/**
 * The original Transformer's encoder alone, as a language model: each token sees only itself and those before.
 *
 * What `torch.nn.TransformerEncoder` with a causal mask is, between embeddings with positions and an output.
 */
export class TransformerLM extends Module implements CausalLM {
  /** The sizes of this model. */
  readonly config: CompleteTransformerConfig;
  /** The vectors of the tokens. */
  readonly source: TransformerEmbeddings;
  /** The layers. */
  readonly encoder: TransformerStack;
  /** The output's own matrix, where it is not that of the tokens. */
  readonly output?: Linear;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes; those of a decoder do not count.
   * @throws {RangeError} If a size is no positive integer.
   */
  constructor(config: TransformerConfig) {
    super();
    const sizes = completeTransformerConfig(config);
    const { vocabSize, embedDim, shared } = sizes;
    this.config = sizes;
    this.source = new TransformerEmbeddings(sizes, makeTokens(vocabSize, embedDim));
    this.encoder = new TransformerStack(sizes, false);
    if (shared === "none") {
      this.output = new Linear(embedDim, vocabSize, { bias: false, std: embedDim ** -0.5 });
    }
  }

  /** The number of different tokens. */
  get vocabSize(): number {
    return this.config.vocabSize;
  }

  /** The most tokens that the model can see at once. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /** The matrix that gives the logits; none if it is quantized. */
  get outputWeight(): Variable | undefined {
    return (this.output ?? this.source.tokens).weight;
  }

  /**
   * What the logits are made of.
   *
   * @param ids Token ids, `[B, T]`, int32, as for {@link TransformerLM.forward}.
   * @returns `[B, T, C]`; with `lastOnly`, `[B, 1, C]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  hiddenStates(ids: Tensor, { cache, lastOnly }: ForwardOptions = {}): Tensor {
    const x = this.source.forward(ids, cache?.position() ?? 0);
    return wanted(this.encoder.forward(x, { causal: true, ...(cache && { cache }) }), lastOnly);
  }

  /**
   * Predicts the token after each.
   *
   * @param ids Token ids, `[B, T]`, int32; with a cache, those that follow the tokens in it.
   * @returns Logits, `[B, T, V]`; with `lastOnly`, `[B, 1, V]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  forward(ids: Tensor, options: ForwardOptions = {}): Tensor {
    const states = this.hiddenStates(ids, options);
    return this.output ? this.output.forward(states) : this.source.tokens.logits(states);
  }
}
