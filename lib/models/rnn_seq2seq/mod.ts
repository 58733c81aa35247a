/**
 * Recurrent encoder–decoders: LSTMs or GRUs that read one sequence and write another, with or without attention.
 *
 * `RNNSeq2Seq` is the model, `loadRNNSeq2Seq` and `saveRNNSeq2Seq` read and write folders whose weights have the names of
 * PyTorch's modules.
 *
 * @module
 */
export { loadRNNSeq2Seq, rnnSeq2SeqCheckpoint, saveRNNSeq2Seq } from "./checkpoint.ts";
export type { SaveOptions } from "../loading.ts";
export { RNN_SEQ2SEQ_PRESETS, type RNNSeq2SeqConfig } from "./config.ts";
export { RNNSeq2Seq } from "./model.ts";
