import { CheckpointError } from "./error.ts";
import { orExplain, writeAtomic } from "./file.ts";
import {
  type Header,
  type HeaderEntry,
  headerLength,
  MAX_HEADER_BYTES,
  parseHeader,
} from "./header.ts";
import { byteLengthOf, DTYPE_BYTES, type TensorInfo, type TensorRecord } from "./record.ts";

/** Named tensors that are read one at a time. */
export interface WeightsReader extends Disposable {
  /** What is known of each tensor, by name. */
  readonly infos: ReadonlyMap<string, TensorInfo>;
  /** Texts that the writer left, such as `{ format: "pt" }`. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Reads one tensor.
   *
   * @throws {CheckpointError} If there is none of this name, or the file has changed.
   */
  read(name: string): Promise<TensorRecord>;
}

/** A safetensors file whose header has been read and checked; its tensors are read when asked for. */
export class SafetensorsFile implements WeightsReader {
  /** Where each tensor lies, by name, in the order of the bytes. */
  readonly infos: ReadonlyMap<string, HeaderEntry>;
  /** The texts under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  #file: Deno.FsFile;
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve(); // one read at a time: they share the file's position

  private constructor(readonly path: string, file: Deno.FsFile, header: Header) {
    this.#file = file;
    this.infos = new Map(header.entries.map((entry) => [entry.name, entry]));
    this.metadata = header.metadata;
  }

  /**
   * Opens a file and reads its header only.
   *
   * @param path The file.
   * @throws {CheckpointError} If it is not there, or not as the format says.
   */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await orExplain(path, () => Deno.open(path));
    try {
      const { size, isFile } = await file.stat();
      if (!isFile) throw new CheckpointError(`Cannot read ${path} as it must be a file`);
      const prefix = await readAt(file, 0, Math.min(8, size), path);
      const length = headerLength(prefix, size, path);
      const header = parseHeader(await readAt(file, 8, length, path), size, path);
      return new SafetensorsFile(path, file, header);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * Reads one tensor.
   *
   * @throws {CheckpointError} If there is none of this name, the file is closed, or it has become shorter.
   */
  async read(name: string): Promise<TensorRecord> {
    const { dtype, shape, start, end } = find(this.infos, name, this.path);
    if (this.#closed) throw new CheckpointError(`Cannot read "${name}" as ${this.path} is closed`);
    const bytes = this.#queue.then(() => readAt(this.#file, start, end - start, this.path));
    this.#queue = bytes.catch(() => {});
    return { name, dtype, shape, bytes: await bytes };
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    if (!this.#closed) this.#file.close();
    this.#closed = true;
  }
}

/** The entry of a name. */
export function find<T extends TensorInfo>(
  infos: ReadonlyMap<string, T>,
  name: string,
  source: string,
): T {
  const info = infos.get(name);
  if (info) return info;
  const first = infos.keys().next().value;
  throw new CheckpointError(
    `Cannot read "${name}" as ${source} has no tensor of this name: current number of tensors is ${infos.size}` +
      (first === undefined ? "" : `, such as "${first}"`),
  );
}

async function readAt(
  file: Deno.FsFile,
  start: number,
  length: number,
  source: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await file.seek(start, Deno.SeekMode.Start);
  for (let at = 0; at < length;) {
    const n = await file.read(bytes.subarray(at));
    if (n === null) {
      throw new CheckpointError(
        `Cannot read ${source} as it must reach byte ${start + length}: current end is ${
          start + at
        }`,
      );
    }
    at += n;
  }
  return bytes;
}

/**
 * Reads the bytes of a safetensors file.
 *
 * @param bytes The whole file; the records share its memory.
 * @param source What the bytes are called in messages.
 * @returns The tensors in the order of their bytes, and the texts under `__metadata__`.
 * @throws {CheckpointError} If the bytes are not as the format says.
 */
export function parseSafetensors(
  bytes: Uint8Array,
  source = "the safetensors bytes",
): { tensors: TensorRecord[]; metadata: Record<string, string> } {
  const length = headerLength(bytes.subarray(0, 8), bytes.length, source);
  const header = parseHeader(bytes.subarray(8, 8 + length), bytes.length, source);
  const tensors = header.entries.map(({ name, dtype, shape, start, end }) => ({
    name,
    dtype,
    shape,
    bytes: bytes.subarray(start, end),
  }));
  return { tensors, metadata: { ...header.metadata } };
}

/**
 * A safetensors file as pieces: the header, then the bytes of each tensor.
 *
 * The order is the reference's: by dtype, the widest first, then by name. The header is padded to 8 bytes.
 *
 * @param records The tensors, in any order.
 * @param metadata Texts to keep under `__metadata__`.
 * @throws {CheckpointError} If a name stands twice or is `__metadata__`, bytes do not fit a shape, or the header is too long.
 */
export function formatSafetensors(
  records: Iterable<TensorRecord>,
  metadata: Record<string, string> = {},
): Uint8Array[] {
  const dtypes = Object.keys(DTYPE_BYTES);
  const sorted = [...records].sort((a, b) =>
    dtypes.indexOf(b.dtype) - dtypes.indexOf(a.dtype) || compareNames(a.name, b.name)
  );
  const lines: string[] = [];
  if (Object.keys(metadata).length > 0) {
    for (const [key, text] of Object.entries(metadata)) {
      if (typeof text === "string" && (key + text).isWellFormed()) continue;
      throw new CheckpointError(
        `Cannot write metadata as "${key}" must be a text of valid Unicode: current value is ${
          JSON.stringify(text)
        }`,
      );
    }
    lines.push(`"__metadata__":${JSON.stringify(metadata)}`);
  }
  let end = 0;
  const seen = new Set<string>();
  for (const record of sorted) {
    checkRecord(record, seen);
    seen.add(record.name);
    const { name, dtype, shape, bytes } = record;
    const data_offsets = [end, end += bytes.length];
    lines.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets })}`);
  }
  const text = new TextEncoder().encode(`{${lines.join(",")}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > MAX_HEADER_BYTES) {
    throw new CheckpointError(
      `Cannot write safetensors as the header must be at most ${MAX_HEADER_BYTES} bytes: ` +
        `current length is ${length}; split the tensors into more files`,
    );
  }
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return [header, ...sorted.map(({ bytes }) => bytes)];
}

function checkRecord({ name, dtype, shape, bytes }: TensorRecord, seen: Set<string>): void {
  const wrong = (why: string): never => {
    throw new CheckpointError(`Cannot write tensor ${JSON.stringify(name)} as ${why}`);
  };
  if (name === "__metadata__") wrong("the format keeps this name for itself");
  if (!name.isWellFormed()) wrong("its name must be valid Unicode");
  if (seen.has(name)) wrong("each name may stand only once");
  if (!Object.hasOwn(DTYPE_BYTES, dtype)) {
    wrong(`the format has no such dtype: current dtype is ${dtype}`);
  }
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    wrong(`its shape must be an array of lengths: current shape is [${shape}]`);
  }
  const expected = byteLengthOf(dtype, shape);
  if (bytes.length !== expected) {
    wrong(`${dtype} of shape [${shape}] has ${expected} bytes: current number is ${bytes.length}`);
  }
}

/** The order of two names by their code points, which is that of their UTF-8 bytes. */
function compareNames(a: string, b: string): number {
  const [p, q] = [[...a], [...b]];
  const i = p.findIndex((char, at) => char !== q[at]);
  if (i === -1) return p.length - q.length;
  return q[i] === undefined ? 1 : p[i]!.codePointAt(0)! - q[i]!.codePointAt(0)!;
}

/**
 * Writes a safetensors file; others see the old one or the whole new one.
 *
 * @param path The file.
 * @param records The tensors, in any order.
 * @param metadata Texts to keep under `__metadata__`.
 * @throws {CheckpointError} As {@link formatSafetensors} does.
 */
export async function writeSafetensors(
  path: string,
  records: Iterable<TensorRecord>,
  metadata?: Record<string, string>,
): Promise<void> {
  await writeAtomic(path, formatSafetensors(records, metadata));
}
