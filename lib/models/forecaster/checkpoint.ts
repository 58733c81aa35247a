import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { ForecasterConfig } from "./config.ts";
import { Forecaster } from "./model.ts";

/**
 * Saves a forecaster as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveForecaster(model: Forecaster, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "forecaster");
}

/**
 * Loads a forecaster that {@link saveForecaster} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadForecaster(folder: string): Promise<Forecaster> {
  return await loadOwnFolder<Forecaster>(folder, {
    forecaster: (config: ForecasterConfig) => new Forecaster(config),
  });
}
