/**
 * Recurrent taggers: an LSTM or GRU that reads a sentence from both ends and sorts each token into a class.
 *
 * `RNNTagger` is the model, `RNN_TAGGER_PRESETS` have known sizes, `loadRNNTagger` and `saveRNNTagger` read and write folders
 * whose weights have the names of PyTorch's modules.
 *
 * @module
 */
export {
  loadRNNTagger,
  loadRNNTaggerWeights,
  rnnTaggerCheckpoint,
  saveRNNTagger,
} from "./checkpoint.ts";
export { RNN_TAGGER_PRESETS, type RNNTaggerConfig } from "./config.ts";
export { RNNTagger } from "./model.ts";
