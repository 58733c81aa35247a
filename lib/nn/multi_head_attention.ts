import { attention, cachedAttention, joinHeads, splitHeads } from "../ops/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { type AttentionHeads, headDim, type LayerCache } from "./attention.ts";
import { firstRows } from "./kv_cache.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** How {@link MultiHeadAttention} is made. */
export interface MultiHeadAttentionOptions extends AttentionHeads {
  /** The length of a head; the heads need not fill `embedDim`. @default {embedDim / numHeads} */
  headDim?: number;
  /** What the products of queries and keys are multiplied by. @default {1 / sqrt(headDim)} */
  scale?: number;
  /** Whether the tokens look at another sequence or at their own; what a capture calls it. @default {"cross"} */
  kind?: "self" | "cross";
  /** Standard deviation of the initial weights of keys and values. @default {0.02} */
  std?: number;
  /** Standard deviation of the initial weights of queries. @default {std} */
  queryStd?: number;
}

/** What else {@link MultiHeadAttention} is given. */
export interface MultiHeadAttentionInputs {
  /**
   * Added to the scores, broadcast to `[B, H, T, S]`. For self-attention with a cache `S` may be the cache's capacity: the mask
   * then hides what is not there yet, and the shapes are the same at each token.
   */
  mask?: Tensor;
  /** Whether a token sees only itself and those before. @default {false} */
  causal?: boolean;
  /** The tokens before; for another sequence, where its keys and values stay once they are made. */
  past?: LayerCache;
}

/**
 * Multi-head attention whose queries, keys and values have a map each: of a decoder's tokens to an encoder's, or of a
 * sequence to itself.
 *
 * @see Vaswani et al., 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762, §3.2.2
 */
export class MultiHeadAttention extends Module {
  /** Queries, from the tokens that look. */
  readonly q: Linear;
  /** Keys, from the tokens that are looked at. */
  readonly k: Linear;
  /** Values, from the tokens that are looked at. */
  readonly v: Linear;
  /** From the heads' outputs back to the stream. */
  readonly proj: Linear;
  /** Whether the tokens look at another sequence or at their own. */
  readonly kind: "self" | "cross";
  /** Called with the weights `[B, H, T, S]` of each forward pass, before any is dropped. @default {none} */
  onWeights?: (weights: Tensor) => void;
  readonly #heads: { queries: number; keys: number };
  readonly #scale: number;
  readonly #dropout: number;

  /**
   * Makes the projections with small random weights.
   *
   * @param options Sizes; both sequences are `embedDim` wide.
   */
  constructor(options: MultiHeadAttentionOptions) {
    super();
    const { embedDim, numHeads, numKeyHeads = numHeads, bias = true, outStd, std } = options;
    const depth = options.headDim ?? headDim(options);
    this.q = new Linear(embedDim, numHeads * depth, { bias, std: options.queryStd ?? std });
    this.k = new Linear(embedDim, numKeyHeads * depth, { bias, std });
    this.v = new Linear(embedDim, numKeyHeads * depth, { bias, std });
    this.proj = new Linear(numHeads * depth, embedDim, { bias, std: outStd });
    this.kind = options.kind ?? "cross";
    this.#heads = { queries: numHeads, keys: numKeyHeads };
    this.#scale = options.scale ?? 1 / Math.sqrt(depth);
    this.#dropout = options.dropout ?? 0;
  }

  /**
   * Lets each token that looks gather from those that are looked at.
   *
   * @param x The tokens that look, `[B, T, C]`; with a cache, those that follow the tokens in it.
   * @param memory The tokens that are looked at, `[B, S, C]`; once a cache holds their keys and values, they are not read.
   *   @default {x}
   * @param inputs What may be seen, and what was before.
   * @returns `[B, T, C]`
   */
  forward(
    x: Tensor,
    memory: Tensor = x,
    { mask, causal = false, past }: MultiHeadAttentionInputs = {},
  ): Tensor {
    const q = splitHeads(this.q.forward(x), this.#heads.queries)[0]!; // [B, H, T, D]
    const scale = this.#scale;
    const dropout = this.training ? this.#dropout : 0;
    let k: Tensor, v: Tensor;
    if (memory !== x) {
      const project = () => this.#project(memory);
      [k, v] = (past ? past.cache.hold(`memory.${past.layer}`, project) : project()) as [
        Tensor,
        Tensor,
      ];
    } else {
      [k, v] = this.#project(x);
      const held = past?.cache.extend(past.layer, k, v);
      if (held && mask?.shape.at(-1) === held.keys.shape[2]) {
        [k, v] = [held.keys, held.values]; // [B, K, capacity, D]
      } else if (held && held.before > 0) {
        if (causal && !mask && !this.onWeights && dropout === 0) {
          const { keys, values, length } = held;
          return this.proj.forward(joinHeads(cachedAttention(q, keys, values, { length, scale })));
        }
        [k, v] = [firstRows(held.keys, held.length()), firstRows(held.values, held.length())];
      }
    }
    const y = attention(q, k, v, { mask, causal, scale, dropout, onWeights: this.onWeights });
    return this.proj.forward(joinHeads(y)); // [B, T, C]
  }

  /** Keys and values, `[B, K, S, D]` each. */
  #project(memory: Tensor): [k: Tensor, v: Tensor] {
    const heads = (map: Linear) => splitHeads(map.forward(memory), this.#heads.keys)[0]!;
    return [heads(this.k), heads(this.v)];
  }
}
