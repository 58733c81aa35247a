import { basename, join } from "node:path";
import { CheckpointError } from "./error.ts";
import { exists, readJson, stableJson, writeAtomic } from "./file.ts";
import type { TensorInfo, TensorRecord } from "./record.ts";
import { find, SafetensorsFile, type WeightsReader, writeSafetensors } from "./safetensors.ts";

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const SHARD = /^model-\d{5,}-of-\d{5,}\.safetensors$/;

/** How weights are spread over files. */
export interface ShardOptions {
  /** The most bytes of tensors in one file; a larger tensor has a file of its own. @default {5e9} */
  maxShardBytes?: number;
  /** Texts kept in each file. @default {{ format: "pt" }, which PyTorch's readers expect} */
  metadata?: Record<string, string>;
}

/** Whether a name in a folder belongs to its weights. */
export function isWeightsName(name: string): boolean {
  return name === SINGLE || name === INDEX || SHARD.test(name);
}

/**
 * Writes `model.safetensors` into a folder, or several files and `model.safetensors.index.json`, as Hugging Face does.
 *
 * Each file appears whole, and the index last; no more than one file's tensors are held at a time.
 *
 * @param folder A folder without weights; `saveFolder` replaces one that has some.
 * @param records The tensors; they fill the files in this order.
 * @returns The names of the files, the index last.
 * @throws {CheckpointError} If the folder holds weights, or a name stands twice.
 */
export async function writeSharded(
  folder: string,
  records: Iterable<TensorRecord> | AsyncIterable<TensorRecord>,
  { maxShardBytes = 5e9, metadata = { format: "pt" } }: ShardOptions = {},
): Promise<string[]> {
  if (!(maxShardBytes > 0)) {
    throw new RangeError(
      `Cannot write shards as maxShardBytes must be positive: current value is ${maxShardBytes}`,
    );
  }
  for await (const { name } of Deno.readDir(folder)) {
    if (!isWeightsName(name)) continue;
    throw new CheckpointError(
      `Cannot write shards into ${folder} as it must not hold weights yet: current file is ${name}; ` +
        `saveFolder replaces a folder as a whole`,
    );
  }
  const shards: string[][] = []; // the names in each
  const seen = new Set<string>();
  let waiting: TensorRecord[] = [], bytes = 0, total = 0;
  const part = (i: number) => join(folder, `.part-${i}.tmp`); // the final name tells how many there are
  const flush = async () => {
    await writeSafetensors(part(shards.length), waiting, metadata);
    shards.push(waiting.map(({ name }) => name));
    [waiting, bytes] = [[], 0];
  };
  try {
    for await (const record of records) {
      if (seen.has(record.name)) {
        throw new CheckpointError(
          `Cannot write tensor "${record.name}" as each name may stand only once`,
        );
      }
      seen.add(record.name);
      if (waiting.length > 0 && bytes + record.bytes.length > maxShardBytes) await flush();
      waiting.push(record);
      bytes += record.bytes.length;
      total += record.bytes.length;
    }
    if (waiting.length > 0 || shards.length === 0) await flush();
    const names = shards.length === 1 ? [SINGLE] : shards.map((_, i) => {
      const [number, count] = [i + 1, shards.length].map((n) => String(n).padStart(5, "0"));
      return `model-${number}-of-${count}.safetensors`;
    });
    for (const [i, name] of names.entries()) await Deno.rename(part(i), join(folder, name));
    if (shards.length === 1) return names;
    const weight_map = Object.fromEntries(
      shards.flatMap((tensors, i) => tensors.map((tensor) => [tensor, names[i]])),
    );
    const index = { metadata: { total_size: total }, weight_map };
    await writeAtomic(join(folder, INDEX), stableJson(index));
    return [...names, INDEX];
  } catch (error) {
    for (let i = 0; i <= shards.length; i++) await Deno.remove(part(i)).catch(() => {});
    throw error;
  }
}

