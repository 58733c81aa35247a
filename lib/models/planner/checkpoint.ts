import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { ValuePropagationConfig } from "./config.ts";
import { ValuePropagationNet } from "./model.ts";

/**
 * Saves a planner as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function savePlanner(model: ValuePropagationNet, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "value_propagation_net");
}

/**
 * Loads a planner that {@link savePlanner} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadPlanner(folder: string): Promise<ValuePropagationNet> {
  return await loadOwnFolder<ValuePropagationNet>(folder, {
    value_propagation_net: (config: ValuePropagationConfig) => new ValuePropagationNet(config),
  });
}
