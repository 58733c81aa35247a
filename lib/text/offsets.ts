import type { Encoding } from "./encoding.ts";
import type { SpecialTokens } from "./special_tokens.ts";

/** How a tokenizer makes tokens of a word, and how it says where they stand in it. */
export interface WordEncoder {
  /** Cuts a text into words, which together are the text. */
  words: (text: string) => Iterable<string>;
  /** The ids of a word. */
  encode: (word: string) => ArrayLike<number>;
  /** Where each of the ids stands in the word. */
  spans: (word: string, ids: ArrayLike<number>) => readonly (readonly [number, number])[];
}

/**
 * Encodes a text word by word, and notes where each token stands.
 *
 * @param text The text, well-formed.
 * @param special The special tokens that are looked for; none if undefined.
 * @param encoder What becomes of a word.
 */
export function encodeWords(
  text: string,
  special: SpecialTokens | undefined,
  encoder: WordEncoder,
): Encoding {
  const made: Encoding = { ids: [], offsets: [], words: [] };
  const names = special && new Map([...special.ids].map(([token, id]) => [id, token]));
  let [at, word] = [0, 0];
  for (const part of special ? special.split(text) : [text]) {
    if (typeof part === "number") {
      const end = at + names!.get(part)!.length;
      made.ids.push(part);
      made.offsets.push([at, end]);
      made.words.push(word++);
      at = end;
      continue;
    }
    for (const piece of encoder.words(part)) {
      const ids = encoder.encode(piece);
      const spans = encoder.spans(piece, ids);
      for (let i = 0; i < ids.length; i++) {
        made.ids.push(ids[i]!);
        made.offsets.push([at + spans[i]![0], at + spans[i]![1]]);
        made.words.push(word);
      }
      at += piece.length;
      word++;
    }
  }
  return made;
}

/** Where each character of a text stands. */
export function characterSpans(text: string): [number, number][] {
  let at = 0;
  return Array.from(text, (character) => [at, at += character.length]);
}

/**
 * Where tokens of bytes stand in a text: from the character that holds the first of their bytes to the one with the last.
 *
 * @param text The text.
 * @param lengths How many bytes of its UTF-8 each token has.
 */
export function byteSpans(text: string, lengths: Iterable<number>): [number, number][] {
  const owners: [number, number][] = []; // the character of each byte
  for (const span of characterSpans(text)) {
    const bytes = utf8Length(text.codePointAt(span[0])!);
    for (let i = 0; i < bytes; i++) owners.push(span);
  }
  let at = 0;
  return Array.from(lengths, (length) => {
    const [first, last] = [owners[at]!, owners[at + length - 1]!];
    at += length;
    return [first[0], last[1]];
  });
}

/** The number of bytes of a code point in UTF-8. */
export function utf8Length(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
