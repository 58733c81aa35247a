import {
  type CheckpointMap,
  recordsForFile,
  saveFolder,
  tensorsToRecords,
} from "../checkpoint/mod.ts";
import { type Module, refuseAdapters } from "../nn/mod.ts";
import type { SaveOptions } from "./loading.ts";

/**
 * Saves a model whose files differ from it by a table alone: `config.json`, and weights by the names of the table.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @param map The table.
 * @param options What else is written, and the numbers' type.
 * @throws {CheckpointError} If it cannot be written.
 * @throws {RangeError} If the model has adapters.
 */
export async function saveMapped<Config>(
  model: Module & { readonly config: Config },
  folder: string,
  map: CheckpointMap<Config>,
  { tokenizerJson, dtype = "F32" }: SaveOptions = {},
): Promise<void> {
  refuseAdapters(model, "save the model");
  const records = await tensorsToRecords(model.namedParameters(), { dtype });
  await saveFolder(folder, {
    config: map.configJson(model.config),
    weights: recordsForFile(map, records),
    ...(tokenizerJson === undefined ? {} : { tokenizerJson }),
  });
}
