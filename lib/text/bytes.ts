import { BYTE_TO_CHARACTER, decodeBytes } from "./byte_alphabet.ts";
import type { Encoding } from "./encoding.ts";
import { byteSpans, encodeWords } from "./offsets.ts";
import { SpecialTokens } from "./special_tokens.ts";
import type { DecodeOptions, EncodeOptions, Tokenizer, TokenizerJSON } from "./tokenizer.ts";

/** How a {@link ByteTokenizer} is made. */
export interface ByteTokenizerOptions {
  /** Special tokens; they get the ids from 256 on. @default {[]} */
  specialTokens?: readonly string[];
}

const BYTES: readonly Uint8Array[] = Array.from({ length: 256 }, (_, b) => Uint8Array.of(b));

/**
 * A token for each byte of the UTF-8 text: 256 ids, and no text that it cannot write.
 *
 * @example
 * ```ts
 * import { ByteTokenizer } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(new ByteTokenizer().encode("é"), [0xc3, 0xa9]);
 * ```
 */
export class ByteTokenizer implements Tokenizer {
  /** 256, and one for each special token. */
  readonly vocabSize: number;
  readonly #special: SpecialTokens;
  readonly #specialBytes: readonly Uint8Array[];

  /**
   * Makes the tokenizer; nothing is learned.
   *
   * @param options Which special tokens there are.
   */
  constructor({ specialTokens = [] }: ByteTokenizerOptions = {}) {
    this.#special = new SpecialTokens(specialTokens.map((token, i) => [token, 256 + i]));
    this.#specialBytes = specialTokens.map((token) => new TextEncoder().encode(token));
    this.vocabSize = 256 + specialTokens.length;
  }

  /** The special tokens and their ids. */
  get specialTokens(): ReadonlyMap<string, number> {
    return this.#special.ids;
  }

  /** The bytes of a text. */
  encode(text: string, { special = true }: EncodeOptions = {}): number[] {
    const encoder = new TextEncoder();
    if (!special) return Array.from(encoder.encode(text));
    const ids: number[] = [];
    for (const part of this.#special.split(text)) {
      if (typeof part === "number") ids.push(part);
      else for (const byte of encoder.encode(part)) ids.push(byte);
    }
    return ids;
  }

  /** The ids of a text, and where each byte stands. */
  encodeWithOffsets(text: string, { special = true }: EncodeOptions = {}): Encoding {
    return encodeWords(text.toWellFormed(), special ? this.#special : undefined, {
      words: (part) => [part],
      encode: (part) => new TextEncoder().encode(part),
      spans: (part, ids) => byteSpans(part, Array.from(ids, () => 1)),
    });
  }

  /**
   * The text of bytes; what is not UTF-8 becomes U+FFFD.
   *
   * @throws {RangeError} If an id is not in the vocabulary.
   */
  decode(ids: ArrayLike<number>, { skipSpecial = false }: DecodeOptions = {}): string {
    return decodeBytes(
      ids,
      (id) =>
        BYTES[id] ?? (skipSpecial && this.#special.has(id) ? null : this.#specialBytes[id - 256]),
      this.vocabSize,
    );
  }

  /** The id of a token; bytes are written in GPT-2's alphabet, so a space is `Ġ`. */
  tokenToId(token: string): number | undefined {
    const byte = BYTE_TO_CHARACTER.indexOf(token);
    return this.#special.ids.get(token) ?? (byte < 0 ? undefined : byte);
  }

  /** The token of an id; bytes are written in GPT-2's alphabet. */
  idToToken(id: number): string | undefined {
    return BYTE_TO_CHARACTER[id] ?? [...this.#special.ids.keys()][id - 256];
  }

  /** A `tokenizer.json` of byte-pair encoding without merges. */
  toJSON(): TokenizerJSON {
    const vocab = Object.fromEntries(BYTE_TO_CHARACTER.map((character, byte) => [character, byte]));
    return {
      ...byteLevelJSON([], { ...vocab, ...Object.fromEntries(this.#special.ids) }),
      added_tokens: this.#special.toJSON(),
    };
  }
}

/** A `tokenizer.json` of byte-level byte-pair encoding. */
export function byteLevelJSON(
  merges: readonly (readonly [string, string])[],
  vocab: Record<string, number>,
  split: string | null = null,
): TokenizerJSON {
  const byteLevel = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: false,
  };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: split === null ? byteLevel : {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: split }, behavior: "Isolated", invert: false },
        byteLevel,
      ],
    },
    post_processor: null,
    decoder: { ...byteLevel },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: merges.map(([a, b]) => [a, b]),
    },
  };
}
