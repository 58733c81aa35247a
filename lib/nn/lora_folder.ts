import { join } from "node:path";
import {
  CheckpointError,
  type CheckpointMap,
  type JsonObject,
  namesInFile,
  readJson,
  replaceFolder,
  SafetensorsFile,
  settledFolder,
  stableJson,
  tensorsToRecords,
  toFloat32,
  writeAtomic,
  writeSafetensors,
} from "../checkpoint/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Variable } from "../tensor/mod.ts";
import { freeze } from "./freeze.ts";
import {
  type AdaptableLayer,
  adaptableLayers,
  adaptedLayers,
  attachLora,
  type LoRA,
} from "./lora.ts";
import type { Module } from "./module.ts";

const CONFIG = "adapter_config.json";
const WEIGHTS = "adapter_model.safetensors";
/** What the package `peft` puts in front of every name. */
const PREFIX = "base_model.model.";

/** The table of a family, such as `llamaCheckpoint`. */
export type LoraNames = Pick<CheckpointMap<unknown>, "names" | "prefixes">;

/** What else {@link saveLora} writes. */
export interface SaveLoraOptions {
  /** The name or folder of the model that the adapters are for. @default {none} */
  baseModel?: string;
  /** What the model is for, as the package `peft` calls it. @default {"CAUSAL_LM"} */
  taskType?: string;
}

/** The name, in a published model, of each layer that an adapter can stand beside. */
function publishedNames(
  model: Module,
  { names, prefixes = [] }: LoraNames,
): Map<string, { path: string; layer: AdaptableLayer; stored: string; transposed: boolean }> {
  const layers = [...adaptableLayers(model)].filter(([path]) => path !== "");
  const found = layers.flatMap(([path, layer]) => {
    const rows = namesInFile({ names: [...names, ["*", "*"]] }, [path]);
    const { theirs, change } = rows[0]!;
    const stored = (prefixes[0] ?? "") + theirs;
    return [{ path, layer, stored, transposed: change === "transpose" }];
  });
  return new Map(found.map((entry) => [entry.stored, entry]));
}

/**
 * Saves the adapters of a model as a folder that the Python package `peft` reads: `adapter_config.json` and
 * `adapter_model.safetensors`.
 *
 * @param model A model with adapters.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @param map The table of the model's family, which gives the layers their published names.
 * @throws {RangeError} If there are no adapters, or they are not all made with the same numbers.
 */
export async function saveLora(
  model: Module,
  folder: string,
  map: LoraNames,
  { baseModel, taskType = "CAUSAL_LM" }: SaveLoraOptions = {},
): Promise<void> {
  const adapted = [...adaptedLayers(model)];
  const first = adapted[0]?.adapter;
  const same = (other: LoRA) =>
    (["rank", "alpha", "dropout", "rankStabilized"] as const).every((key) =>
      other[key] === first![key]
    );
  if (!first || !adapted.every(({ adapter }) => same(adapter))) {
    throw new RangeError(
      `Cannot save adapters as there must be some, with the same rank, alpha and dropout: current number is ${adapted.length}`,
    );
  }
  const names = new Map(
    [...publishedNames(model, map).values()].map((entry) => [entry.path, entry]),
  );
  const stored = adapted.map(({ path }) => names.get(path)!.stored);
  const tensors = adapted.flatMap(({ adapter }, i): [string, Variable][] => [
    [`${PREFIX}${stored[i]}.lora_A.weight`, adapter.a],
    [`${PREFIX}${stored[i]}.lora_B.weight`, adapter.b],
  ]);
  const config = {
    peft_type: "LORA",
    task_type: taskType,
    base_model_name_or_path: baseModel ?? null,
    r: first.rank,
    lora_alpha: first.alpha,
    lora_dropout: first.dropout,
    use_rslora: first.rankStabilized,
    target_modules: shortened(stored, [...names.values()].map((entry) => entry.stored)),
    fan_in_fan_out: adapted.some(({ path }) => names.get(path)!.transposed),
    bias: "none",
    inference_mode: true,
  };
  const records = await tensorsToRecords(tensors);
  await replaceFolder(folder, async (path) => {
    await writeSafetensors(join(path, WEIGHTS), records, { format: "pt" });
    await writeAtomic(join(path, CONFIG), stableJson(config));
  }, (name) => name === CONFIG || name === WEIGHTS);
}

