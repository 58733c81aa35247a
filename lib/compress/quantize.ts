import {
  CheckpointError,
  loadWeights,
  SafetensorsFile,
  tensorsToRecords,
  type WeightsReader,
  writeSafetensors,
} from "../checkpoint/mod.ts";
import {
  Embedding,
  Linear,
  type Module,
  QuantizedEmbedding,
  QuantizedLinear,
  QuantizedModule,
} from "../nn/mod.ts";
import type { QuantizedBits, QuantizedRows, QuantizeOptions } from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Tensor, Variable } from "../tensor/mod.ts";

/** How {@link quantizeModel} chooses and stores. */
export interface QuantizeModelOptions extends QuantizeOptions {
  /**
   * Whether a layer is quantized, by its path, such as `"blocks.0.mlp.fc"`. @default {every Linear and Embedding}
   */
  include?: (path: string) => boolean;
}

/** A layer that was quantized. */
export interface QuantizedLayer {
  /** Its path in the model. */
  path: string;
  /** Bytes of its parameters before. */
  bytesBefore: number;
  /** Bytes of its parameters now. */
  bytesAfter: number;
}

/** What {@link quantizeModel} did; printed, it is a line. */
export class QuantizeReport {
  /**
   * Notes what was done.
   *
   * @param layers The layers that were quantized.
   * @param bytesBefore Bytes of all parameters of the model before.
   * @param bytesAfter Bytes of all parameters of the model now.
   */
  constructor(
    readonly layers: readonly QuantizedLayer[],
    readonly bytesBefore: number,
    readonly bytesAfter: number,
  ) {}

  /** The number of layers and the bytes, such as `"9 layers quantized: 3.2 MB, 0.9 MB now"`. */
  toString(): string {
    const size = (bytes: number) => `${(bytes / 1e6).toPrecision(3)} MB`;
    return `${this.layers.length} layers quantized: ${size(this.bytesBefore)}, ` +
      `${size(this.bytesAfter)} now`;
  }
}

const bytesOf = (variables: Iterable<Variable>) =>
  [...variables].reduce((sum, { size }) => sum + 4 * size, 0);

/** The object that holds the module of a path, and the name of its field. */
function fieldOf(model: Module, path: string): [holder: Record<string, unknown>, name: string] {
  const names = path.split(".");
  let holder = model as unknown as Record<string, unknown>;
  for (const name of names.slice(0, -1)) holder = holder[name] as Record<string, unknown>;
  return [holder, names.at(-1)!];
}

/** Frees the parameters that a model no longer has. */
function freeLeft(before: readonly Variable[], model: Module): void {
  const held = new Set(model.parameters());
  for (const variable of before) if (!held.has(variable)) variable.dispose();
}

/**
 * Replaces linear layers and embeddings of a model by such with weights of 8 or 4 bits, in place.
 *
 * A GPT's last layer is its embedding, so that both are made smaller together. Norms, positions and biases stay. The
 * quantized weights are fixed, but gradients pass through them, so that adapters beside them can be trained; a
 * recording, an optimizer or a KV cache of the model is to be made afterwards.
 *
 * @param model The model; the weights that it no longer needs are freed.
 * @param options Bits, groups, and which layers.
 * @returns Bytes before and after.
 * @throws {RangeError} If an option is out of its range or a weight is not finite; the model is then as it was.
 */
