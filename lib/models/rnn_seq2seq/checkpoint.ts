import {
  CheckpointError,
  type CheckpointMap,
  type JsonObject,
  loadFolder,
  loadWeights,
} from "../../checkpoint/mod.ts";
import { recurrentNames } from "../../nn/mod.ts";
import { filled } from "../fill.ts";
import { type SaveOptions, wholeIn } from "../loading.ts";
import { saveMapped } from "../mapped_folder.ts";
import type { RNNSeq2SeqConfig } from "./config.ts";
import { RNNSeq2Seq } from "./model.ts";

const SCORES = ["none", "dot", "general", "additive"] as const;

/** A whole number in `config.json`. */
const whole = (json: JsonObject, key: string): number => wholeIn(json, key, "an RNNSeq2Seq");

/** Names as PyTorch's modules have them: `encoder.embedding`, `encoder.rnn`, and the same of the decoder. */
export const rnnSeq2SeqCheckpoint: CheckpointMap<RNNSeq2SeqConfig> = {
  config(json) {
    if (json.model_type !== "rnn_seq2seq") {
      throw new CheckpointError(
        `Cannot load an RNNSeq2Seq as model_type in config.json must be "rnn_seq2seq": ` +
          `current value is ${json.model_type}`,
      );
    }
    const attention = SCORES.find((score) => score === json.attention);
    const cell = ({ LSTM: "lstm", GRU: "gru" } as const)[String(json.rnn_type)];
    if (!attention || !cell) {
      throw new CheckpointError(
        `Cannot load an RNNSeq2Seq as rnn_type must be LSTM or GRU, and attention one of ${
          SCORES.join(", ")
        }: current values are ${json.rnn_type} and ${json.attention}`,
      );
    }
    return {
      sourceVocabSize: whole(json, "source_vocab_size"),
      vocabSize: whole(json, "vocab_size"),
      cell,
      embedDim: whole(json, "embedding_size"),
      hiddenSize: whole(json, "hidden_size"),
      numLayers: whole(json, "num_layers"),
      bidirectional: json.bidirectional === true,
      attention,
      dropout: Number(json.dropout ?? 0),
      startId: whole(json, "decoder_start_token_id"),
      endId: whole(json, "eos_token_id"),
      padId: whole(json, "pad_token_id"),
    };
  },
  configJson: (config) => ({
    model_type: "rnn_seq2seq",
    architectures: ["RNNSeq2SeqForConditionalGeneration"],
    source_vocab_size: config.sourceVocabSize,
    vocab_size: config.vocabSize,
    rnn_type: (config.cell ?? "lstm").toUpperCase(),
    embedding_size: config.embedDim,
    hidden_size: config.hiddenSize,
    num_layers: config.numLayers ?? 1,
    bidirectional: config.bidirectional ?? false,
    attention: config.attention ?? "none",
    dropout: config.dropout ?? 0,
    decoder_start_token_id: config.startId,
    eos_token_id: config.endId,
    pad_token_id: config.padId ?? config.endId,
    is_encoder_decoder: true,
  }),
  names: [
    ["sourceTokens", "encoder.embedding"],
    ...recurrentNames("encoder", "encoder.rnn"),
    ["tokens", "decoder.embedding"],
    ...recurrentNames("decoder", "decoder.rnn"),
    ["attention", "attention"],
    ["combine", "combine"],
    ["head", "output"],
  ],
};

/**
 * Saves a recurrent encoder–decoder as a folder: `config.json`, and weights by the names of PyTorch's modules.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveRNNSeq2Seq(
  model: RNNSeq2Seq,
  folder: string,
  options: SaveOptions = {},
): Promise<void> {
  await saveMapped(model, folder, rnnSeq2SeqCheckpoint, options);
}

/**
 * Loads a recurrent encoder–decoder from a folder.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadRNNSeq2Seq(folder: string): Promise<RNNSeq2Seq> {
  using source = await loadFolder(folder);
  return await filled(
    new RNNSeq2Seq(rnnSeq2SeqCheckpoint.config(source.config)),
    (model) => loadWeights(model.namedParameters(), source.weights, rnnSeq2SeqCheckpoint),
  );
}
