/**
 * Tacotron: `Tacotron` reads letters and speaks frames of a mel spectrogram; `synthesisLoss` of `@tome/tome/train` teaches it,
 * `speakFrames` of `@tome/tome/generate` lets it speak, and `griffinLim` of `@tome/tome/audio` makes a sound of the frames.
 *
 * @module
 */
export { loadTacotron, saveTacotron } from "./checkpoint.ts";
export { TACOTRON_PRESETS, type TacotronConfig } from "./config.ts";
export { type AttentionTrace, LocationAttention } from "./attention.ts";
export { Tacotron } from "./model.ts";
