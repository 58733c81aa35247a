import {
  type ImageFamily,
  loadImageModel,
  loadImageWeights,
  saveImageModel,
} from "../image_folder.ts";
import type { Loaded, LoadOptions, SaveOptions } from "../loading.ts";
import type { MLPConfig } from "./config.ts";
import { MLPClassifier } from "./model.ts";

const FAMILY: ImageFamily<MLPConfig, MLPClassifier> = {
  type: "mlp",
  architecture: "MLPClassifierForImageClassification",
  make: (config) => new MLPClassifier(config),
};

/**
 * Saves an MLP as a folder: `config.json`, and weights by the names and in the layout of PyTorch.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveMLPClassifier(
  model: MLPClassifier,
  folder: string,
  options: Pick<SaveOptions, "dtype"> = {},
): Promise<void> {
  await saveImageModel(FAMILY, model, folder, options);
}

/**
 * Loads an MLP from a folder.
 *
 * @param folder Where `config.json` and the weights are.
 * @param options Other classes, and another dropout.
 * @returns The model, as in use (`eval()`); its caller disposes it. `fresh` names the parameters that were made anew.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadMLPClassifier(
  folder: string,
  options: LoadOptions = {},
): Promise<Loaded<MLPClassifier>> {
  return await loadImageModel(FAMILY, folder, options);
}

/**
 * Puts the weights in a folder into a model of the same sizes, as a trainer does that goes on from a checkpoint.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or of another kind of model.
 * @throws {ShapeError} If a size differs.
 */
export async function loadMLPClassifierWeights(
  model: MLPClassifier,
  folder: string,
): Promise<void> {
  await loadImageWeights(FAMILY, model, folder);
}
