import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { VQVAEConfig } from "./config.ts";
import { VQVAE } from "./model.ts";

/**
 * Saves a VQ-VAE as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveVQVAE(model: VQVAE, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "vqvae");
}

/**
 * Loads a VQ-VAE that {@link saveVQVAE} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadVQVAE(folder: string): Promise<VQVAE> {
  return await loadOwnFolder<VQVAE>(folder, { vqvae: (config: VQVAEConfig) => new VQVAE(config) });
}
