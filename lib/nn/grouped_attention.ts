import { joinHeads, rotary, splitHeads } from "../ops/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { attend } from "./attend.ts";
import type { AttentionHeads, LayerCache } from "./attention.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { RMSNorm } from "./norm.ts";
import type { RotaryPositions } from "./positions.ts";

/** How {@link GroupedQueryAttention} is made. */
export interface GroupedQueryAttentionOptions extends AttentionHeads {
  /** The length of a head. @default {embedDim / numHeads} */
  headDim?: number;
  /** Whether the map from the heads back to the stream adds a bias. @default {as `bias`} */
  projBias?: boolean;
  /** Turns queries and keys by their positions. @default {none} */
  rotary?: RotaryPositions;
  /** How many tokens one sees at most, itself included. @default {all before} */
  window?: number;
  /** Whether each head's queries and keys are scaled to unit root mean square, with a gain of their own. @default {false} */
  headNorm?: boolean;
  /** Added to the mean of the squares in these norms. @default {1e-6} */
  normEps?: number;
}

/**
 * Causal self-attention as in Llama: heads of queries share keys and values, and each map is a layer of its own, as adapters need it.
 *
 * @see Ainslie et al., 2023, "GQA", https://arxiv.org/abs/2305.13245
 */
export class GroupedQueryAttention extends Module {
  /** Queries, `embedDim` to `numHeads D`. */
  readonly q: Linear;
  /** Keys, `embedDim` to `numKeyHeads D`. */
  readonly k: Linear;
  /** Values, `embedDim` to `numKeyHeads D`. */
  readonly v: Linear;
  /** From the heads' outputs back to the stream, `numHeads D` to `embedDim`. */
  readonly proj: Linear;
  /** Scales each head's queries, if `headNorm` is set. */
  readonly qNorm?: RMSNorm;
  /** Scales each head's keys, if `headNorm` is set. */
  readonly kNorm?: RMSNorm;
  /** Called with the weights `[B, H, T, S]` of each forward pass, before any is dropped. @default {none} */
  onWeights?: (weights: Tensor) => void;
  readonly #heads: { queries: number; keys: number; depth: number };
  readonly #dropout: number;
  readonly #rotary?: RotaryPositions;
  readonly #window?: number;

  /**
   * Makes the projections with small random weights.
   *
   * @param options Sizes, and what a token sees.
   * @throws {RangeError} If the heads do not divide the width, or one another.
   */
  constructor(options: GroupedQueryAttentionOptions) {
    super();
    const { embedDim, numHeads, numKeyHeads = numHeads, headDim: depth = embedDim / numHeads } =
      options;
    const { bias = true, projBias = bias, outStd, normEps: eps = 1e-6 } = options;
    if (!Number.isSafeInteger(depth) || numHeads % numKeyHeads !== 0) {
      throw new RangeError(
        `Cannot make heads as numHeads must divide embedDim, and be a multiple of numKeyHeads: current ` +
          `embedDim is ${embedDim}, numHeads ${numHeads}, numKeyHeads ${numKeyHeads}`,
      );
    }
    this.q = new Linear(embedDim, numHeads * depth, { bias });
    this.k = new Linear(embedDim, numKeyHeads * depth, { bias });
    this.v = new Linear(embedDim, numKeyHeads * depth, { bias });
    this.proj = new Linear(numHeads * depth, embedDim, { bias: projBias, std: outStd });
    if (options.headNorm) {
      this.qNorm = new RMSNorm(depth, { eps });
      this.kNorm = new RMSNorm(depth, { eps });
    }
    this.#heads = { queries: numHeads, keys: numKeyHeads, depth };
    this.#dropout = options.dropout ?? 0;
    this.#rotary = options.rotary;
    this.#window = options.window;
  }

  /**
   * Lets each token gather from itself and those before.
   *
   * @param x `[B, T, C]`; with a cache, the tokens that follow those in it.
   * @param options `mask`: added to the scores, broadcast to `[B, H, T, S]`; `past`: the tokens before.
   * @returns `[B, T, C]`
   */
  forward(x: Tensor, { mask, past }: { mask?: Tensor; past?: LayerCache } = {}): Tensor {
    const { queries, keys } = this.#heads;
    let q = splitHeads(this.q.forward(x), queries)[0]!; // [B, H, T, D]
    let k = splitHeads(this.k.forward(x), keys)[0]!; // [B, K, T, D]
    const v = splitHeads(this.v.forward(x), keys)[0]!;
    if (this.qNorm) q = this.qNorm.forward(q);
    if (this.kNorm) k = this.kNorm.forward(k);
    if (this.#rotary) {
      const start = past?.cache.position(past.layer) ?? 0;
      q = rotary(q, { ...this.#rotary, start });
      k = rotary(k, { ...this.#rotary, start });
    }
    const options = {
      causal: true,
      mask,
      window: this.#window,
      dropout: this.training ? this.#dropout : 0,
      onWeights: this.onWeights,
    };
    return this.proj.forward(joinHeads(attend(q, k, v, options, past))); // [B, T, C]
  }
}
