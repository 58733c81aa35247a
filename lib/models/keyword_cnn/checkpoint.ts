import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { KeywordCNNConfig } from "./config.ts";
import { KeywordCNN } from "./model.ts";

/**
 * Saves a KeywordCNN as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveKeywordCNN(model: KeywordCNN, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "keyword_cnn", "KeywordCNNForAudioClassification");
}

/**
 * Loads a KeywordCNN that {@link saveKeywordCNN} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadKeywordCNN(folder: string): Promise<KeywordCNN> {
  return await loadOwnFolder<KeywordCNN>(folder, {
    keyword_cnn: (config: KeywordCNNConfig) => new KeywordCNN(config),
  });
}
