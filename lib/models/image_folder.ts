import {
  CheckpointError,
  type JsonObject,
  loadFolder,
  loadWeights,
  type NameRule,
  recordsForFile,
  saveFolder,
  type TensorRecord,
  tensorsToRecords,
  type WeightsReader,
} from "../checkpoint/mod.ts";
import type { Module } from "../nn/mod.ts";
import type { Loaded, LoadOptions, SaveOptions } from "./loading.ts";

/** The classes that images are sorted into. */
export interface ImageLabels {
  /** The number of classes. */
  numLabels: number;
  /** The names of the classes. @default {"LABEL_0" and so on} */
  labels?: readonly string[];
}

/** What there is to know of a family of models of images, to write and read its folders. */
export interface ImageFamily<C extends ImageLabels, M extends Module & { readonly config: C }> {
  /** The value of `model_type` in `config.json`. */
  type: string;
  /** The name of the class in `architectures`. */
  architecture: string;
  /** Makes a model. */
  make(config: C): M;
  /** The sizes in `config.json`. @default {each field by its name in snake case} */
  config?(json: JsonObject): Omit<C, keyof ImageLabels>;
  /** What `config.json` holds besides type and classes. @default {each field by its name in snake case} */
  configJson?(config: C): JsonObject;
  /** The name in a file of each tensor of ours; `theirs` are the names in the file that is read. @default {PyTorch's spelling of ours} */
  namesFor?(config: C, theirs?: ReadonlySet<string>): (ours: string) => string;
  /** Names in files that no tensor of ours needs. */
  ignore?: readonly string[];
  /** The path of the layer whose outputs are the classes, which may be made anew for other classes. */
  head?: string;
}