export async function quantizeModel(
  model: Module,
  { include = () => true, ...options }: QuantizeModelOptions = {},
): Promise<QuantizeReport> {
  const before = model.parameters();
  const made: { path: string; old: Module; fresh: QuantizedLinear | QuantizedEmbedding }[] = [];
  try {
    for (const [path, old] of model.namedModules()) {
      if (path === "" || !include(path)) continue;
      if (old instanceof Linear) {
        made.push({ path, old, fresh: await QuantizedLinear.from(old, options) });
      } else if (old instanceof Embedding) {
        made.push({ path, old, fresh: await QuantizedEmbedding.from(old, options) });
      }
    }
  } catch (error) {
    for (const { fresh } of made) tf.dispose([fresh.codes, fresh.scales]); // biases are still the model's
    throw error;
  }
  const bytesBefore = bytesOf(before);
  const layers = made.map(({ path, old, fresh }) => {
    const layer = {
      path,
      bytesBefore: bytesOf(old.parameters()),
      bytesAfter: bytesOf(fresh.parameters()),
    };
    fresh.training = old.training;
    replace(model, path, fresh);
    return layer;
  });
  freeLeft(before, model);
  return new QuantizeReport(layers, bytesBefore, bytesOf(model.parameters()));
}

function replace(model: Module, path: string, fresh: Module): void {
  const [holder, name] = fieldOf(model, path);
  holder[name] = fresh;
}

/** What a file says of a quantized layer. */
type Form = { bits: QuantizedBits; columns: number; embedding: boolean };

const FORMS = "tome.quantized"; // among the texts of the file

/**
 * Saves a quantized model as one safetensors file: the packed integers as I32, the rest as F32.
 *
 * @param model The model.
 * @param path The file.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveQuantized(model: Module, path: string): Promise<void> {
  const forms: Record<string, Form> = {};
  for (const [name, module] of model.namedModules()) {
    if (!(module instanceof QuantizedModule)) continue;
    const { bits, columns } = module;
    forms[name] = { bits, columns, embedding: module instanceof QuantizedEmbedding };
  }
  const records = await tensorsToRecords(model.namedParameters());
  await writeSafetensors(path, records, { [FORMS]: JSON.stringify(forms) });
}

/**
 * Loads what {@link saveQuantized} saved into a model of the same sizes, whose layers are replaced where the file's are
 * quantized.
 *
 * @param model The model, not quantized yet; the weights that it no longer needs are freed.
 * @param path The file.
 * @throws {CheckpointError} If the file is damaged or of another model.
 * @throws {ShapeError} If a shape differs.
 */
export async function loadQuantized(model: Module, path: string): Promise<void> {
  using file = await SafetensorsFile.open(path);
  const modules = new Map(model.namedModules());
  const forms = Object.entries(formsOf(file, path));
  for (const [name, { embedding }] of forms) { // all are looked at before the first is replaced
    const old = modules.get(name);
    if (embedding ? old instanceof Embedding : old instanceof Linear) continue;
    throw new CheckpointError(
      `Cannot load ${path} as the model must have ${
        embedding ? "an Embedding" : "a Linear"
      } at ${name}: current one is ${old?.constructor.name}`,
    );
  }
  const before = model.parameters();
  for (const [name, form] of forms) {
    const rows = emptyRows(file, name, form);
    const { bias } = modules.get(name) as Linear;
    replace(
      model,
      name,
      form.embedding ? new QuantizedEmbedding(rows) : new QuantizedLinear(rows, bias),
    );
  }
  freeLeft(before, model);
  await loadWeights(model.namedParameters(), file);
}

function formsOf(file: WeightsReader, path: string): Record<string, Form> {
  const text = file.metadata[FORMS];
  if (text === undefined) {
    throw new CheckpointError(
      `Cannot load ${path} as a quantized model must be in it: current file says nothing of "${FORMS}"`,
    );
  }
  return JSON.parse(text);
}

/** Rows of zeros in the shapes of a file, which its values are then put into. */
function emptyRows(file: WeightsReader, name: string, { bits, columns }: Form): QuantizedRows {
  const zeros = (part: "codes" | "scales", dtype: "int32" | "float32"): Tensor => {
    const info = file.infos.get(`${name}.${part}`);
    if (!info) {
      throw new CheckpointError(`Cannot load "${name}" as the file must hold its ${part}`);
    }
    return tf.zeros([...info.shape], dtype);
  };
  return { codes: zeros("codes", "int32"), scales: zeros("scales", "float32"), bits, columns };
}
