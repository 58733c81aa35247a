import { CheckpointError } from "./error.ts";
import { byteLengthOf, DTYPE_BYTES, isRecordDType, type TensorInfo } from "./record.ts";

/** The longest header that the format allows, in bytes. */
export const MAX_HEADER_BYTES = 100_000_000;

/** A tensor's entry in a header. */
export interface HeaderEntry extends TensorInfo {
  /** Its first byte, counted from the start of the file. */
  readonly start: number;
  /** The byte after its last. */
  readonly end: number;
}

/** What stands before the bytes of a safetensors file. */
export interface Header {
  /** The tensors in the order of their bytes. */
  readonly entries: readonly HeaderEntry[];
  /** The texts under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The length of the header.
 *
 * @param prefix The first 8 bytes of the file, or all it has.
 * @param fileLength The length of the file in bytes.
 * @param source The file's name in messages.
 * @throws {CheckpointError} If no header of this length fits.
 */
export function headerLength(prefix: Uint8Array, fileLength: number, source: string): number {
  if (fileLength < 8 || prefix.length < 8) {
    refuse(
      source,
      `it must begin with the 8 bytes of the header's length: current length is ${fileLength}`,
    );
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
  const length = view.getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    refuse(
      source,
      `its header must be at most ${MAX_HEADER_BYTES} bytes: current length is ${length}`,
    );
  }
  if (8 + Number(length) > fileLength) {
    refuse(
      source,
      `it ends inside its header, which needs ${8 + Number(length)} bytes: current length is ` +
        `${fileLength}; it may be the beginning of a longer file`,
    );
  }
  return Number(length);
}

/**
 * Reads a header and makes all checks of the format.
 *
 * @param bytes The header, without the 8 bytes of its length.
 * @param fileLength The length of the whole file in bytes.
 * @param source The file's name in messages.
 * @throws {CheckpointError} If anything is not as the format says.
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseHeader(bytes: Uint8Array, fileLength: number, source: string): Header {
  if (bytes[0] !== 0x7b) {
    refuse(
      source,
      `its header must begin with "{": current first byte is ${bytes[0] ?? "missing"}`,
    );
  }
  let text: string, json: Record<string, unknown>;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(
      `Cannot read ${source} as its header must be JSON in UTF-8: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    refuse(
      source,
      `a name may stand in its header only once: current repeated name is ${show(twice)}`,
    );
  }
  const dataStart = 8 + bytes.length;
  const metadata = Object.hasOwn(json, "__metadata__")
    ? checkMetadata(json.__metadata__, source)
    : {};
  const entries = Object.entries(json).filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => checkEntry(name, value, dataStart, source))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  let end = dataStart;
  for (const entry of entries) {
    if (entry.start !== end) {
      const what = entry.start < end ? "overlaps the one before" : "leaves a hole before it";
      refuse(
        source,
        `its tensors must follow one another: ${show(entry.name)} ${what}, as it begins at byte ` +
          `${entry.start - dataStart} and not ${end - dataStart}`,
      );
    }
    end = entry.end;
  }
  if (end !== fileLength) {
    const what = end < fileLength
      ? "has bytes after its last tensor"
      : "ends before its last tensor does; it may be the beginning of a longer file";
    refuse(source, `it ${what}: its header needs ${end} bytes, current length is ${fileLength}`);
  }
  return { entries, metadata };
}

function checkMetadata(value: unknown, source: string): Record<string, string> {
  if (!isObject(value)) {
    refuse(source, `__metadata__ must be an object of texts: current value is ${show(value)}`);
  }
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      refuse(source, `__metadata__ must hold only texts: current ${show(key)} is ${show(text)}`);
    }
  }
  return value as Record<string, string>;
}

function checkEntry(name: string, value: unknown, dataStart: number, source: string): HeaderEntry {
  const wrong = (why: string): never => refuse(`${source}, tensor ${show(name)},`, why);
  if (!name.isWellFormed()) wrong("its name must be valid Unicode");
  if (!isObject(value)) {
    return wrong(`its entry must be an object: current value is ${show(value)}`);
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isRecordDType(dtype)) {
    return wrong(
      `dtype must be one of ${Object.keys(DTYPE_BYTES).join(", ")}: current dtype is ${
        show(dtype)
      }`,
    );
  }
  if (!(Array.isArray(shape) && shape.every(isCount))) {
    return wrong(`shape must be an array of lengths: current shape is ${show(shape)}`);
  }
  const [start, end] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  if (!(isCount(start) && isCount(end) && start <= end)) {
    return wrong(
      `data_offsets must be a first byte and an end not before it: current value is ${
        show(offsets)
      }`,
    );
  }
  const size = byteLengthOf(dtype, shape);
  if (size !== end - start) {
    wrong(
      `${dtype} of shape [${shape}] has ${size ?? "too many"} bytes: current data_offsets ` +
        `[${start},${end}] hold ${end - start}`,
    );
  }
  return { name, dtype, shape, start: dataStart + start, end: dataStart + end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 80 ? text.slice(0, 79) + "…" : text;
}

function refuse(source: string, why: string): never {
  throw new CheckpointError(`Cannot read ${source} as ${why}`);
}

/** A key that stands twice in one object of a valid JSON text, which `JSON.parse` would hide. */
function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // a set of keys for an object, undefined for an array
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "{") open.push(new Set());
    else if (char === "[") open.push(undefined);
    else if (char === "}" || char === "]") open.pop();
    else if (char === '"') {
      const start = i++;
      while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
      const keys = open.at(-1);
      let after = i + 1;
      while (/\s/.test(text[after] ?? "")) after++;
      if (!keys || text[after] !== ":") continue;
      const key = JSON.parse(text.slice(start, i + 1)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
}
