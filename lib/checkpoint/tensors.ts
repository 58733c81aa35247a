import * as tf from "../tensor/_tf.ts";
import { checkShape, type Tensor, type Variable } from "../tensor/mod.ts";
import {
  type CheckpointMap,
  compileName,
  type NamePair,
  namesInFile,
  recordFromFile,
  resolveNames,
  shapeFromFile,
} from "./map.ts";
import { fromFloat32, type TensorRecord, toFloat32, toInt32 } from "./record.ts";
import type { WeightsReader } from "./safetensors.ts";

/** How {@link tensorsToRecords} stores. */
export interface TensorsToRecordsOptions {
  /** What float32 tensors are stored as. @default {"F32"} */
  dtype?: "F32" | "F16" | "BF16";
}

/**
 * Reads tensors back from the device, all at once.
 *
 * @param named Tensors of float32, int32 or bool with their names, such as `model.namedParameters()`.
 * @returns Their values, which no longer depend on the tensors.
 * @throws {TypeError} If a tensor is of another dtype.
 */
export async function tensorsToRecords(
  named: Iterable<readonly [string, Tensor]>,
  { dtype = "F32" }: TensorsToRecordsOptions = {},
): Promise<TensorRecord[]> {
  return await Promise.all([...named].map(async ([name, tensor]) => {
    if (!["float32", "int32", "bool"].includes(tensor.dtype)) {
      throw new TypeError(
        `Cannot make a record of "${name}" as its dtype must be float32, int32 or bool: ` +
          `current dtype is ${tensor.dtype}`,
      );
    }
    const shape = [...tensor.shape];
    const values = await tensor.data();
    if (tensor.dtype === "float32") {
      const own = dtype === "F32" ? Float32Array.from(values) : values as Float32Array;
      return fromFloat32(name, shape, own, dtype);
    }
    const stored = tensor.dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values);
    return {
      name,
      dtype: tensor.dtype === "int32" ? "I32" : "BOOL",
      shape,
      bytes: new Uint8Array(stored.buffer),
    };
  }));
}

/**
 * Gives variables the values of the records of the same names, converted to the variables' dtypes.
 *
 * All names and shapes are checked before the first variable changes.
 *
 * @param variables Variables with their names, such as `model.namedParameters()`.
 * @param records A record for each, in any order.
 * @throws {CheckpointError} If a variable has no record, or a record no variable.
 * @throws {ShapeError} If a shape differs.
 */
export function assignRecords(
  variables: Iterable<readonly [string, Variable]>,
  records: Iterable<TensorRecord>,
): void {
  const byName = new Map([...records].map((record) => [record.name, record]));
  const ours = [...variables];
  pairUp(ours, byName.keys());
  for (const [name, variable] of ours) checkFits(name, variable, byName.get(name)!.shape);
  for (const [name, variable] of ours) assign(variable, byName.get(name)!);
}

/**
 * Loads weights into variables, one tensor at a time.
 *
 * All names and shapes are checked before the first variable changes.
 *
 * @param variables Variables with our names, such as `model.namedParameters()`.
 * @param weights Where the tensors are read from.
 * @param map How their names become ours, and what the file may lack. @default {the names are ours}
 * @returns Our names of what the file lacks.
 * @throws {CheckpointError} If names do not pair up, or a file is damaged.
 * @throws {ShapeError} If a shape differs.
 */
export async function loadWeights(
  variables: Iterable<readonly [string, Variable]>,
  weights: WeightsReader,
  map: Partial<
    Pick<CheckpointMap<unknown>, "names" | "ignore" | "prefixes" | "optional">
  > = {},
): Promise<string[]> {
  const all = [...variables];
  const lacking = new Set(lacked(all.map(([name]) => name), weights, map));
  const ours = all.filter(([name]) => !lacking.has(name));
  const pairs = pairUp(ours, weights.infos.keys(), map);
  for (const [i, [name, variable]] of ours.entries()) {
    const { theirs, change } = pairs[i]!;
    checkFits(name, variable, shapeFromFile(weights.infos.get(theirs)!, change), theirs);
  }
  for (const [i, [, variable]] of ours.entries()) {
    const pair = pairs[i]!;
    assign(variable, recordFromFile(await weights.read(pair.theirs), pair));
  }
  return [...lacking];
}

/** What is needed of a table. */
type LoadMap = Partial<
  Pick<CheckpointMap<unknown>, "names" | "ignore" | "prefixes" | "optional">
>;

/** The names of optional tensors that the file does not have. */
function lacked(
  ours: string[],
  { infos }: WeightsReader,
  { names, prefixes = [], optional = [] }: LoadMap,
): string[] {
  const rules = optional.map(compileName);
  const may = ours.filter((name) => rules.some((rule) => rule.test(name)));
  const pairs = names ? namesInFile({ names }, may) : may.map((name) => ({ theirs: name }));
  return may.filter((_, i) => !["", ...prefixes].some((p) => infos.has(p + pairs[i]!.theirs)));
}

function pairUp(
  variables: (readonly [string, Variable])[],
  theirs: Iterable<string>,
  map: LoadMap = {},
): NamePair[] {
  const ours = variables.map(([name]) => name);
  const names = map.names ?? ours.map((name) => [name, name] as const);
  return resolveNames({ ...map, names }, ours, theirs);
}

function checkFits(name: string, variable: Variable, shape: readonly number[], theirs = name) {
  const label = theirs === name ? `the record of "${name}"` : `"${theirs}"`;
  checkShape(`load "${name}"`, label, { shape }, variable.shape);
}

function assign(variable: Variable, record: TensorRecord): void {
  tf.tidy(() => {
    const values = variable.dtype === "float32" ? toFloat32(record) : toInt32(record);
    // a copy, as the cpu device would keep the record's memory
    variable.assign(tf.tensor(values.slice(), variable.shape, variable.dtype as "float32"));
  });
}
