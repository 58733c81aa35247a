import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";

/** How {@link readParquet} reads. */
export interface ParquetOptions {
  /** The columns wanted; others are not read. @default {all} */
  columns?: readonly string[];
  /** The first row. @default {0} */
  start?: number;
  /** One behind the last row. @default {the number of rows} */
  end?: number;
}

const compressors = {
  GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
  BROTLI: (bytes: Uint8Array) => new Uint8Array(brotliDecompressSync(bytes)),
  ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdDecompressSync(bytes)),
};

/**
 * Reads the rows of a Parquet file, a group of rows at a time: of a large file only the parts wanted are read.
 *
 * Whole numbers of 64 bits come as `bigint`, texts as strings, dates as `Date`, lists as arrays.
 *
 * @param path The file.
 * @param options Which columns and rows.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {SyntaxError} If it is no Parquet file, or damaged.
 * @throws {RangeError} If it has no such column.
 * @see Apache, "Parquet", https://parquet.apache.org/docs/file-format/
 */
export async function* readParquet(
  path: string,
  options: ParquetOptions = {},
): AsyncGenerator<Record<string, unknown>> {
  using opened = await open(path);
  const { file } = opened;
  const read = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw new SyntaxError(
        `Cannot read ${path} as it must be a Parquet file, whole: ${(cause as Error).message}`,
        { cause },
      );
    }
  };
  const metadata = await read(() => parquetMetadataAsync(file));
  const names = new Set(
    metadata.row_groups[0]?.columns.map(({ meta_data }) => meta_data?.path_in_schema[0]),
  );
  const missing = options.columns?.find((name) => names.size > 0 && !names.has(name));
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot read ${path} as it must have the column ${
        JSON.stringify(missing)
      }: current columns are ${[...names].join(", ")}`,
    );
  }
  const { start = 0, end = Number(metadata.num_rows) } = options;
  let before = 0;
  for (const group of metadata.row_groups) {
    const after = before + Number(group.num_rows);
    const [rowStart, rowEnd] = [Math.max(start, before), Math.min(end, after)];
    before = after;
    if (rowStart >= rowEnd) continue;
    const columns = options.columns && [...options.columns];
    yield* await read(() =>
      parquetReadObjects({ file, metadata, compressors, columns, rowStart, rowEnd })
    );
  }
}

/** A file as the library reads it: by ranges. */
async function open(path: string): Promise<Disposable & { file: AsyncBuffer }> {
  let opened: Deno.FsFile;
  try {
    opened = await Deno.open(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`Cannot read the data as there is no file ${path}`, { cause });
  }
  const byteLength = (await opened.stat()).size;
  let turn: Promise<unknown> = Promise.resolve(); // one place in the file at a time
  const file: AsyncBuffer = {
    byteLength,
    slice(start: number, end: number = byteLength): Promise<ArrayBuffer> {
      const next = turn.then(async () => {
        const bytes = new Uint8Array(end - start);
        await opened.seek(start, Deno.SeekMode.Start);
        for (let at = 0; at < bytes.length;) {
          const count = await opened.read(bytes.subarray(at));
          if (count === null) throw new RangeError(`the file ends before byte ${end}`);
          at += count;
        }
        return bytes.buffer;
      });
      turn = next.catch(() => {});
      return next;
    },
  };
  return { file, [Symbol.dispose]: () => opened.close() };
}
