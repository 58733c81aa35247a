import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { DALLEConfig } from "./config.ts";
import { DALLE } from "./model.ts";

/**
 * Saves a DALL·E as a folder: `config.json` and `model.safetensors`, under the names of its fields. Its `VQVAE` has a folder of
 * its own.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveDALLE(model: DALLE, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "dalle");
}

/**
 * Loads a DALL·E that {@link saveDALLE} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadDALLE(folder: string): Promise<DALLE> {
  return await loadOwnFolder<DALLE>(folder, { dalle: (config: DALLEConfig) => new DALLE(config) });
}
