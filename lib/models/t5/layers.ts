import {
  Dropout,
  type KVCache,
  type LayerCache,
  Linear,
  Module,
  MultiHeadAttention,
  RMSNorm,
} from "../../nn/mod.ts";
import { gelu } from "../../ops/mod.ts";
import type { Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { type CompleteT5Config, completeT5Config, type T5Config } from "./config.ts";
import { PositionBias } from "./position_bias.ts";

/** Attention of a block; the products of queries and keys are not scaled, but the queries' initial weights are. */
function makeAttention(sizes: CompleteT5Config, kind: "self" | "cross"): MultiHeadAttention {
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
    const sizes = completeT5Config(config);
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
    const sizes = completeT5Config(config);
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
