import {
  CheckpointError,
  type CheckpointMap,
  type JsonObject,
  loadFolder,
  loadWeights,
} from "../../checkpoint/mod.ts";
import { recurrentNames } from "../../nn/mod.ts";
import type { RecurrentCell } from "../../ops/mod.ts";
import { filled } from "../fill.ts";
import { type SaveOptions, wholeIn } from "../loading.ts";
import { saveMapped } from "../mapped_folder.ts";
import type { RNNLMConfig } from "./config.ts";
import { RNNLM } from "./model.ts";

/** The cells as PyTorch's example calls them. */
const TYPES: Readonly<Record<string, RecurrentCell>> = {
  LSTM: "lstm",
  GRU: "gru",
  RNN_TANH: "tanh",
  RNN_RELU: "relu",
};

/** A whole number in `config.json`. */
const whole = (json: JsonObject, key: string): number => wholeIn(json, key, "an RNNLM");

/** Names as in PyTorch's example `word_language_model`: `encoder`, `rnn` and `decoder`. */
export const rnnLMCheckpoint: CheckpointMap<RNNLMConfig> = {
  config(json) {
    if (json.model_type !== "rnn_lm") {
      throw new CheckpointError(
        `Cannot load an RNNLM as model_type in config.json must be "rnn_lm": current value is ${json.model_type}`,
      );
    }
    const cell = TYPES[String(json.rnn_type)];
    if (!cell) {
      throw new CheckpointError(
        `Cannot load an RNNLM as rnn_type must be one of ${
          Object.keys(TYPES).join(", ")
        }: current value is ${json.rnn_type}`,
      );
    }
    return {
      vocabSize: whole(json, "vocab_size"),
      cell,
      ...(json.embedding_size == null ? {} : { embedDim: whole(json, "embedding_size") }),
      hiddenSize: whole(json, "hidden_size"),
      numLayers: whole(json, "num_layers"),
      dropout: Number(json.dropout ?? 0),
      tied: json.tie_word_embeddings === true,
      style: json.style === "keras" ? "keras" : "torch",
    };
  },
  configJson: ({ cell = "lstm", numLayers = 1, dropout = 0, tied = false, ...config }) => ({
    model_type: "rnn_lm",
    architectures: ["RNNLMHeadModel"],
    rnn_type: Object.entries(TYPES).find(([, name]) => name === cell)![0],
    vocab_size: config.vocabSize,
    embedding_size: config.embedDim ?? null,
    hidden_size: config.hiddenSize,
    num_layers: numLayers,
    dropout,
    tie_word_embeddings: tied,
    style: config.style ?? "torch",
  }),
  names: [
    ["tokens", "encoder"],
    ...recurrentNames("rnn"),
    ["headBias", "decoder.bias"],
    ["head", "decoder"],
  ],
};

/** A tied file may hold the shared matrix twice. */
const mapOf = ({ tied }: RNNLMConfig) =>
  tied ? { ...rnnLMCheckpoint, ignore: ["decoder.weight"] } : rnnLMCheckpoint;

/**
 * Saves a recurrent language model as a folder: `config.json`, and weights by the names of PyTorch's modules.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveRNNLM(
  model: RNNLM,
  folder: string,
  options: SaveOptions = {},
): Promise<void> {
  await saveMapped(model, folder, rnnLMCheckpoint, options);
}

/**
 * Loads a recurrent language model from a folder.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadRNNLM(folder: string): Promise<RNNLM> {
  using source = await loadFolder(folder);
  return await filled(
    new RNNLM(rnnLMCheckpoint.config(source.config)),
    (model) => loadWeights(model.namedParameters(), source.weights, mapOf(model.config)),
  );
}

/**
 * Puts the weights in a folder into a model of the same sizes, as a trainer does that goes on from a checkpoint.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or the cells are others.
 * @throws {ShapeError} If a size differs.
 */
export async function loadRNNLMWeights(model: RNNLM, folder: string): Promise<void> {
  using source = await loadFolder(folder);
  const { cell } = rnnLMCheckpoint.config(source.config);
  if (cell !== (model.config.cell ?? "lstm")) { // tanh and ReLU have matrices of the same shapes
    throw new CheckpointError(
      `Cannot load the weights of ${folder} as the model's cell must be ${cell}: current cell is ${
        model.config.cell ?? "lstm"
      }`,
    );
  }
  await loadWeights(model.namedParameters(), source.weights, mapOf(model.config));
}
