/**
 * Weights and names on disk: safetensors files, folders in the layout of Hugging Face, and tables that pair the names
 * in them with ours.
 *
 * @example
 * ```ts
 * import { loadFolder, saveFolder, toFloat32, fromFloat32 } from "@tome/tome/checkpoint";
 *
 * const path = await Deno.makeTempDir();
 * const weights = [fromFloat32("bias", [2], Float32Array.of(1, 2))];
 * await saveFolder(path, { config: { model_type: "tiny" }, weights });
 *
 * using folder = await loadFolder(path);
 * console.assert(toFloat32(await folder.weights.read("bias"))[1] === 2);
 * ```
 *
 * @module
 */
export { CheckpointError } from "./error.ts";
export {
  fromPretrained,
  type FromPretrainedOptions,
  type HubOptions,
  type HubProgress,
} from "./hub.ts";
export { pushToHub, type PushToHubOptions } from "./push.ts";
export {
  exists,
  type FileContent,
  readBytes,
  readJson,
  replaceFolder,
  settledFolder,
  stableJson,
  writeAtomic,
} from "./file.ts";
export {
  fromFloat32,
  permuteRecord,
  type RecordDType,
  type TensorInfo,
  type TensorRecord,
  toFloat32,
  toInt32,
} from "./record.ts";
export type { HeaderEntry } from "./header.ts";
export {
  formatSafetensors,
  parseSafetensors,
  SafetensorsFile,
  type WeightsReader,
  writeSafetensors,
} from "./safetensors.ts";
export { openWeights, type ShardOptions, writeSharded } from "./sharded.ts";
export {
  type CheckpointChange,
  type CheckpointMap,
  type NamePair,
  type NameRule,
  namesInFile,
  recordForFile,
  recordFromFile,
  recordsForFile,
  resolveNames,
  shapeFromFile,
} from "./map.ts";
export {
  type FolderContent,
  type JsonObject,
  loadFolder,
  type ModelFolder,
  saveFolder,
} from "./folder.ts";
export {
  assignRecords,
  loadWeights,
  tensorsToRecords,
  type TensorsToRecordsOptions,
} from "./tensors.ts";
export { type JoinRule, joinWeights, renameWeights, splitRecords } from "./views.ts";
