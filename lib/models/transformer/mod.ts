/**
 * The original Transformer: an encoder reads a text, and a decoder writes another; and Marian's translators, which are one.
 *
 * `Transformer` is the model, `TransformerLM` its encoder as a language model; `TransformerLayer` and `TransformerStack` are
 * the parts, vectors to vectors. `saveTransformer` and `loadTransformer` write and read our own folders, `saveMarian` and
 * `loadMarian` those of Hugging Face's `MarianMTModel`.
 *
 * @module
 */
export { loadTransformer, loadTransformerWeights, saveTransformer } from "./checkpoint.ts";
export type { SaveOptions } from "../loading.ts";
export {
  type CompleteTransformerConfig,
  completeTransformerConfig,
  TRANSFORMER_PRESETS,
  type TransformerConfig,
} from "./config.ts";
export { TransformerEmbeddings } from "./embeddings.ts";
export {
  FeedForward,
  type LayerSight,
  type Memory,
  TransformerLayer,
  TransformerStack,
} from "./layers.ts";
export { loadMarian, marianNames, saveMarian } from "./marian.ts";
export { Transformer, TransformerLM } from "./model.ts";
