import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { CaptionerConfig } from "./config.ts";
import { ImageCaptioner } from "./model.ts";

/**
 * Saves a captioner as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveCaptioner(model: ImageCaptioner, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "image_captioner");
}

/**
 * Loads a captioner that {@link saveCaptioner} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadCaptioner(folder: string): Promise<ImageCaptioner> {
  return await loadOwnFolder<ImageCaptioner>(folder, {
    image_captioner: (config: CaptionerConfig) => new ImageCaptioner(config),
  });
}
