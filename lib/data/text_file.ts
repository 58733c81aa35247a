/**
 * Reads a text file, which must be UTF-8; a byte order mark at its start is left out.
 *
 * @param path The file.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {RangeError} If the file is empty.
 * @throws {SyntaxError} If a byte cannot be decoded.
 */
export async function readText(path: string | URL): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    const { NotFound, IsADirectory } = Deno.errors;
    if (cause instanceof NotFound) {
      throw new NotFound(`Cannot read the text as there is no file ${path}`, { cause });
    }
    if (cause instanceof IsADirectory) {
      throw new IsADirectory(`Cannot read the text as ${path} is a folder`, { cause });
    }
    throw cause;
  }
  const text = decodeText(bytes, `${path}`);
  if (text !== "") return text;
  throw new RangeError(`Cannot read the text as ${path} is empty`);
}

/**
 * Decodes UTF-8 without ever replacing a byte; a byte order mark at the start is left out.
 *
 * @param bytes The bytes.
 * @param name Where they come from, for the message.
 * @throws {SyntaxError} If a byte cannot be decoded; the message says which.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const at = firstIllFormed(bytes);
    const [a, b] = bytes;
    const hint = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)
      ? "it seems to be UTF-16"
      : "it may be in another encoding";
    throw new SyntaxError(
      `Cannot read the text of ${name} as it must be UTF-8: current byte at offset ${at} is 0x${
        bytes[at]!.toString(16).padStart(2, "0")
      }; ${hint}, which a tool such as iconv converts`,
    );
  }
}

/** The offset of the first sequence of bytes that is not UTF-8. */
function firstIllFormed(bytes: Uint8Array): number {
  let at = 0;
  for (;;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
}

/** The length of the well-formed sequence at an offset; 0 if there is none (Unicode, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first <= 0xdf
    ? 2
    : first >= 0xe0 && first <= 0xef
    ? 3
    : first >= 0xf0 && first <= 0xf4
    ? 4
    : 0;
  for (let i = 1; i < length; i++) {
    const low = i > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = i > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    const byte = bytes[at + i];
    if (byte === undefined || byte < low || byte > high) return 0;
  }
  return length;
}