/**
 * Opens the weights of a folder: `model.safetensors`, or else the files that `model.safetensors.index.json` names.
 *
 * Only headers are read; a tensor is read when asked for.
 *
 * @param folder The folder.
 * @throws {CheckpointError} If there are no weights, a file is missing or not in the index, or the index and the files
 * disagree on a tensor.
 */
export async function openWeights(folder: string): Promise<WeightsReader> {
  if (await exists(join(folder, SINGLE))) return await SafetensorsFile.open(join(folder, SINGLE));
  const path = join(folder, INDEX);
  if (!await exists(path)) {
    throw new CheckpointError(
      `Cannot read the weights of ${folder} as it must hold ${SINGLE} or ${INDEX}: neither is there`,
    );
  }
  const map = checkIndex(path, (await readJson(path)).weight_map);
  const shards = [...new Set(map.values())].sort();
  await checkFiles(folder, shards);
  const files = new Map<string, SafetensorsFile>();
  try {
    for (const shard of shards) files.set(shard, await SafetensorsFile.open(join(folder, shard)));
    return new ShardedWeights(path, map, files);
  } catch (error) {
    for (const file of files.values()) file[Symbol.dispose]();
    throw error;
  }
}

function checkIndex(path: string, value: unknown): Map<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CheckpointError(
      `Cannot read ${path} as weight_map must name the file of each tensor: current weight_map is ${
        JSON.stringify(value)?.slice(0, 60) ?? "missing"
      }`,
    );
  }
  for (const [tensor, file] of Object.entries(value)) {
    if (typeof file === "string" && /\.safetensors$/.test(file) && !/[/\\]/.test(file)) continue;
    throw new CheckpointError(
      `Cannot read ${path} as "${tensor}" must lie in a .safetensors file of the same folder: ` +
        `current file is ${JSON.stringify(file)}`,
    );
  }
  return new Map(Object.entries(value as Record<string, string>));
}

async function checkFiles(folder: string, shards: string[]): Promise<void> {
  const present = new Set<string>();
  for await (const { name } of Deno.readDir(folder)) present.add(name);
  const missing = shards.filter((shard) => !present.has(shard));
  if (missing.length > 0) {
    throw new CheckpointError(
      `Cannot read the weights of ${folder} as ${missing.length} of its ${shards.length} files ` +
        `${missing.length === 1 ? "is" : "are"} missing: ${missing.join(", ")}`,
    );
  }
  const extra = [...present].filter((name) => SHARD.test(name) && !shards.includes(name)).sort();
  if (extra.length > 0) {
    throw new CheckpointError(
      `Cannot read the weights of ${folder} as ${INDEX} must name every shard: it does not name ` +
        `${extra.join(", ")}; remove what is left of another save`,
    );
  }
}

/** Weights in several files. */
class ShardedWeights implements WeightsReader {
  readonly infos: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
  #files: Map<string, SafetensorsFile>;
  #map: Map<string, string>;

  constructor(
    readonly path: string,
    map: Map<string, string>,
    files: Map<string, SafetensorsFile>,
  ) {
    [this.#files, this.#map] = [files, map];
    const infos = new Map<string, TensorInfo>();
    for (const [shard, file] of files) {
      for (const [name, info] of file.infos) {
        if (map.get(name) !== shard) {
          throw new CheckpointError(
            `Cannot read ${file.path} as ${
              basename(path)
            } must place its tensor "${name}" there: ` +
              `current place is ${map.get(name) ?? "nowhere"}`,
          );
        }
        infos.set(name, info);
      }
    }
    for (const [name, shard] of map) {
      if (infos.has(name)) continue;
      throw new CheckpointError(
        `Cannot read "${name}" as ${shard} must hold it, by ${path}: it does not`,
      );
    }
    this.infos = infos;
    this.metadata = Object.assign({}, ...[...files.values()].map((file) => file.metadata));
  }

  async read(name: string): Promise<TensorRecord> {
    find(this.infos, name, this.path);
    return await this.#files.get(this.#map.get(name)!)!.read(name);
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file[Symbol.dispose]();
  }
}
