import { attention, type AttentionOptions, cachedAttention } from "../ops/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { LayerCache } from "./attention.ts";
import { firstRows } from "./kv_cache.ts";

/**
 * Attention of a sequence to itself, whose first tokens may lie in a cache.
 *
 * @param q Queries, `[B, H, T, D]`.
 * @param k Keys of the same tokens, `[B, K, T, D]`.
 * @param v Values of the same tokens, `[B, K, T, E]`.
 * @param options What a token sees.
 * @param past The tokens before, to which these are added.
 * @returns `[B, H, T, E]`
 */
export function attend(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions,
  past?: LayerCache,
): Tensor {
  const held = past?.cache.extend(past.layer, k, v);
  if (held && held.before > 0) {
    const { causal, mask, onWeights, dropout = 0, scale, window } = options;
    if (causal && !mask && !onWeights && dropout === 0) {
      const { keys, values, length } = held; // [B, K, capacity, D]
      return cachedAttention(q, keys, values, {
        length,
        ...(scale === undefined ? {} : { scale }),
        ...(window === undefined ? {} : { window }),
      });
    }
    [k, v] = [firstRows(held.keys, held.length()), firstRows(held.values, held.length())];
  }
  return attention(q, k, v, options);
}
