import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { VAEConfig } from "./config.ts";
import { Autoencoder, VAE } from "./model.ts";

/**
 * Saves an autoencoder as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveVAE(model: VAE | Autoencoder, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, model instanceof VAE ? "vae" : "autoencoder");
}

/**
 * Loads a variational autoencoder that {@link saveVAE} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadVAE(folder: string): Promise<VAE> {
  return await loadOwnFolder<VAE>(folder, { vae: (config: VAEConfig) => new VAE(config) });
}

/** Loads a plain autoencoder, as {@link loadVAE} does a variational one. */
export async function loadAutoencoder(folder: string): Promise<Autoencoder> {
  return await loadOwnFolder<Autoencoder>(folder, {
    autoencoder: (config: VAEConfig) => new Autoencoder(config),
  });
}
