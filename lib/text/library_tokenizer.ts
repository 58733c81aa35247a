import { Tokenizer as Library } from "@huggingface/tokenizers";
import { unknownId } from "./byte_alphabet.ts";
import { type AddedTokenPart, AddedTokens } from "./added_tokens.ts";
import type { AlignedText } from "./aligned_text.ts";
import type { Encoding, TokenTemplate } from "./encoding.ts";
import type {
  DecodeOptions,
  EncodeOptions,
  Tokenizer,
  TokenizerConfigJSON,
  TokenizerJSON,
} from "./tokenizer.ts";
import { normalizerOf } from "./normalizer.ts";
import { type PreTokenizer, preTokenizerOf } from "./pre_tokenizer.ts";
import { templateOf, trimsOffsets } from "./template.ts";

import { type WordModel, wordModelOf, type WordToken } from "./word_model.ts";

/** A tokenizer read from a `tokenizer.json`; the work is done by Hugging Face's JavaScript library. */
export class LibraryTokenizer implements Tokenizer {
  /** One above the highest id. */
  readonly vocabSize: number;
  /** The special tokens and their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Which tokens are put around a text, and around a pair. */
  readonly template?: TokenTemplate;
  /** The token that fills up the rows of a batch. */
  readonly padId?: number;
  /** The content of `tokenizer_config.json`. */
  readonly config: TokenizerConfigJSON;
  readonly #json: TokenizerJSON;
  readonly #library: Library;
  readonly #added: AddedTokens;
  readonly #split: PreTokenizer;
  readonly #model: WordModel;
  readonly #trim: { prefix: boolean } | undefined;

  /**
   * @param json The content of `tokenizer.json`.
   * @param config The content of `tokenizer_config.json`.
   * @throws {TypeError} If it asks for what the library does not do, or does otherwise.
   */
  constructor(json: TokenizerJSON, config: TokenizerConfigJSON = {}) {
    checkSupport(json);
    this.#json = json;
    this.config = config;
    const unknown = json.model.unk_token ?? undefined;
    // our own code normalises and splits; the library gets what it needs for words and for decoding
    const rest = { ...json, normalizer: null, pre_tokenizer: null, post_processor: null };
    this.#library = new Library(rest, { unk_token: unknown, ...config });
    this.#added = new AddedTokens(json.added_tokens, normalizerOf(json.normalizer));
    this.#split = preTokenizerOf(json.pre_tokenizer);
    this.#model = wordModelOf(json.model, this.#library);
    this.#trim = trimsOffsets(json.post_processor);
    this.template = templateOf(json.post_processor);
    this.vocabSize = 1 + this.#library.get_vocab().values().reduce((a, b) => Math.max(a, b), -1);
    const special = json.added_tokens.filter((token) => token.special);
    this.specialTokens = new Map(special.map(({ content, id }) => [content, id]));
    this.padId = this.#padIdOf(json, config);
  }

