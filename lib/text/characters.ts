import { unknownId } from "./byte_alphabet.ts";
import type { Encoding } from "./encoding.ts";
import { characterSpans, encodeWords } from "./offsets.ts";
import { SpecialTokens } from "./special_tokens.ts";
import type { DecodeOptions, EncodeOptions, Tokenizer, TokenizerJSON } from "./tokenizer.ts";

/** How a {@link CharacterTokenizer} is made. */
export interface CharacterTokenizerOptions {
  /**
   * A token, such as `"<unk>"`, for characters outside the vocabulary; without it they are an error. It gets the
   * id after those of the characters. @default {undefined}
   */
  unknown?: string;
  /** Further special tokens; they get the last ids. @default {[]} */
  specialTokens?: readonly string[];
}

/**
 * A token for each character (Unicode code point) of a text, sorted by code point.
 *
 * @example
 * ```ts
 * import { CharacterTokenizer } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const tokenizer = CharacterTokenizer.fromText("hello");
 * assert.deepEqual(tokenizer.encode("hole"), [1, 3, 2, 0]);
 * assert.equal(tokenizer.decode([1, 3, 2, 0]), "hole");
 * ```
 */
export class CharacterTokenizer implements Tokenizer {
  /** The number of characters and of special tokens. */
  readonly vocabSize: number;
  readonly #tokens: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #special: SpecialTokens;
  readonly #unknown: string | undefined;

  /**
   * Makes a tokenizer of known characters; {@link CharacterTokenizer.fromText} finds them in a text.
   *
   * @param characters The vocabulary; the position of a character is its id.
   * @param options What becomes of other characters, and the special tokens.
   * @throws {RangeError} If an entry is not one character, or appears twice.
   */
  constructor(characters: readonly string[], options: CharacterTokenizerOptions = {}) {
    const { unknown, specialTokens = [] } = options;
    for (const [id, character] of characters.entries()) {
      if ([...character].length === 1 && character.isWellFormed()) continue;
      throw new RangeError(
        `Cannot make a CharacterTokenizer as each entry must be one character: current entry ${id} is ${
          JSON.stringify(character)
        }`,
      );
    }
    this.#tokens = [...characters, ...(unknown === undefined ? [] : [unknown]), ...specialTokens];
    this.#ids = new Map(this.#tokens.map((token, id) => [token, id]));
    this.vocabSize = this.#tokens.length;
    if (this.#ids.size < this.vocabSize) {
      const twice = this.#tokens.find((token, id) => this.#ids.get(token) !== id);
      throw new RangeError(
        `Cannot make a CharacterTokenizer as its tokens must differ: ${
          JSON.stringify(twice)
        } appears twice`,
      );
    }
    this.#unknown = unknown;
    this.#special = new SpecialTokens(
      this.#tokens.slice(characters.length).map((token, i) => [token, characters.length + i]),
    );
  }

  /** The tokenizer of all characters of a text. */
  static fromText(text: string, options: CharacterTokenizerOptions = {}): CharacterTokenizer {
    const characters = [...new Set(text.toWellFormed())];
    characters.sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
    return new CharacterTokenizer(characters, options);
  }

  /** The special tokens and their ids, that for unknown characters included. */
  get specialTokens(): ReadonlyMap<string, number> {
    return this.#special.ids;
  }

  /**
   * The ids of the characters of a text.
   *
   * @throws {RangeError} If a character is not in the vocabulary, and there is no token for such.
   */
  encode(text: string, { special = true }: EncodeOptions = {}): number[] {
    text = text.toWellFormed();
    const unknown = this.#unknown === undefined ? undefined : this.#ids.get(this.#unknown);
    const ids: number[] = [];
    for (const part of special ? this.#special.split(text) : [text]) {
      if (typeof part === "number") {
        ids.push(part);
        continue;
      }
      for (const character of part) {
        const id = this.#ids.get(character) ?? unknown;
        if (id === undefined) throw unknownCharacter(text, character);
        ids.push(id);
      }
    }
    return ids;
  }

  /** The ids of a text, and where each character stands. */
  encodeWithOffsets(text: string, { special = true }: EncodeOptions = {}): Encoding {
    return encodeWords(text.toWellFormed(), special ? this.#special : undefined, {
      words: (part) => [part],
      encode: (part) => this.encode(part, { special: false }),
      spans: characterSpans,
    });
  }

  /**
   * The text of ids.
   *
   * @throws {RangeError} If an id is not in the vocabulary.
   */
  decode(ids: ArrayLike<number>, { skipSpecial = false }: DecodeOptions = {}): string {
    const parts: string[] = [];
    for (let i = 0; i < ids.length; i++) {
      const token = this.#tokens[ids[i]!];
      if (token === undefined) throw unknownId(ids[i]!, i, this.vocabSize);
      if (!(skipSpecial && this.#special.has(ids[i]!))) parts.push(token);
    }
    return parts.join("");
  }

  /** The id of a character or special token. */
  tokenToId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** The character or special token of an id. */
  idToToken(id: number): string | undefined {
    return this.#tokens[id];
  }

  /** A `tokenizer.json` of whole words, where every character is a word. */
  toJSON(): TokenizerJSON {
    return {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: this.#special.toJSON(),
      normalizer: null,
      pre_tokenizer: {
        type: "Split",
        pattern: { Regex: "[\\s\\S]" },
        behavior: "Isolated",
        invert: false,
      },
      post_processor: null,
      decoder: { type: "Fuse" },
      model: {
        type: "WordLevel",
        vocab: Object.fromEntries(this.#ids),
        unk_token: this.#unknown ?? "", // no token is empty: so an unknown character stays an error
      },
    };
  }
}

function unknownCharacter(text: string, character: string): RangeError {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  const position = [...text.slice(0, text.indexOf(character))].length;
  return new RangeError(
    `Cannot encode the text as each character must be in the vocabulary: current character ${position} is ${
      JSON.stringify(character)
    } (U+${code}); make the tokenizer from all of the text, or with { unknown: "<unk>" }`,
  );
}
