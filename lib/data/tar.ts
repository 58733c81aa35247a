/** A file of a tar archive. */
export interface TarFile {
  /** Its path in the archive. */
  name: string;
  /** Its bytes, a view of the archive. */
  data: Uint8Array;
}

const BLOCK = 512;

/**
 * The files of a tar archive, in order; folders and links are left out.
 *
 * @param bytes The archive, in the form of POSIX (ustar), with names of up to 255 bytes.
 * @throws {SyntaxError} If a head's checksum is wrong, or the archive ends within a file.
 * @see IEEE Std 1003.1-2017, "pax", section "ustar Interchange Format"
 */
export function* untar(bytes: Uint8Array): Generator<TarFile> {
  const text = (at: number, length: number) => {
    const part = bytes.subarray(at, at + length);
    const end = part.indexOf(0);
    return new TextDecoder().decode(end < 0 ? part : part.subarray(0, end));
  };
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const head = bytes.subarray(at, at + BLOCK);
    if (head.every((byte) => byte === 0)) return;
    // the sum counts its own place as spaces
    const sum = head.reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 32 : byte), 0);
    const size = parseInt(text(at + 124, 12), 8) || 0;
    const start = at + BLOCK;
    if (sum !== parseInt(text(at + 148, 8), 8) || start + size > bytes.length) {
      throw new SyntaxError(
        `Cannot unpack a tar archive as it is damaged at byte ${at} of ${bytes.length}`,
      );
    }
    const prefix = text(at + 257, 5) === "ustar" ? text(at + 345, 155) : "";
    const name = text(at, 100);
    if (head[156] === 48 || head[156] === 0) { // an ordinary file
      yield {
        name: prefix ? `${prefix}/${name}` : name,
        data: bytes.subarray(start, start + size),
      };
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}
