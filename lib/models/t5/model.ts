import {
  type DecodeOptions,
  Dropout,
  Embedding,
  type KVCache,
  type LayerCache,
  Linear,
  Module,
  MultiHeadAttention,
  paddingMask,
  RMSNorm,
  type Seq2SeqBatch,
  type Seq2SeqLM,
  type TokenInputs,
} from "../../nn/mod.ts";
import { gelu, linear } from "../../ops/mod.ts";
import { checkShape, type Tensor, type Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { T5Config } from "./config.ts";
import { PositionBias } from "./position_bias.ts";

/** A config with nothing left to choose. */
type Sizes = Required<T5Config>;

/** Fills in the defaults. @throws {RangeError} If a size is no positive integer. */
function complete(config: T5Config): Sizes {
  for (const name of ["vocabSize", "embedDim", "numLayers", "numHeads", "hiddenDim"] as const) {
    if (Number.isSafeInteger(config[name]) && config[name] > 0) continue;
    throw new RangeError(
      `Cannot make a T5 as ${name} must be a positive integer: current value is ${config[name]}`,
    );
  }
  return {
    decoderLayers: config.numLayers,
    headDim: 64,
    dropout: 0.1,
    network: "relu",
    tied: true,
    scaled: config.tied ?? true,
    numBuckets: 32,
    maxDistance: 128,
    normEps: 1e-6,
    padId: 0,
    startId: 0,
    endId: 1,
    ...config,
  };
}

/** Attention of a block; the products of queries and keys are not scaled, but the queries' initial weights are. */
function makeAttention(sizes: Sizes, kind: "self" | "cross"): MultiHeadAttention {
  const { embedDim, numHeads, headDim, dropout } = sizes;
  return new MultiHeadAttention({
    embedDim,
    numHeads,
    headDim,
    dropout,
    kind,
    bias: false,
    scale: 1,
    std: embedDim ** -0.5,
    queryStd: (embedDim * headDim) ** -0.5,
    outStd: (numHeads * headDim) ** -0.5,
  });
}

/** A block's two-layer network: `wo(relu(wi(x)))`, or `wo(gelu(gate(x)) · wi(x))`. */
export class T5Network extends Module {
  /** `embedDim` to `hiddenDim`; decides how much passes, where the network is gated. */
  readonly gate?: Linear;
  /** `embedDim` to `hiddenDim`. */
  readonly wi: Linear;
  /** `hiddenDim` to `embedDim`. */
  readonly wo: Linear;
  /** Between the layers. */
  readonly drop: Dropout;

  /**
   * Makes the layers with small random weights.
   *
   * @param config The sizes of the model.
   */
  constructor({ embedDim, hiddenDim, dropout = 0.1, network = "relu" }: T5Config) {
    super();
    const inner = () => new Linear(embedDim, hiddenDim, { bias: false, std: embedDim ** -0.5 });
    if (network === "gated-gelu") this.gate = inner();
    this.wi = inner();
    this.wo = new Linear(hiddenDim, embedDim, { bias: false, std: hiddenDim ** -0.5 });
    this.drop = new Dropout(dropout);
  }

  /**
   * Applies the layers.
   *
   * @param x `[..., embedDim]`
   * @returns The same shape.
   */
  forward(x: Tensor): Tensor {
    const inner = this.wi.forward(x);
    const active = this.gate
      ? tf.mul(gelu(this.gate.forward(x), { approximate: "tanh" }), inner)
      : tf.relu(inner);
    return this.wo.forward(this.drop.forward(active));
  }
}

/** What the tokens of a block may see. */
export interface T5Sight {
  /** Added to the scores of self-attention. */
  bias: Tensor;
  /** Whether a token sees only itself and those before. */
  causal: boolean;
  /** What the encoder gave, and which of it is filled up; of a decoder. */
  memory?: { states: Tensor; mask?: Tensor };
  /** The tokens before. */
  past?: LayerCache;
}

/** One pre-norm block: self-attention, in a decoder attention to the encoder, and a network, each added to the stream. */
export class T5Block extends Module {
  /** Before self-attention. */
  readonly norm1: RMSNorm;
  /** Each token gathers from its own sequence. */
  readonly attn: MultiHeadAttention;
  /** Before attention to the encoder; of a decoder. */
  readonly norm2?: RMSNorm;
  /** Each token gathers from the encoder; of a decoder. */
  readonly cross?: MultiHeadAttention;
  /** Before the network. */
  readonly norm3: RMSNorm;
  /** Each token on its own. */
  readonly network: T5Network;
  /** After each part. */
  readonly drop: Dropout;

  /**
   * Makes a block.
   *
   * @param config The sizes of the model.
   * @param decoder Whether it looks at an encoder.
   */
  constructor(config: T5Config, decoder: boolean) {
    super();
    const sizes = complete(config);
    const norm = () => new RMSNorm(sizes.embedDim, { eps: sizes.normEps });
    this.norm1 = norm();
    this.attn = makeAttention(sizes, "self");
    if (decoder) {
      this.norm2 = norm();
      this.cross = makeAttention(sizes, "cross");
    }
    this.norm3 = norm();
    this.network = new T5Network(sizes);
    this.drop = new Dropout(sizes.dropout);
  }

  /**
   * Adds every part to the stream but the last, which is left to the norm that comes next.
   *
   * @param x The stream, `[B, T, C]`.
   * @param change What the block before adds to it.
   * @param sight What the tokens may see.
   * @returns The stream, and what is to be added to it, `[B, T, C]` each.
   */
  advance(x: Tensor, change: Tensor | undefined, sight: T5Sight): [x: Tensor, change: Tensor] {
    const { bias, causal, memory, past } = sight;
    let normed: Tensor;
    [x, normed] = this.norm1.add(x, change);
    change = this.drop.forward(this.attn.forward(normed, normed, { mask: bias, causal, past }));
    if (this.cross && memory) {
      [x, normed] = this.norm2!.add(x, change);
      const seen = this.cross.forward(normed, memory.states, { mask: memory.mask, past });
      change = this.drop.forward(seen);
    }
    [x, normed] = this.norm3.add(x, change);
    return [x, this.drop.forward(this.network.forward(normed))];
  }
}

/** The blocks of an encoder or of a decoder, the numbers for distances that they share, and the last norm. */
export class T5Stack extends Module {
  /** What is added to the scores of self-attention by distance. */
  readonly positions: PositionBias;
  /** The blocks, in order. */
  readonly blocks: T5Block[];
  /** The last norm. */
  readonly norm: RMSNorm;
  /** Drops from what comes in and from what goes out. */
  readonly drop: Dropout;
  readonly #decoder: boolean;

  /**
   * Makes the blocks.
   *
   * @param config The sizes of the model.
   * @param decoder Whether its tokens see only those before, and look at an encoder.
   */
  constructor(config: T5Config, decoder: boolean) {
    super();
    const sizes = complete(config);
    const { numHeads, numBuckets, maxDistance, embedDim } = sizes;
    this.positions = new PositionBias({
      numHeads,
      numBuckets,
      maxDistance,
      bidirectional: !decoder,
      std: embedDim ** -0.5,
    });
    const length = decoder ? sizes.decoderLayers : sizes.numLayers;
    this.blocks = Array.from({ length }, () => new T5Block(sizes, decoder));
    this.norm = new RMSNorm(embedDim, { eps: sizes.normEps });
    this.drop = new Dropout(sizes.dropout);
    this.#decoder = decoder;
  }

  /**
   * Passes vectors through the blocks.
   *
   * @param x `[B, T, C]`
   * @param options What is filled up in `x`, of an encoder; what the encoder gave, and the tokens before, of a decoder.
   * @returns `[B, T, C]`; with `lastOnly`, `[B, 1, C]`.
   */
  forward(
    x: Tensor,
    { mask, memory, cache, lastOnly = false }: {
      mask?: Tensor;
      memory?: { states: Tensor; mask?: Tensor };
      cache?: KVCache;
      lastOnly?: boolean;
    },
  ): Tensor {
    const T = x.shape[1]!;
    const distances = cache ? this.positions.following(T, cache) : this.positions.forward(T);
    const bias = mask ? tf.add(distances, mask) : distances;
    x = this.drop.forward(x);
    let change: Tensor | undefined; // what the last block adds
    for (const [layer, block] of this.blocks.entries()) {
      const past = cache && { cache, layer };
      [x, change] = block.advance(x, change, { bias, causal: this.#decoder, memory, past });
    }
    const wanted = (t: Tensor) => lastOnly && T > 1 ? tf.slice(t, [0, T - 1], [-1, 1]) : t;
    return this.drop.forward(this.norm.add(wanted(x), change && wanted(change))[1]);
  }
}

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
  readonly config: Readonly<T5Config>;
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
    const sizes = complete(config);
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
    return this.config.startId!;
  }

  /** The token that ends what it writes. */
  get endId(): number {
    return this.config.endId!;
  }

  /** The token that fills rows up. */
  get padId(): number {
    return this.config.padId!;
  }

  /** The matrix that gives the logits. */
  get outputWeight(): Variable {
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
    return linear(this.decodeStates(ids, memory, options), this.outputWeight);
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
