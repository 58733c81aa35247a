import {
  CheckpointError,
  type JsonObject,
  loadFolder,
  loadWeights,
  type ModelFolder,
  saveFolder,
  tensorsToRecords,
} from "../checkpoint/mod.ts";
import type { Module } from "../nn/mod.ts";
import { filled } from "./fill.ts";

/**
 * Saves a model that no other library has a form for: `config.json` with its `model_type` and its configuration, and
 * `model.safetensors` with parameters and buffers by their own names.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @param modelType What the family is called.
 * @param architecture What the kind of model is called; its end may say what it is for. @default {the class's name}
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveOwnFolder(
  model: Module & { readonly config: object },
  folder: string,
  modelType: string,
  architecture: string = model.constructor.name,
): Promise<void> {
  await saveFolder(folder, {
    config: {
      model_type: modelType,
      architectures: [architecture],
      ...model.config,
    } as JsonObject,
    weights: await tensorsToRecords(model.namedState()),
  });
}

/**
 * Loads a model that {@link saveOwnFolder} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @param make Makes the model from its configuration, by the `model_type` of the family.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or the family is another one.
 */
export async function loadOwnFolder<M extends Module>(
  folder: string,
  make: Readonly<Record<string, (config: never) => M>>,
): Promise<M> {
  using source: ModelFolder = await loadFolder(folder);
  const { model_type: type, architectures: _, ...config } = source.config;
  if (typeof type !== "string" || !Object.hasOwn(make, type)) {
    throw new CheckpointError(
      `Cannot load the model ${folder} as model_type in its config.json must be ${
        Object.keys(make).join(" or ")
      }: current value is ${type}`,
    );
  }
  return await filled(
    make[type]!(config as never),
    (model) => loadWeights(model.namedState(), source.weights),
  );
}
