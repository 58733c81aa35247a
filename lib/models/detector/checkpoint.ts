import {
  type ImageFamily,
  loadImageModel,
  loadImageWeights,
  saveImageModel,
} from "../image_folder.ts";
import type { Loaded, LoadOptions, SaveOptions } from "../loading.ts";
import type { CenterDetectorConfig } from "./config.ts";
import { CenterDetector } from "./model.ts";

const FAMILY: ImageFamily<CenterDetectorConfig, CenterDetector> = {
  type: "center_detector",
  architecture: "CenterDetectorForObjectDetection",
  make: (config) => new CenterDetector(config),
  head: "centers",
};

/**
 * Saves a detector as a folder: `config.json`, and weights by the names and in the layout of PyTorch.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveCenterDetector(
  model: CenterDetector,
  folder: string,
  options: Pick<SaveOptions, "dtype"> = {},
): Promise<void> {
  await saveImageModel(FAMILY, model, folder, options);
}

/**
 * Loads a detector from a folder.
 *
 * @param folder Where `config.json` and the weights are.
 * @param options Other classes, for which the layer of centres is made anew.
 * @returns The model, as in use (`eval()`); its caller disposes it. `fresh` names the parameters that were made anew.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadCenterDetector(
  folder: string,
  options: LoadOptions = {},
): Promise<Loaded<CenterDetector>> {
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
export async function loadCenterDetectorWeights(
  model: CenterDetector,
  folder: string,
): Promise<void> {
  await loadImageWeights(FAMILY, model, folder);
}
