/**
 * Modules: parameters and a forward pass; what `torch.nn` is to PyTorch.
 *
 * @module
 */
export { Module, parameter } from "./module.ts";
export { KVCache } from "./kv_cache.ts";
export type { CausalLM, ForwardOptions } from "./tasks.ts";
