import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { DiffusionConfig } from "./config.ts";
import { DiffusionUNet } from "./model.ts";

/**
 * Saves a model of diffusion as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveDiffusion(model: DiffusionUNet, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "diffusion_unet");
}

/**
 * Loads a model of diffusion that {@link saveDiffusion} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadDiffusion(folder: string): Promise<DiffusionUNet> {
  return await loadOwnFolder<DiffusionUNet>(folder, {
    diffusion_unet: (config: DiffusionConfig) => new DiffusionUNet(config),
  });
}
