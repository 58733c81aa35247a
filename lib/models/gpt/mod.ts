/**
 * GPT: a decoder-only Transformer that predicts the next token.
 *
 * `GPT` is the model, `GPT_PRESETS` the published sizes, `loadGPT` and `saveGPT` read and write Hugging Face's folders.
 *
 * @module
 */
export {
  gptCheckpoint,
  loadGPT,
  loadGPTWeights,
  saveGPT,
  type SaveGPTOptions,
} from "./checkpoint.ts";
export { GPT_PRESETS, type GPTConfig } from "./config.ts";
export { Block, GPT } from "./model.ts";
