import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { WaveNetConfig } from "./config.ts";
import { WaveNet } from "./model.ts";

/**
 * Saves a WaveNet as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveWaveNet(model: WaveNet, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "wavenet");
}

/**
 * Loads a WaveNet that {@link saveWaveNet} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadWaveNet(folder: string): Promise<WaveNet> {
  return await loadOwnFolder<WaveNet>(folder, {
    wavenet: (config: WaveNetConfig) => new WaveNet(config),
  });
}
