/**
 * Modules: parameters and a forward pass; what `torch.nn` is to PyTorch.
 *
 * @module
 */
export { Module, parameter } from "./module.ts";
export {
  type AttentionHeads,
  CrossAttention,
  type LayerCache,
  SelfAttention,
  type SelfAttentionOptions,
} from "./attention.ts";
export { type AttentionWeights, captureAttention } from "./capture_attention.ts";
export { Dropout } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { type CachedLayer, KVCache, type KVCacheOptions } from "./kv_cache.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { MLP, type MLPOptions, SwiGLU } from "./mlp.ts";
export { LayerNorm, type LayerNormOptions, RMSNorm, type RMSNormOptions } from "./norm.ts";
export { LearnedPositions, type RotaryPositions } from "./positions.ts";
export { QuantizedEmbedding, QuantizedLinear, QuantizedModule } from "./quantized.ts";
export { recompute } from "./recompute.ts";
export { type Layer, Sequential } from "./sequential.ts";
export { Summary, summary, type SummaryRow } from "./summary.ts";
export type { CausalLM, ForwardOptions } from "./tasks.ts";
export { tokenLosses } from "./token_losses.ts";
