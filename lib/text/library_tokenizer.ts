import { Tokenizer as Library } from "@huggingface/tokenizers";
import { unknownId } from "./byte_alphabet.ts";
import type { Encoding } from "./encoding.ts";
import { SPLIT_PATTERNS } from "./split_pattern.ts";
import type {
  DecodeOptions,
  EncodeOptions,
  Tokenizer,
  TokenizerJSON,
  TokenizerPartJSON,
} from "./tokenizer.ts";

/** The content of a `tokenizer_config.json`; only few of its settings matter here. */
export type TokenizerConfigJSON = Readonly<Record<string, unknown>>;

/** A tokenizer read from a `tokenizer.json`; the work is done by Hugging Face's JavaScript library. */
export class LibraryTokenizer implements Tokenizer {
  /** One above the highest id. */
  readonly vocabSize: number;
  /** The special tokens and their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly #json: TokenizerJSON;
  readonly #config: TokenizerConfigJSON;
  readonly #library: Library;
  #withoutSpecial: Library | undefined;

  /**
   * @param json The content of `tokenizer.json`.
   * @param config The content of `tokenizer_config.json`.
   * @throws {TypeError} If it asks for what the library does not do, or does otherwise.
   */
  constructor(json: TokenizerJSON, config: TokenizerConfigJSON = {}) {
    checkSupport(json);
    this.#json = json;
    this.#config = { unk_token: json.model.unk_token ?? undefined, ...config };
    this.#library = new Library(forLibrary(json), this.#config);
    this.vocabSize = 1 + this.#library.get_vocab().values().reduce((a, b) => Math.max(a, b), -1);
    const special = json.added_tokens.filter((token) => token.special);
    this.specialTokens = new Map(special.map(({ content, id }) => [content, id]));
  }

  /**
   * The ids of a text.
   *
   * @throws {RangeError} If the vocabulary has no token for a part of the text.
   */
  encode(text: string, { special = true, template = true }: EncodeOptions = {}): number[] {
    text = text.toWellFormed();
    const { ids, tokens } = this.#encoder(special).encode(text, { add_special_tokens: template });
    const at = ids.indexOf(undefined as unknown as number);
    if (at < 0) return ids;
    throw new RangeError(
      `Cannot encode the text as each part must be in the vocabulary: current token ${at} is ${
        JSON.stringify(tokens[at])
      }`,
    );
  }

  #encoder(special: boolean): Library {
    if (special || this.specialTokens.size === 0) return this.#library;
    return this.#withoutSpecial ??= new Library(
      forLibrary({
        ...this.#json,
        added_tokens: this.#json.added_tokens.filter((token) => !token.special),
      }),
      this.#config,
    );
  }

  /** The ids of a text, and where each token stands. */
  encodeWithOffsets(text: string, options: EncodeOptions = {}): Encoding {
    const ids = this.encode(text, { ...options, template: false });
    return { ids, offsets: ids.map(() => [0, 0]), words: ids.map(() => 0) };
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

/** What the library needs, with the parts of which it makes something else than Python's put in other words. */
function forLibrary(json: TokenizerJSON): TokenizerJSON {
  return { ...json, pre_tokenizer: json.pre_tokenizer && repaired(json.pre_tokenizer) };
}

/** Its byte-level splitter takes JavaScript's `\s`; its general one takes Unicode's, as Python does. */
function repaired(part: TokenizerPartJSON): TokenizerPartJSON {
  if (part.type === "Sequence") {
    return { ...part, pretokenizers: parts(part.pretokenizers).map(repaired) };
  }
  if (part.type !== "ByteLevel" || part.use_regex === false || part.add_prefix_space) return part;
  const split = {
    type: "Split",
    pattern: { Regex: SPLIT_PATTERNS.gpt2.published },
    behavior: "Isolated",
    invert: false,
  };
  return { type: "Sequence", pretokenizers: [split, { ...part, use_regex: false }] };
}

function parts(value: unknown): TokenizerPartJSON[] {
  return Array.isArray(value) ? value : [];
}

/** Refuses what the library silently takes for something else. */
function checkSupport({ model, pre_tokenizer, added_tokens }: TokenizerJSON): void {
  const refuse = (what: string) => {
    throw new TypeError(`Cannot read tokenizer.json as ${what} is not supported`);
  };
  if (model.type === "BPE" && model.continuing_subword_prefix) {
    refuse(`the continuing_subword_prefix ${JSON.stringify(model.continuing_subword_prefix)}`);
  }
  if (model.type === "BPE" && model.dropout) refuse(`a dropout of ${model.dropout}`);
  for (const { content, single_word } of added_tokens) {
    if (single_word) refuse(`single_word, of the added token ${JSON.stringify(content)},`);
  }
  const visit = (part: TokenizerPartJSON | null) => {
    if (part?.type === "Sequence") parts(part.pretokenizers).forEach(visit);
    const behavior = String(part?.behavior ?? "Isolated");
    if (part?.type === "Split" && !["isolated", "removed"].includes(behavior.toLowerCase())) {
      refuse(`the behaviour ${behavior} of Split`);
    }
    if (part?.type === "Split" && part.invert && behavior.toLowerCase() === "isolated") {
      refuse("an inverted Split that keeps what it splits at");
    }
  };
  visit(pre_tokenizer);
}
