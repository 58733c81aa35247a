/**
 * A convolutional network for words of command.
 *
 * @module
 */
export { loadKeywordCNN, saveKeywordCNN } from "./checkpoint.ts";
export type { KeywordCNNConfig } from "./config.ts";
export { KeywordCNN, KeywordLayer } from "./model.ts";