/** The last parts of the names if they name just these layers, else the names. */
function shortened(chosen: readonly string[], all: readonly string[]): string[] {
  const last = (name: string) => name.split(".").at(-1)!;
  const ends = new Set(chosen.map(last));
  const named = all.filter((name) => ends.has(last(name)));
  return named.length === chosen.length ? [...ends].sort() : [...chosen].sort();
}

/**
 * Loads adapters that {@link saveLora} or the Python package `peft` saved.
 *
 * Layers that have none get one, and everything else is frozen; those that have one of the same shape get its values.
 *
 * @param model The model that they are for.
 * @param folder Where `adapter_config.json` and `adapter_model.safetensors` are.
 * @param map The table of the model's family.
 * @throws {CheckpointError} If a part is missing, of a kind that is not supported, or does not fit the model.
 */
export async function loadLora(model: Module, folder: string, map: LoraNames): Promise<void> {
  const path = await settledFolder(folder);
  const config = await readJson(join(path, CONFIG));
  checkSupported(config, folder);
  const layers = publishedNames(model, map);
  const alpha = Number(config.lora_alpha ?? 8);
  const rate = Number(config.lora_dropout ?? 0);
  using file = await SafetensorsFile.open(join(path, WEIGHTS));
  const stems = new Map<string, Partial<Record<"A" | "B", string>>>();
  for (const name of file.infos.keys()) {
    const parts = /^base_model\.model\.(.+)\.lora_([AB])(?:\.default)?\.weight$/.exec(name);
    const stem = parts?.[1];
    if (!stem || !layers.has(stem)) {
      throw new CheckpointError(
        `Cannot load the adapters of ${folder} as each tensor must belong to a layer of the model: current tensor is ${name}`,
      );
    }
    stems.set(stem, { ...stems.get(stem), [parts[2] as "A" | "B"]: name });
  }
  const read: { layer: AdaptableLayer; rank: number; a: string; b: string; stem: string }[] = [];
  for (const [stem, { A: a, B: b }] of stems) {
    const { layer } = layers.get(stem)!;
    const [rank, ins] = a ? file.infos.get(a)!.shape : [];
    const [outs, rankB] = b ? file.infos.get(b)!.shape : [];
    const shape = [
      layer.outFeatures ?? layer.weight?.shape[0],
      layer.inFeatures ?? layer.weight?.shape[1],
    ];
    if (!a || !b || rank !== rankB || outs !== shape[0] || ins !== shape[1]) {
      throw new CheckpointError(
        `Cannot load the adapter of ${stem} as it must have maps [rank, ${shape[1]}] and [${
          shape[0]
        }, rank]: ` +
          `current shapes are [${[rank, ins]}] and [${[outs, rankB]}]`,
      );
    }
    read.push({ layer, rank: rank!, a, b, stem });
  }
  const present = new Map([...adaptedLayers(model)].map(({ layer, adapter }) => [layer, adapter]));
  for (const { layer, rank, stem } of read) {
    const adapter = present.get(layer);
    if (!adapter || (adapter.rank === rank && !adapter.merged && adapter.alpha === alpha)) continue;
    throw new CheckpointError(
      `Cannot load the adapter of ${stem} as the one in place must have rank ${rank} and alpha ${alpha}, and not be merged: ` +
        `current one has rank ${adapter.rank} and alpha ${adapter.alpha}`,
    );
  }
  if (present.size === 0) freeze(model);
  for (const { layer, rank, a, b } of read) {
    const options = { rank, alpha, dropout: rate, rankStabilized: config.use_rslora === true };
    const adapter = present.get(layer) ?? attachLora(layer, options);
    for (const [variable, name] of [[adapter.a, a], [adapter.b, b]] as const) {
      const values = toFloat32(await file.read(name));
      tf.tidy(() => variable.assign(tf.tensor(values.slice(), variable.shape)));
    }
  }
}

/** Refuses kinds of adapters that are more than two maps. */
function checkSupported(config: JsonObject, folder: string): void {
  const faults: [key: string, fine: boolean][] = [
    ["peft_type", config.peft_type === "LORA"],
    ["bias", (config.bias ?? "none") === "none"],
    ["use_dora", !config.use_dora],
    ["lora_bias", !config.lora_bias],
    ["modules_to_save", !(config.modules_to_save as unknown[] | null)?.length],
    ["alpha_pattern", Object.keys((config.alpha_pattern ?? {}) as JsonObject).length === 0],
  ];
  for (const [key, fine] of faults) {
    if (fine) continue;
    throw new CheckpointError(
      `Cannot load the adapters of ${folder} as ${key} must be that of plain LoRA: current value is ${
        JSON.stringify(config[key])
      }`,
    );
  }
}
