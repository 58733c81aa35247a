import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { ImageEmbedderConfig } from "./config.ts";
import { ImageEmbedder } from "./model.ts";

/**
 * Saves a model as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveImageEmbedder(model: ImageEmbedder, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "image_embedder");
}

/**
 * Loads a model that {@link saveImageEmbedder} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or of another kind of model.
 */
export async function loadImageEmbedder(folder: string): Promise<ImageEmbedder> {
  const make = { image_embedder: (config: ImageEmbedderConfig) => new ImageEmbedder(config) };
  return await loadOwnFolder(folder, make);
}
