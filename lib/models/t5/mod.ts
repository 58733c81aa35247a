/**
 * T5: an encoder reads a text, and a decoder writes another; translation, summaries, answers.
 *
 * `T5` is the model, `T5_PRESETS` the published sizes of T5, version 1.1 and Flan-T5, `loadT5` and `saveT5` read and write
 * Hugging Face's folders.
 *
 * @module
 */
export { loadT5, loadT5Weights, saveT5, t5Checkpoint } from "./checkpoint.ts";
export type { SaveOptions } from "../loading.ts";
export { type CompleteT5Config, completeT5Config, T5_PRESETS, type T5Config } from "./config.ts";
export { T5Block, T5Network, type T5Sight, T5Stack } from "./layers.ts";
export { T5 } from "./model.ts";
export { bucketOf, PositionBias, type PositionBiasOptions } from "./position_bias.ts";
