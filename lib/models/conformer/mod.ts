/**
 * Conformers that write what they hear, by connectionist temporal classification.
 *
 * @module
 */
export { loadConformer, saveConformer } from "./checkpoint.ts";
export { CONFORMER_PRESETS, type ConformerConfig } from "./config.ts";
export { Conformer, ConformerBlock, ConformerConvolution, ConformerFeedForward } from "./model.ts";
