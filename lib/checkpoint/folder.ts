import { join } from "node:path";
import { CheckpointError } from "./error.ts";
import { exists, readJson, replaceFolder, settledFolder, stableJson, writeAtomic } from "./file.ts";
import type { TensorRecord } from "./record.ts";
import type { WeightsReader } from "./safetensors.ts";
import { isWeightsName, openWeights, type ShardOptions, writeSharded } from "./sharded.ts";

const CONFIG = "config.json";
const TOKENIZER = "tokenizer.json";
const GENERATION = "generation_config.json";

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/** What {@link saveFolder} writes. */
export interface FolderContent extends ShardOptions {
  /** What `config.json` will hold. */
  config: JsonObject;
  /** The tensors of `model.safetensors`, under the names that readers expect. */
  weights: Iterable<TensorRecord> | AsyncIterable<TensorRecord>;
  /** What `tokenizer.json` will hold; a text is written as it is. */
  tokenizerJson?: JsonObject | string;
  /** What `generation_config.json` will hold. */
  generationConfig?: JsonObject;
}

/** A folder that {@link loadFolder} has opened; dispose it to close its files. */
export interface ModelFolder extends Disposable {
  /** Where it was found. */
  readonly path: string;
  /** What `config.json` holds. */
  readonly config: JsonObject;
  /** The tensors, read when asked for. */
  readonly weights: WeightsReader;
  /** What `tokenizer.json` holds, where there is one. */
  readonly tokenizerJson?: JsonObject;
  /** What `generation_config.json` holds, where there is one. */
  readonly generationConfig?: JsonObject;
}

/**
 * Saves a model as a folder in the layout of Hugging Face: `config.json`, `model.safetensors`, `tokenizer.json`.
 *
 * A folder that is there is replaced only when the new one is complete on disk. If the process dies midway, the old one
 * is still there, and {@link loadFolder} finds it. Files that are not part of the layout stay.
 *
 * @param path The folder.
 * @param content What it will hold.
 * @throws {CheckpointError} If the tensors cannot be written, or the path is taken by a file.
 */
export async function saveFolder(path: string, content: FolderContent): Promise<void> {
  const { config, weights, tokenizerJson, generationConfig, ...shards } = content;
  await replaceFolder(path, async (folder) => {
    await writeSharded(folder, weights, shards);
    if (tokenizerJson !== undefined) {
      const text = typeof tokenizerJson === "string"
        ? tokenizerJson
        : JSON.stringify(tokenizerJson, null, 2) + "\n"; // its order is the tokenizer's
      await writeAtomic(join(folder, TOKENIZER), text);
    }
    if (generationConfig) await writeAtomic(join(folder, GENERATION), stableJson(generationConfig));
    await writeAtomic(join(folder, CONFIG), stableJson(config));
  }, (name) => [CONFIG, TOKENIZER, GENERATION].includes(name) || isWeightsName(name));
}

/**
 * Opens a model's folder; the tensors are read when asked for.
 *
 * @param path A folder in the layout of Hugging Face.
 * @throws {CheckpointError} If it is not there, or a part of it is missing or damaged.
 */
export async function loadFolder(path: string): Promise<ModelFolder> {
  const folder = await settledFolder(path);
  if (!await exists(folder)) {
    throw new CheckpointError(
      `Cannot load the model ${path} as it must be a folder: there is none`,
    );
  }
  const config = await readJson(join(folder, CONFIG));
  const optional = async (name: string) =>
    await exists(join(folder, name)) ? await readJson(join(folder, name)) : undefined;
  const tokenizerJson = await optional(TOKENIZER);
  const generationConfig = await optional(GENERATION);
  const weights = await openWeights(folder);
  return {
    path: folder,
    config,
    weights,
    ...(tokenizerJson && { tokenizerJson }),
    ...(generationConfig && { generationConfig }),
    [Symbol.dispose]: () => weights[Symbol.dispose](),
  };
}