  /**
   * The ids of a text.
   *
   * @throws {RangeError} If the vocabulary has no token for a part of the text.
   */
  encode(text: string, { special = true, template = true }: EncodeOptions = {}): number[] {
    const ids: number[] = [];
    for (const { id, text: part } of this.#parts(text.toWellFormed(), special)) {
      if (id !== undefined) ids.push(id);
      else {
        for (const word of this.#words(part)) {
          for (const token of this.#model(word.text)) ids.push(known(token, ids.length));
        }
      }
    }
    if (!template || !this.template) return ids;
    return this.template.single.flatMap((piece) => piece.id ?? ids);
  }

  /**
   * The ids of a text, and where each token stands.
   *
   * @throws {RangeError} If the vocabulary has no token for a part of the text.
   */
  encodeWithOffsets(
    text: string,
    { special = true }: Pick<EncodeOptions, "special"> = {},
  ): Encoding {
    const made: Encoding = { ids: [], offsets: [], words: [] };
    const put = (id: number, [start, end]: [number, number], word: number, token: string) => {
      made.ids.push(id);
      made.offsets.push(this.#trim ? trimmed(token, start, end, this.#trim.prefix) : [start, end]);
      made.words.push(word);
    };
    let count = 0;
    for (const { id, text: part } of this.#parts(text.toWellFormed(), special)) {
      if (id !== undefined) {
        put(id, part.span(0, part.text.length), count++, part.text);
        continue;
      }
      for (const word of this.#words(part)) {
        for (const token of this.#model(word.text)) {
          put(known(token, made.ids.length), word.span(token.start, token.end), count, token.text);
        }
        count++;
      }
    }
    return made;
  }

  /** What `tokenizer_config.json` names, else what the file pads with, else a token that is called so. */
  #padIdOf(json: TokenizerJSON, { pad_token }: TokenizerConfigJSON): number | undefined {
    const named = typeof pad_token === "string"
      ? pad_token
      : (pad_token as { content?: string } | null | undefined)?.content;
    if (named !== undefined) return this.#library.token_to_id(named);
    if (typeof json.padding?.pad_id === "number") return json.padding.pad_id;
    return ["[PAD]", "<pad>", "<|pad|>"].map((token) => this.specialTokens.get(token))
      .find((id) => id !== undefined);
  }

  #parts(text: string, special: boolean): Iterable<AddedTokenPart> {
    return this.#added.split(text, special);
  }

  #words(text: AlignedText): AlignedText[] {
    return this.#split(text).filter((word) => word.text !== "");
  }

  /**
   * The text of ids.
   *
   * @throws {RangeError} If an id is not in the vocabulary.
   */
  decode(ids: ArrayLike<number>, { skipSpecial = false }: DecodeOptions = {}): string {
    const list = Array.from(ids);
    for (const [position, id] of list.entries()) {
      if (this.#library.id_to_token(id) !== undefined) continue;
      throw unknownId(id, position, this.vocabSize);
    }
    if (list.length === 0) return "";
    return this.#library.decode(list, {
      skip_special_tokens: skipSpecial,
      clean_up_tokenization_spaces: false, // it would change " ." to ".", as Python does not
    });
  }

  /** The id of a token. */
  tokenToId(token: string): number | undefined {
    return this.#library.token_to_id(token);
  }

  /** The token of an id. */
  idToToken(id: number): string | undefined {
    return this.#library.id_to_token(id);
  }

  /** The content of the file it was read from. */
  toJSON(): TokenizerJSON {
    return this.#json;
  }
}

/** The id of a token, which the vocabulary must have. */
function known({ id, text }: WordToken, at: number): number {
  if (id !== undefined) return id;
  throw new RangeError(
    `Cannot encode the text as each part must be in the vocabulary: current token ${at} is ${
      JSON.stringify(text)
    }`,
  );
}

/** Leaves the spaces around a token out of its offsets. */
function trimmed(token: string, start: number, end: number, prefix: boolean): [number, number] {
  let before = token.match(/^[Ġ\p{White_Space}]*/u)![0].length;
  const after = token.match(/[Ġ\p{White_Space}]*$/u)![0].length;
  if (prefix && start === 0) before = 0; // one that the tokenizer put there itself
  start = Math.min(start + before, end);
  if (after > 0 && end >= after) end = Math.max(end - after, start);
  return [start, end];
}

/** Refuses what the library silently takes for something else. */
function checkSupport({ model }: TokenizerJSON): void {
  const refuse = (what: string) => {
    throw new TypeError(`Cannot read tokenizer.json as ${what} is not supported`);
  };
  if (model.type === "BPE" && model.continuing_subword_prefix) {
    refuse(`the continuing_subword_prefix ${JSON.stringify(model.continuing_subword_prefix)}`);
  }
  if (model.type === "BPE" && model.dropout) refuse(`a dropout of ${model.dropout}`);
}
