import { CheckpointError } from "./error.ts";
import { compileName, fillName } from "./map.ts";
import type { TensorInfo, TensorRecord } from "./record.ts";
import type { WeightsReader } from "./safetensors.ts";

/** A module of ours that files hold in parts, which lie one after another along the first axis of its tensors. */
export interface JoinRule {
  /** What the whole is called, as if the file had it; `*` stands for one part between dots. */
  readonly whole: string;
  /** The names of the parts in the file, in order, with the same stars. */
  readonly parts: readonly string[];
}

/**
 * Shows the tensors of a file under other names.
 *
 * @param weights The file; it stays the caller's to close, and so does what this gives.
 * @param rename The new name of each.
 * @throws {CheckpointError} If two tensors get the same name.
 */
export function renameWeights(
  weights: WeightsReader,
  rename: (name: string) => string,
): WeightsReader {
  const old = new Map<string, string>();
  for (const name of weights.infos.keys()) {
    const now = rename(name), other = old.get(now);
    if (other !== undefined) {
      throw new CheckpointError(
        `Cannot rename the tensors of the checkpoint as each needs a name of its own: both "${other}" and "${name}" would be "${now}"`,
      );
    }
    old.set(now, name);
  }
  const infos = new Map([...old].map(([now, name]) => [
    now,
    { ...weights.infos.get(name)!, name: now },
  ]));
  return view(weights, infos, async (name) => ({
    ...await weights.read(old.get(name) ?? name),
    name,
  }));
}

/**
 * Shows tensors of a file that belong together as one, such as queries, keys and values that we compute at once.
 *
 * @param weights The file; it stays the caller's to close, and so does what this gives.
 * @param rules What belongs together; a tensor that none fits, or whose other parts are missing, stays as it is.
 * @throws {CheckpointError} If parts do not fit together.
 */
export function joinWeights(weights: WeightsReader, rules: readonly JoinRule[]): WeightsReader {
  const infos = new Map<string, TensorInfo>(weights.infos);
  const parts = new Map<string, string[]>();
  for (const { whole, parts: patterns } of rules) {
    const first = compileName(patterns[0]!);
    for (const name of weights.infos.keys()) {
      const found = first.exec(name);
      if (!found) continue;
      const names = patterns.map((pattern) => fillName(pattern, found));
      if (!names.every((part) => weights.infos.has(part))) continue;
      const joined = fillName(whole, found);
      infos.set(joined, joinInfos(joined, names.map((part) => weights.infos.get(part)!)));
      parts.set(joined, names);
      for (const part of names) infos.delete(part);
    }
  }
  return view(weights, infos, async (name) => {
    const names = parts.get(name);
    if (!names) return weights.read(name);
    const records: TensorRecord[] = [];
    for (const part of names) records.push(await weights.read(part));
    const bytes = new Uint8Array(records.reduce((sum, record) => sum + record.bytes.length, 0));
    let at = 0;
    for (const record of records) {
      bytes.set(record.bytes, at);
      at += record.bytes.length;
    }
    return { ...joinInfos(name, records), bytes };
  });
}

/**
 * Cuts tensors into the equal parts that a file holds them in: the inverse of {@link joinWeights}.
 *
 * @param records Tensors, named as the whole ones of the rules are; others stay as they are.
 * @param rules What is cut.
 * @throws {CheckpointError} If a tensor cannot be cut into so many equal parts.
 */
export function splitRecords(
  records: Iterable<TensorRecord>,
  rules: readonly JoinRule[],
): TensorRecord[] {
  const compiled = rules.map(({ whole, parts }) => ({ pattern: compileName(whole), parts }));
  return [...records].flatMap((record) => {
    const rule = compiled.find(({ pattern }) => pattern.test(record.name));
    if (!rule) return [record];
    const [rows, ...rest] = record.shape as [number, ...number[]];
    const count = rule.parts.length;
    if (rows % count !== 0) {
      throw new CheckpointError(
        `Cannot store "${record.name}" in ${count} parts as its first axis must be a multiple of ${count}: current shape is [${record.shape}]`,
      );
    }
    const found = rule.pattern.exec(record.name)!;
    const length = record.bytes.length / count;
    return rule.parts.map((part, i) => ({
      name: fillName(part, found),
      dtype: record.dtype,
      shape: [rows / count, ...rest],
      bytes: record.bytes.slice(i * length, (i + 1) * length),
    }));
  });
}

/** What is known of parts as one tensor. */
function joinInfos(name: string, parts: readonly TensorInfo[]): TensorInfo {
  const [first] = parts as [TensorInfo];
  const tail = (info: TensorInfo) => `${info.dtype} of […, ${info.shape.slice(1)}]`;
  const odd = parts.find((part) => tail(part) !== tail(first) || part.shape.length === 0);
  if (odd) {
    throw new CheckpointError(
      `Cannot join "${first.name}" and "${odd.name}" as they must be alike but for the first axis: current ones are ${
        tail(first)
      } and ${tail(odd)}`,
    );
  }
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return { name, dtype: first.dtype, shape: [rows, ...first.shape.slice(1)] };
}

function view(
  { metadata }: WeightsReader,
  infos: ReadonlyMap<string, TensorInfo>,
  read: (name: string) => Promise<TensorRecord>,
): WeightsReader {
  return { infos, metadata, read, [Symbol.dispose]() {} };
}
