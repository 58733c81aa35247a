/**
 * Recurrent language models: RNN, LSTM or GRU layers that predict the next token.
 *
 * `RNNLM` is the model, `RNN_LM_PRESETS` have known sizes, `loadRNNLM` and `saveRNNLM` read and write folders whose weights
 * have the names of PyTorch's modules.
 *
 * @module
 */
export { loadRNNLM, loadRNNLMWeights, rnnLMCheckpoint, saveRNNLM } from "./checkpoint.ts";
export type { SaveOptions } from "../loading.ts";
export { RNN_LM_PRESETS, type RNNLMConfig } from "./config.ts";
export { RNNLM } from "./model.ts";
