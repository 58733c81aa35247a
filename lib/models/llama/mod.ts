/**
 * Llama and its relatives: decoder-only Transformers of the families Llama, Mistral, Qwen2, Qwen3 and SmolLM.
 *
 * `Llama` is the model, `LLAMA_PRESETS` are published sizes, `loadLlama` and `saveLlama` read and write Hugging Face's folders.
 *
 * @module
 */
export {
  llamaCheckpoint,
  loadLlama,
  loadLlamaWeights,
  saveLlama,
  type SaveLlamaOptions,
} from "./checkpoint.ts";
export { LLAMA_PRESETS, type LlamaConfig, type LlamaFamily, type RopeScaling } from "./config.ts";
export { Llama, LlamaBlock } from "./model.ts";
