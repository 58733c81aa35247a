import {
  CheckpointError,
  type JsonObject,
  loadFolder,
  loadWeights,
  saveFolder,
  tensorsToRecords,
} from "../../checkpoint/mod.ts";
import { refuseAdapters } from "../../nn/mod.ts";
import { checkSameConfig, filled } from "../fill.ts";
import type { SaveOptions } from "../loading.ts";
import {
  type CompleteTransformerConfig,
  completeTransformerConfig,
  type TransformerConfig,
} from "./config.ts";
import { Transformer } from "./model.ts";

/** The model's sizes, as `config.json` has them: our own names, as no other library has this family. */
function configOf(json: JsonObject): CompleteTransformerConfig {
  if (json.model_type !== "transformer") {
    throw new CheckpointError(
      `Cannot load a Transformer as model_type in config.json must be "transformer": ` +
        `current value is ${json.model_type}`,
    );
  }
  const { model_type: _type, architectures: _names, ...sizes } = json;
  try {
    return completeTransformerConfig(sizes as unknown as TransformerConfig);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CheckpointError(`Cannot read config.json of a Transformer: ${error.message}`);
  }
}

/**
 * Saves a Transformer as a folder, under our own names; {@link saveMarian} writes what Hugging Face reads.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 * @throws {RangeError} If the model has adapters.
 */
export async function saveTransformer(
  model: Transformer,
  folder: string,
  { tokenizerJson, dtype = "F32" }: SaveOptions = {},
): Promise<void> {
  refuseAdapters(model, "save a Transformer");
  await saveFolder(folder, {
    config: {
      model_type: "transformer",
      architectures: ["TransformerForConditionalGeneration"],
      ...model.config,
    },
    weights: await tensorsToRecords(model.namedParameters(), { dtype }),
    ...(tokenizerJson === undefined ? {} : { tokenizerJson }),
  });
}

/**
 * Loads a Transformer from a folder that {@link saveTransformer} wrote.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadTransformer(folder: string): Promise<Transformer> {
  using source = await loadFolder(folder);
  return await filled(
    new Transformer(configOf(source.config)),
    (model) => loadWeights(model.namedParameters(), source.weights),
  );
}

/**
 * Puts the weights in a folder into a Transformer of the same sizes.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or the model differs in anything but its dropout.
 */
export async function loadTransformerWeights(model: Transformer, folder: string): Promise<void> {
  using source = await loadFolder(folder);
  checkSameConfig(configOf(source.config), model.config, folder);
  await loadWeights(model.namedParameters(), source.weights);
}
