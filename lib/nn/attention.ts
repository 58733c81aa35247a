import type { Tensor } from "../tensor/mod.ts";
import { joinHeads, rotary, splitHeads } from "../ops/mod.ts";
import { attend } from "./attend.ts";
import type { KVCache } from "./kv_cache.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import type { RotaryPositions } from "./positions.ts";

/** How attention over several heads is made. */
export interface AttentionHeads {
  /** Width of the tokens. */
  embedDim: number;
  /** Heads of the queries. */
  numHeads: number;
  /** Heads of the keys and values, each shared by `numHeads / numKeyHeads` heads of queries. @default {numHeads} */
  numKeyHeads?: number;
  /** Whether the projections add a bias. @default {true} */
  bias?: boolean;
  /** The share of attention weights dropped in training. @default {0} */
  dropout?: number;
  /** Standard deviation of the initial weights of the output projection. @default {0.02} */
  outStd?: number;
}

/** The length of a head. @throws {RangeError} If the heads do not divide the width. */
export function headDim({ embedDim, numHeads, numKeyHeads = numHeads }: AttentionHeads): number {
  if (embedDim % numHeads !== 0) {
    throw new RangeError(
      `Cannot split embedDim ${embedDim} into ${numHeads} heads: embedDim must be a multiple of numHeads`,
    );
  }
  if (numHeads % numKeyHeads !== 0) {
    throw new RangeError(
      `Cannot share ${numKeyHeads} key heads among ${numHeads} heads: numHeads must be a multiple of numKeyHeads`,
    );
  }
  return embedDim / numHeads;
}

/** How {@link SelfAttention} is made. */
export interface SelfAttentionOptions extends AttentionHeads {
  /** Whether a token sees only itself and those before. @default {true} */
  causal?: boolean;
  /** Turns queries and keys by their positions. @default {none} */
  rotary?: RotaryPositions;
}

/** Where a layer of attention finds the tokens before. */
export interface LayerCache {
  /** Keys and values of the tokens before. */
  cache: KVCache;
  /** The number of this layer, from 0. */
  layer: number;
}

/** Multi-head self-attention: each token gathers from the tokens it may see. */
export class SelfAttention extends Module {
  /** Queries, keys and values in one map, `embedDim` to `(numHeads + 2 numKeyHeads) D`. */
  readonly qkv: Linear;
  /** From the heads' outputs back to the stream. */
  readonly proj: Linear;
  /** Called with the weights `[B, H, T, S]` of each forward pass, before any is dropped. @default {none} */
  onWeights?: (weights: Tensor) => void;
  readonly #heads: { queries: number; keys: number };
  readonly #causal: boolean;
  readonly #dropout: number;
  readonly #rotary?: RotaryPositions;

  /**
   * Makes the projections with small random weights.
   *
   * @param options Sizes, and what a token sees.
   */
  constructor(options: SelfAttentionOptions) {
    super();
    const { embedDim, numHeads, numKeyHeads = numHeads, bias = true, outStd } = options;
    const depth = headDim(options);
    this.qkv = new Linear(embedDim, (numHeads + 2 * numKeyHeads) * depth, { bias });
    this.proj = new Linear(embedDim, embedDim, { bias, std: outStd });
    this.#heads = { queries: numHeads, keys: numKeyHeads };
    this.#causal = options.causal ?? true;
    this.#dropout = options.dropout ?? 0;
    this.#rotary = options.rotary;
  }

  /**
   * Lets each token gather from those it may see.
   *
   * @param x `[B, T, C]`; with a cache, the tokens that follow those in it.
   * @param options `mask`: added to the scores, broadcast to `[B, H, T, S]`; `past`: the tokens before.
   * @returns `[B, T, C]`
   */
  forward(x: Tensor, { mask, past }: { mask?: Tensor; past?: LayerCache } = {}): Tensor {
    const { queries, keys } = this.#heads;
    let [q, k, v] = splitHeads(this.qkv.forward(x), queries, keys) as [Tensor, Tensor, Tensor];
    if (this.#rotary) {
      const start = past?.cache.position(past.layer) ?? 0;
      q = rotary(q, { ...this.#rotary, start });
      k = rotary(k, { ...this.#rotary, start });
    }
    const options = {
      causal: this.#causal,
      mask,
      dropout: this.training ? this.#dropout : 0,
      onWeights: this.onWeights,
    };
    return this.proj.forward(joinHeads(attend(q, k, v, options, past))); // [B, T, C]
  }
}
