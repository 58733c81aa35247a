import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { RNNCTCConfig } from "./config.ts";
import { RNNCTC } from "./model.ts";

/**
 * Saves an RNNCTC as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveRNNCTC(model: RNNCTC, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "rnn_ctc", "RNNForCTC");
}

/**
 * Loads an RNNCTC that {@link saveRNNCTC} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadRNNCTC(folder: string): Promise<RNNCTC> {
  return await loadOwnFolder<RNNCTC>(folder, {
    rnn_ctc: (config: RNNCTCConfig) => new RNNCTC(config),
  });
}
