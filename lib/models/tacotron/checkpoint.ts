import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { TacotronConfig } from "./config.ts";
import { Tacotron } from "./model.ts";

/**
 * Saves a Tacotron as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveTacotron(model: Tacotron, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "tacotron");
}

/**
 * Loads a Tacotron that {@link saveTacotron} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadTacotron(folder: string): Promise<Tacotron> {
  return await loadOwnFolder<Tacotron>(folder, {
    tacotron: (config: TacotronConfig) => new Tacotron(config),
  });
}
