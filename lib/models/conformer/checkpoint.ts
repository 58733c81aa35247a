import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { ConformerConfig } from "./config.ts";
import { Conformer } from "./model.ts";

/**
 * Saves a Conformer as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveConformer(model: Conformer, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "conformer", "ConformerForCTC");
}

/**
 * Loads a Conformer that {@link saveConformer} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadConformer(folder: string): Promise<Conformer> {
  return await loadOwnFolder<Conformer>(folder, {
    conformer: (config: ConformerConfig) => new Conformer(config),
  });
}
