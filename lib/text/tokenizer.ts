import type { Encoding, TokenTemplate } from "./encoding.ts";

/** How a text becomes token ids. */
export interface EncodeOptions {
  /**
   * Whether a special token written in the text, such as `<|endoftext|>`, becomes its id. Pass `false` for text
   * of strangers: it is then read as ordinary characters. @default {true}
   */
  special?: boolean;
  /**
   * Whether the tokens that a `tokenizer.json` puts around every text, such as `[CLS]`, are added; the tokenizers
   * written here add none. @default {true}
   */
  template?: boolean;
}

/** How token ids become a text. */
export interface DecodeOptions {
  /** Whether special tokens are left out of the text. @default {false} */
  skipSpecial?: boolean;
}

/** Strings to token ids and back. */
export interface Tokenizer {
  /** The number of different ids: 0 up to, but not including, this. */
  readonly vocabSize: number;
  /** The tokens that stand for something else than their characters, with their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /**
   * Turns a text into token ids. A lone surrogate counts as U+FFFD, as in every UTF-8 encoder.
   *
   * @throws {RangeError} If the vocabulary has no token for a part of the text.
   */
  encode(text: string, options?: EncodeOptions): number[];
  /**
   * Turns a text into token ids with the stretch of the text that each stands for; nothing is put around it.
   *
   * @throws {RangeError} If the vocabulary has no token for a part of the text.
   */
  encodeWithOffsets(text: string, options?: Pick<EncodeOptions, "special">): Encoding;
  /** Which tokens are put around a text, and around a pair. @default {none} */
  readonly template?: TokenTemplate;
  /** The token that fills up the rows of a batch. @default {none} */
  readonly padId?: number;
  /**
   * Turns token ids into a text. Bytes that are not UTF-8, as a model may well write them, become U+FFFD.
   *
   * @throws {RangeError} If an id is not in the vocabulary.
   */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  /** The id of a token, as `tokenizer.json` writes it (byte-level tokens in GPT-2's alphabet). */
  tokenToId(token: string): number | undefined;
  /** The token of an id, as `tokenizer.json` writes it. */
  idToToken(id: number): string | undefined;
  /** The content of the `tokenizer_config.json` beside it. @default {none} */
  readonly config?: TokenizerConfigJSON;
  /** The content of Hugging Face's `tokenizer.json`; so `JSON.stringify(tokenizer)` is that file. */
  toJSON(): TokenizerJSON;
}

/** The content of a `tokenizer_config.json`; only few of its settings matter here. */
export type TokenizerConfigJSON = Readonly<Record<string, unknown>>;

/** A special or otherwise added token in a `tokenizer.json`. */
export interface AddedTokenJSON {
  /** Its id. */
  id: number;
  /** Its text. */
  content: string;
  /** Whether it stands for something else than its characters. */
  special: boolean;
  /** Whether it is only found where it is a whole word. */
  single_word: boolean;
  /** Whether it takes the white space before it. */
  lstrip: boolean;
  /** Whether it takes the white space after it. */
  rstrip: boolean;
  /** Whether it is looked for in the normalised text. */
  normalized: boolean;
}

/** A part of a `tokenizer.json`: its kind, and what that kind needs. */
export interface TokenizerPartJSON {
  /** The kind, such as `"BPE"` or `"ByteLevel"`. */
  type?: string;
  /** The settings of this kind. */
  [setting: string]: unknown;
}

/**
 * The content of Hugging Face's `tokenizer.json`.
 *
 * @see Hugging Face, "Tokenizers: components", https://huggingface.co/docs/tokenizers/components
 */
export interface TokenizerJSON {
  /** The version of the format. */
  version: string;
  /** Where to cut long texts; not used here. */
  truncation: TokenizerPartJSON | null;
  /** How to fill up short texts; not used here. */
  padding: TokenizerPartJSON | null;
  /** Tokens that are found before all others. */
  added_tokens: AddedTokenJSON[];
  /** What is done to the text first. */
  normalizer: TokenizerPartJSON | null;
  /** How the text is split into words. */
  pre_tokenizer: TokenizerPartJSON | null;
  /** Which tokens are put around the result. */
  post_processor: TokenizerPartJSON | null;
  /** How tokens become text. */
  decoder: TokenizerPartJSON | null;
  /** The vocabulary, and how a word is split into its tokens. */
  model: TokenizerPartJSON;
}