/** How a name of ours is spelt in PyTorch. */
export function torchSpelling(ours: string): string {
  return ours.replace(/\.runningMean$/, ".running_mean").replace(/\.runningVar$/, ".running_var");
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** Filters of PyTorch are `[O, I, height, width]`, ours `[height, width, I, O]`; other tensors have other ranks. */
const FILTERS = [2, 3, 1, 0] as const;

function rulesOf<C extends ImageLabels, M extends Module & { readonly config: C }>(
  family: ImageFamily<C, M>,
  model: M,
  theirs?: ReadonlySet<string>,
): NameRule[] {
  const name = family.namesFor?.(model.config, theirs) ?? torchSpelling;
  return [...model.namedState()].map(([ours]) => [ours, name(ours), FILTERS]);
}

function labelsJson({ numLabels, labels }: ImageLabels): JsonObject {
  const names = labels ?? Array.from({ length: numLabels }, (_, i) => `LABEL_${i}`);
  return {
    id2label: Object.fromEntries(names.map((name, i) => [String(i), name])),
    label2id: Object.fromEntries(names.map((name, i) => [name, i])),
  };
}

function labelsOf(type: string, { id2label, num_labels: count }: JsonObject): ImageLabels {
  if (typeof id2label === "object" && id2label !== null) {
    const entries = Object.entries(id2label).toSorted(([a], [b]) => Number(a) - Number(b));
    return { numLabels: entries.length, labels: entries.map(([, name]) => String(name)) };
  }
  if (typeof count === "number") return { numLabels: count };
  throw new CheckpointError(
    `Cannot load a ${type} as config.json must have id2label or num_labels: current keys have neither`,
  );
}

/** The configuration in a `config.json`. */
function configOf<C extends ImageLabels, M extends Module & { readonly config: C }>(
  family: ImageFamily<C, M>,
  json: JsonObject,
): C {
  if (json.model_type !== family.type) {
    throw new CheckpointError(
      `Cannot load a ${family.architecture} as model_type in config.json must be "${family.type}": current value is ${
        JSON.stringify(json.model_type) ?? "none"
      }`,
    );
  }
  const sizes = family.config?.(json) ?? Object.fromEntries(
    Object.entries(json)
      .filter(([key]) => !["model_type", "architectures", "id2label", "label2id"].includes(key))
      .map(([key, value]) => [camel(key), value]),
  );
  return { ...sizes, ...labelsOf(family.type, json) } as C;
}

/**
 * How many batches each norm has seen: PyTorch misses these in a file without them, and reads them only for norms without a
 * momentum, which ours are not. They are 0, as we do not count.
 */
function batchCounters(records: readonly TensorRecord[]): TensorRecord[] {
  return records.filter(({ name }) => name.endsWith("running_mean")).map(({ name }) => ({
    name: name.replace(/running_mean$/, "num_batches_tracked"),
    dtype: "I64",
    shape: [],
    bytes: new Uint8Array(8),
  }));
}

/** Saves a model as `config.json` and weights by PyTorch's names and orders of axes. */
export async function saveImageModel<
  C extends ImageLabels,
  M extends Module & { readonly config: C },
>(
  family: ImageFamily<C, M>,
  model: M,
  folder: string,
  { dtype = "F32" }: Pick<SaveOptions, "dtype"> = {},
): Promise<void> {
  const records = await tensorsToRecords(model.namedState(), { dtype });
  const weights = recordsForFile({ names: rulesOf(family, model) }, records);
  const { numLabels: _, labels: __, ...sizes } = model.config;
  const json = family.configJson?.(model.config) ??
    Object.fromEntries(Object.entries(sizes).map(([key, value]) => [snake(key), value]));
  await saveFolder(folder, {
    config: {
      model_type: family.type,
      architectures: [family.architecture],
      ...json as JsonObject,
      ...labelsJson(model.config),
    },
    weights: [...weights, ...batchCounters(weights)],
  });
}

async function assign<C extends ImageLabels, M extends Module & { readonly config: C }>(
  family: ImageFamily<C, M>,
  model: M,
  weights: WeightsReader,
  newHead: boolean,
): Promise<string[]> {
  const names = rulesOf(family, model, new Set(weights.infos.keys()));
  const state = [...model.namedState()];
  const isHead = (name: string) => newHead && name.startsWith(`${family.head}.`);
  const counters = [...weights.infos.keys()].filter((name) => name.endsWith("num_batches_tracked"));
  const theirHead = names.filter(([ours]) => isHead(ours)).map(([, theirs]) => theirs);
  await loadWeights(state.filter(([name]) => !isHead(name)), weights, {
    names,
    ignore: [...counters, ...theirHead, ...family.ignore ?? []],
  });
  return state.map(([name]) => name).filter(isHead);
}

/**
 * Loads a model of a family; with other `labels` than the folder's, its last layer is made anew.
 *
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadImageModel<
  C extends ImageLabels,
  M extends Module & { readonly config: C },
>(
  family: ImageFamily<C, M>,
  folder: string,
  { labels, dropout }: LoadOptions = {},
): Promise<Loaded<M>> {
  using source = await loadFolder(folder);
  const config = configOf(family, source.config);
  const newHead = labels !== undefined && family.head !== undefined &&
    labels.length !== config.numLabels;
  if (labels) Object.assign(config, { labels: [...labels], numLabels: labels.length });
  if (dropout !== undefined) Object.assign(config, { dropout });
  const model = family.make(config);
  try {
    const fresh = await assign(family, model, source.weights, newHead);
    return Object.assign(model.eval(), { fresh }) as unknown as Loaded<M>;
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
}

/**
 * Puts the weights in a folder into a model of the same family and sizes; its mode stays.
 *
 * @throws {CheckpointError} If a part is missing or damaged, or of another kind of model.
 * @throws {ShapeError} If a size differs.
 */
export async function loadImageWeights<
  C extends ImageLabels,
  M extends Module & { readonly config: C },
>(family: ImageFamily<C, M>, model: M, folder: string): Promise<void> {
  using source = await loadFolder(folder);
  configOf(family, source.config);
  await assign(family, model, source.weights, false);
}
