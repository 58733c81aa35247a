/**
 * GPT-2's alphabet: a printable character for each of the 256 bytes, so that a token of bytes is a word of letters.
 *
 * Bytes that print in Latin-1 stand for themselves; the others, in order, for U+0100 and on: a space is `Ġ`.
 *
 * @see Radford et al., 2019, "Language Models are Unsupervised Multitask Learners" §2.2
 */
export const BYTE_TO_CHARACTER: readonly string[] = alphabet();

const CHARACTER_TO_BYTE = new Map(BYTE_TO_CHARACTER.map((character, byte) => [character, byte]));

function alphabet(): string[] {
  let next = 256;
  const prints = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  return Array.from(
    { length: 256 },
    (_, byte) => String.fromCharCode(prints(byte) ? byte : next++),
  );
}

/** The bytes of a token written in GPT-2's alphabet; undefined if a character is not in it. */
export function tokenBytes(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = CHARACTER_TO_BYTE.get(token[i]!);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/**
 * Joins the bytes of tokens into a text; what is not UTF-8 becomes U+FFFD, and a byte order mark is kept.
 *
 * @param ids Token ids.
 * @param bytesOf The bytes of an id; undefined if the id is not in the vocabulary, null if it is left out.
 * @param vocabSize The number of ids, for the message.
 * @throws {RangeError} If an id is not in the vocabulary.
 */
export function decodeBytes(
  ids: ArrayLike<number>,
  bytesOf: (id: number) => Uint8Array | null | undefined,
  vocabSize: number,
): string {
  let length = 0;
  for (let i = 0; i < ids.length; i++) {
    const bytes = bytesOf(ids[i]!);
    if (bytes === undefined) throw unknownId(ids[i]!, i, vocabSize);
    length += bytes?.length ?? 0;
  }
  const all = new Uint8Array(length);
  for (let i = 0, at = 0; i < ids.length; i++) {
    const bytes = bytesOf(ids[i]!);
    if (!bytes) continue;
    all.set(bytes, at);
    at += bytes.length;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(all);
}

/** The error for an id that is not in the vocabulary. */
export function unknownId(id: number, position: number, vocabSize: number): RangeError {
  return new RangeError(
    `Cannot decode as each id must be a whole number in 0…${
      vocabSize - 1
    }: current id at position ${position} is ${id}`,
  );
}
