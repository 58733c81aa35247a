/**
 * Models by what their folders say they are, and what is made of encoders.
 *
 * Each family has an entry of its own, such as `@tome/tome/models/bert`.
 *
 * @module
 */
export { type Loaded, type LoadOptions, type SaveOptions, taskOf } from "./loading.ts";
export { miniLMFolder } from "./mini_lm.ts";
export { loadModel, MODEL_TYPES } from "./registry.ts";
export {
  type EmbedOptions,
  loadSentenceEncoder,
  saveSentenceEncoder,
  SentenceEncoder,
  type SentenceEncoderOptions,
} from "./sentence_encoder.ts";
export { type TrackedObject, Tracker, type TrackerOptions } from "./tracker.ts";
export { type VectorHit, VectorIndex, type VectorSearchOptions } from "./vector_index.ts";
