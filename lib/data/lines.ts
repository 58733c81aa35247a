import { decodeText } from "./text_file.ts";

/** A line of a file. */
export interface Line {
  /** Its text, without the line's end. */
  text: string;
  /** Its number, from 1. */
  number: number;
}

/**
 * Reads a file piece by piece; one whose name ends in `.gz` is unpacked on the way.
 *
 * @param path The file.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function* readPieces(path: string | URL): AsyncGenerator<Uint8Array> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`Cannot read the data as there is no file ${path}`, { cause });
  }
  const stream = `${path}`.endsWith(".gz")
    ? file.readable.pipeThrough(new DecompressionStream("gzip"))
    : file.readable;
  yield* stream; // closes the file when it ends, or when the reader stops
}

/**
 * Reads the lines of a UTF-8 file one by one, however long the file is; a byte order mark is left out.
 *
 * @param path The file; one whose name ends in `.gz` is unpacked on the way.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {SyntaxError} If a line is not UTF-8; the message says which.
 */
export async function* readLines(path: string | URL): AsyncGenerator<Line> {
  let number = 0;
  const line = (bytes: Uint8Array): Line => {
    number++;
    const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length; // "\r\n"
    const start = number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
      ? 3
      : 0;
    return { text: decodeText(bytes.subarray(start, end), `${path}, line ${number}`), number };
  };
  let rest: Uint8Array[] = []; // pieces of a line that has not ended
  for await (const piece of readPieces(path)) {
    let start = 0;
    for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, start)) {
      rest.push(piece.subarray(start, at));
      yield line(joined(rest));
      rest = [];
      start = at + 1;
    }
    if (start < piece.length) rest.push(piece.slice(start));
  }
  if (rest.length > 0) yield line(joined(rest));
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
