import type { Tensor, Variable } from "../tensor/mod.ts";
import type { KVCache } from "./kv_cache.ts";
import type { Module } from "./module.ts";

/** How a {@link CausalLM} runs. */
export interface ForwardOptions {
  /** Keys and values of the tokens before; the model appends those of the new tokens. */
  cache?: KVCache;
  /** Whether only the logits after the last token are wanted; saves the rest of the output's matrix. @default {false} */
  lastOnly?: boolean;
}

/** A model that gives, at each position, the logits of the next token from the tokens up to there. */
export interface CausalLM extends Module {
  /** The number of different tokens. */
  readonly vocabSize: number;
  /** The most tokens that the model can see at once. */
  readonly contextLength: number;
  /**
   * Predicts the token after each.
   *
   * @param ids Token ids, `[B, T]`, int32; with a cache, those that follow the tokens in it.
   * @returns Logits of the token after each, `[B, T, V]`, float32; with `lastOnly`, `[B, 1, V]`.
   */
  forward(ids: Tensor, options?: ForwardOptions): Tensor;
  /**
   * What the logits are made of: `forward(ids)` is `hiddenStates(ids) outputWeightᵀ`. A loss that has both need not hold the
   * logits of a whole batch. @default {none}
   *
   * @param ids Token ids, as for `forward`.
   * @returns `[B, T, C]`, float32; with `lastOnly`, `[B, 1, C]`.
   */
  hiddenStates?(ids: Tensor, options?: ForwardOptions): Tensor;
  /** The output's matrix, `[V, C]`, if there is {@link CausalLM.hiddenStates}. @default {none} */
  readonly outputWeight?: Variable;
}
