import {
  CheckpointError,
  type CheckpointMap,
  type JsonObject,
  loadFolder,
  loadWeights,
} from "../../checkpoint/mod.ts";
import { recurrentNames } from "../../nn/mod.ts";
import type { RecurrentCell } from "../../ops/mod.ts";
import { checkSameConfig, filled } from "../fill.ts";
import { labelsOf, type SaveOptions } from "../loading.ts";
import { saveMapped } from "../mapped_folder.ts";
import type { RNNTaggerConfig } from "./config.ts";
import { RNNTagger } from "./model.ts";

const CELLS: readonly RecurrentCell[] = ["lstm", "gru", "tanh", "relu"];
const SIZES = [
  ["vocabSize", "vocab_size"],
  ["embedDim", "embedding_size"],
  ["hiddenSize", "hidden_size"],
  ["numLayers", "num_layers"],
] as const;

/** Names as of a PyTorch module with `embedding`, `rnn` and `classifier`. */
export const rnnTaggerCheckpoint: CheckpointMap<RNNTaggerConfig> = {
  config(json) {
    const refuse = (why: string, value: unknown): never => {
      throw new CheckpointError(
        `Cannot read config.json of an RNNTagger as ${why}: current value is ${value}`,
      );
    };
    if (json.model_type !== "rnn_tagger") {
      refuse('model_type must be "rnn_tagger"', json.model_type);
    }
    const cell = CELLS.find((name) => name === json.cell) ??
      refuse(`cell must be one of ${CELLS.join(", ")}`, json.cell);
    const whole = (key: string) =>
      Number.isSafeInteger(json[key])
        ? json[key] as number
        : refuse(`${key} must be a whole number`, json[key]);
    const sizes = Object.fromEntries(SIZES.map(([ours, theirs]) => [ours, whole(theirs)]));
    return {
      ...sizes as Record<(typeof SIZES)[number][0], number>,
      labels: labelsOf(json) ?? refuse("id2label must name the classes", json.id2label),
      cell,
      dropout: Number(json.dropout ?? 0),
    };
  },
  configJson: ({ labels, cell = "lstm", numLayers = 1, dropout = 0, ...sizes }): JsonObject => ({
    model_type: "rnn_tagger",
    architectures: ["RNNForTokenClassification"],
    cell,
    ...Object.fromEntries(SIZES.map(([ours, theirs]) => [theirs, { ...sizes, numLayers }[ours]])),
    dropout,
    id2label: Object.fromEntries(labels.map((label, i) => [String(i), label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
  }),
  names: [["tokens", "embedding"], ...recurrentNames("rnn"), ["classifier", "classifier"]],
};

/**
 * Saves a tagger as a folder: `config.json`, and weights by the names of PyTorch's modules.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveRNNTagger(
  model: RNNTagger,
  folder: string,
  options: SaveOptions = {},
): Promise<void> {
  await saveMapped(model, folder, rnnTaggerCheckpoint, options);
}

/**
 * Loads a tagger from a folder.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadRNNTagger(folder: string): Promise<RNNTagger> {
  using source = await loadFolder(folder);
  return await filled(
    new RNNTagger(rnnTaggerCheckpoint.config(source.config)),
    (model) => loadWeights(model.namedParameters(), source.weights, rnnTaggerCheckpoint),
  );
}

/**
 * Puts the weights in a folder into a model of the same sizes and classes.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or the model differs in anything but its dropout.
 */
export async function loadRNNTaggerWeights(model: RNNTagger, folder: string): Promise<void> {
  using source = await loadFolder(folder);
  const whole = (config: RNNTaggerConfig) => ({
    cell: "lstm",
    numLayers: 1,
    ...config,
    labels: config.labels.join(" "),
  });
  checkSameConfig(whole(rnnTaggerCheckpoint.config(source.config)), whole(model.config), folder);
  await loadWeights(model.namedParameters(), source.weights, rnnTaggerCheckpoint);
}
