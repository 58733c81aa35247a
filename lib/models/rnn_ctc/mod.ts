/**
 * Recurrent networks that write what they hear, by connectionist temporal classification.
 *
 * @module
 */
export { loadRNNCTC, saveRNNCTC } from "./checkpoint.ts";
export type { RNNCTCConfig } from "./config.ts";
export { RNNCTC } from "./model.ts";
