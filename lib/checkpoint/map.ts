import { CheckpointError } from "./error.ts";
import { permuteRecord, type TensorInfo, type TensorRecord } from "./record.ts";

/**
 * How a file's tensor becomes ours: `"transpose"` swaps the axes of matrices; an array is the order of axes for tensors
 * of its rank, ours from theirs, such as `[2, 3, 1, 0]` for a PyTorch convolution. Tensors of another rank stay as they are.
 */
export type CheckpointChange = "transpose" | readonly number[];

/** A row of the table: our name, the file's name, and what changes. `*` stands for one part between dots. */
export type NameRule =
  | readonly [ours: string, theirs: string]
  | readonly [ours: string, theirs: string, change: CheckpointChange];

/** How a published family of checkpoints corresponds to ours. */
export interface CheckpointMap<Config> {
  /** Our configuration from `config.json`. */
  config(json: Record<string, unknown>): Config;
  /** `config.json` from our configuration. */
  configJson(config: Config): Record<string, unknown>;
  /**
   * Names of tensors, or of modules: `["norm", "ln_f"]` also maps `norm.weight` and `norm.bias`. The first row that fits
   * counts.
   */
  names: readonly NameRule[];
  /** Names in files that no tensor of ours needs, such as buffers; rows may be modules, and hold `*`. */
  ignore?: readonly string[];
  /** What may stand in front of every name in a file, such as `"transformer."`; never written. */
  prefixes?: readonly string[];
  /** Modules of ours that a file may lack, such as a head that is new; they keep the values they have. */
  optional?: readonly string[];
}

/** A tensor of ours and its counterpart in a file. */
export interface NamePair {
  /** Our name. */
  ours: string;
  /** The file's name. */
  theirs: string;
  /** What changes on the way from the file to us. */
  change?: CheckpointChange;
}

/** A pattern as a regular expression over a whole name; what follows the pattern is the last group. */
export function compileName(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("([^.]+)")}((?:\\..+)?)$`);
}

/** The name that a pattern gives with what the stars of another one stood for, and what followed it. */
export function fillName(pattern: string, found: RegExpExecArray): string {
  const groups = found.slice(1);
  const rest = groups.pop()!;
  return pattern.replaceAll("*", () => groups.shift() ?? "*") + rest;
}

/**
 * The file's name of each tensor of ours, by the table alone.
 *
 * @param map The table.
 * @param ours Our names.
 * @throws {CheckpointError} If a name has no row, or two names get the same one.
 */
export function namesInFile(
  map: Pick<CheckpointMap<unknown>, "names">,
  ours: Iterable<string>,
): NamePair[] {
  const rules = map.names.map(([from, to, change]) => ({ from: compileName(from), to, change }));
  const taken = new Map<string, string>();
  const homeless: string[] = [];
  const pairs: NamePair[] = [];
  for (const name of ours) {
    const rule = rules.find(({ from }) => from.test(name));
    if (!rule) {
      homeless.push(name);
      continue;
    }
    const theirs = fillName(rule.to, rule.from.exec(name)!);
    const other = taken.get(theirs);
    if (other !== undefined) {
      throw new CheckpointError(
        `Cannot name the tensors of the checkpoint as each of ours needs a name of its own: ` +
          `both "${other}" and "${name}" are called "${theirs}" there`,
      );
    }
    taken.set(theirs, name);
    pairs.push({ ours: name, theirs, ...(rule.change ? { change: rule.change } : {}) });
  }
  if (homeless.length > 0) {
    throw new CheckpointError(
      `Cannot name the tensors of the checkpoint as ${homeless.length} of the model's have no row in the table, ` +
        `such as "${homeless[0]}"`,
    );
  }
  return pairs;
}

/**
 * Pairs our tensors with those of a file, one to one.
 *
 * @param map The table.
 * @param ours The names of all our tensors.
 * @param theirs The names of all tensors in the file.
 * @returns A pair for each of ours, in the order of ours.
 * @throws {CheckpointError} If one of ours is missing in the file, or a tensor of the file that is not ignored has no place.
 */
export function resolveNames(
  map: Pick<CheckpointMap<unknown>, "names" | "ignore" | "prefixes">,
  ours: Iterable<string>,
  theirs: Iterable<string>,
): NamePair[] {
  const prefixes = ["", ...map.prefixes ?? []];
  const left = new Set(theirs);
  const missing: string[] = [];
  const pairs: NamePair[] = [];
  for (const pair of namesInFile(map, ours)) {
    const found = prefixes.map((prefix) => prefix + pair.theirs).filter((name) => left.has(name));
    if (found.length > 1) {
      throw new CheckpointError(
        `Cannot load the checkpoint as "${pair.ours}" must have one tensor there: current ones are "${
          found.join('" and "')
        }"`,
      );
    }
    if (found.length === 0) missing.push(pair.theirs);
    else left.delete(found[0]!);
    pairs.push({ ...pair, theirs: found[0] ?? pair.theirs });
  }
  const ignored = (map.ignore ?? []).map(compileName);
  const extra = [...left].filter((name) =>
    !prefixes.some((prefix) =>
      name.startsWith(prefix) && ignored.some((rule) => rule.test(name.slice(prefix.length)))
    )
  );
  const faults: string[] = [];
  if (extra.length > 0) {
    faults.push(`${extra.length} of its tensors have no place, such as "${extra[0]}"`);
  }
  if (missing.length > 0) {
    faults.push(
      `${missing.length} of the model's tensors are not in it, such as "${missing[0]}"`,
    );
  }
  if (faults.length > 0) {
    throw new CheckpointError(`Cannot load the checkpoint as ${faults.join(", and ")}`);
  }
  return pairs;
}

/** The axes of a change for a tensor of this rank, or undefined where nothing changes. */
function axesOf(change: CheckpointChange | undefined, rank: number): readonly number[] | undefined {
  if (change === "transpose") return rank === 2 ? [1, 0] : undefined;
  return change?.length === rank ? change : undefined;
}

/** The shape that a tensor of a file has with us. */
export function shapeFromFile(
  { shape }: Pick<TensorInfo, "shape">,
  change?: CheckpointChange,
): number[] {
  const axes = axesOf(change, shape.length);
  return axes ? axes.map((axis) => shape[axis]!) : [...shape];
}

/** A tensor of a file as we have it: our name, our order of axes. */
export function recordFromFile(record: TensorRecord, { ours, change }: NamePair): TensorRecord {
  const axes = axesOf(change, record.shape.length);
  return { ...(axes ? permuteRecord(record, axes) : record), name: ours };
}

/** A tensor of ours as a file has it: its name, its order of axes. */
export function recordForFile(record: TensorRecord, { theirs, change }: NamePair): TensorRecord {
  const axes = axesOf(change, record.shape.length);
  const back = axes?.map((_, axis) => axes.indexOf(axis));
  return { ...(back ? permuteRecord(record, back) : record), name: theirs };
}

/**
 * Our tensors as a file has them.
 *
 * @param map The table.
 * @param records Our tensors.
 * @throws {CheckpointError} As {@link namesInFile} does.
 */
export function recordsForFile(
  map: Pick<CheckpointMap<unknown>, "names">,
  records: readonly TensorRecord[],
): TensorRecord[] {
  const pairs = namesInFile(map, records.map(({ name }) => name));
  return records.map((record, i) => recordForFile(record, pairs[i]!));
}
