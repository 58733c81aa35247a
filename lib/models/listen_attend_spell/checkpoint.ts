import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { ListenAttendSpellConfig } from "./config.ts";
import { ListenAttendSpell } from "./model.ts";

/**
 * Saves a ListenAttendSpell as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveListenAttendSpell(
  model: ListenAttendSpell,
  folder: string,
): Promise<void> {
  await saveOwnFolder(model, folder, "listen_attend_spell");
}

/**
 * Loads a ListenAttendSpell that {@link saveListenAttendSpell} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadListenAttendSpell(folder: string): Promise<ListenAttendSpell> {
  return await loadOwnFolder<ListenAttendSpell>(folder, {
    listen_attend_spell: (config: ListenAttendSpellConfig) => new ListenAttendSpell(config),
  });
}
