import { BYTE_TO_CHARACTER, decodeBytes, tokenBytes } from "./byte_alphabet.ts";
import { byteLevelJSON } from "./bytes.ts";
import { PairMerges } from "./merge_pairs.ts";
import type { Encoding } from "./encoding.ts";
import { byteSpans, encodeWords } from "./offsets.ts";
import { SpecialTokens } from "./special_tokens.ts";
import { SPLIT_PATTERNS, type SplitPattern, splitWords } from "./split_pattern.ts";
import type { DecodeOptions, EncodeOptions, Tokenizer, TokenizerJSON } from "./tokenizer.ts";

/** What a {@link BytePairTokenizer} is made of. */
export interface BytePairOptions {
  /** Token, in GPT-2's alphabet of bytes, to id; all 256 bytes and all merges are in it. */
  vocab: Readonly<Record<string, number>>;
  /** The pairs of tokens that are merged, the first rank first. */
  merges: readonly (readonly [string, string])[];
  /** How a text is cut into words. @default {"gpt2"} */
  pattern?: SplitPattern;
  /** Special token to id. @default {{}} */
  specialTokens?: Readonly<Record<string, number>>;
}

const MAX_VOCAB = 1 << 21;
const CACHED_WORDS = 1 << 16;
const CACHED_LENGTH = 64;

/**
 * Byte-level byte-pair encoding: a text is cut into words, a word into bytes, and pairs are merged by rank.
 *
 * Made by `trainBytePair()`, or from published files by {@link BytePairTokenizer.fromFiles}.
 *
 * @see Sennrich et al., 2016, "Neural Machine Translation of Rare Words with Subword Units", https://arxiv.org/abs/1508.07909
 * @see Radford et al., 2019, "Language Models are Unsupervised Multitask Learners" §2.2
 */
export class BytePairTokenizer implements Tokenizer {
  /** One above the highest id. */
  readonly vocabSize: number;
  /** How a text is cut into words. */
  readonly pattern: SplitPattern;
  /** The pairs of ids that are merged, the first rank first. */
  readonly merges: readonly (readonly [number, number])[];
  readonly #tokens: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  readonly #vocab: ReadonlyMap<string, number>;
  readonly #byteIds: Int32Array;
  readonly #pairs: PairMerges;
  readonly #special: SpecialTokens;
  readonly #cache: Map<string, Int32Array> = new Map();
  readonly #encoder = new TextEncoder();

  /**
   * Makes a tokenizer of a vocabulary and its merges.
   *
   * @param options Vocabulary, merges, pattern and special tokens.
   * @throws {RangeError} If a byte or a merged token is not in the vocabulary, or an id is used twice.
   */
  constructor({ vocab, merges, pattern = "gpt2", specialTokens = {} }: BytePairOptions) {
    splitWords("", pattern);
    this.pattern = pattern;
    this.#special = new SpecialTokens(Object.entries(specialTokens));
    this.#vocab = new Map(Object.entries(vocab).filter(([token]) => !this.#special.ids.has(token)));
    const idOf = (token: string) => {
      const id = this.#vocab.get(token);
      if (id !== undefined) return id;
      throw new RangeError(
        `Cannot make a BytePairTokenizer as its vocabulary must hold each byte and each merge: ${
          JSON.stringify(token)
        } is missing`,
      );
    };
    for (const [token, id] of [...this.#vocab, ...this.#special.ids]) {
      const bytes = this.#special.ids.has(token) ? this.#encoder.encode(token) : tokenBytes(token);
      if (
        !bytes || !(Number.isInteger(id) && id >= 0 && id < MAX_VOCAB) ||
        this.#tokens[id] !== undefined
      ) {
        throw new RangeError(
          `Cannot make a BytePairTokenizer as each token must be written in GPT-2's alphabet and have an id of its own: current token is ${
            JSON.stringify(token)
          }, with id ${id}; name special tokens as such`,
        );
      }
      this.#tokens[id] = token;
      this.#bytes[id] = bytes;
    }
    this.vocabSize = this.#tokens.length;
    this.#byteIds = Int32Array.from(BYTE_TO_CHARACTER, idOf);
    const ranked = merges.map(([a, b]) => [idOf(a), idOf(b), idOf(a + b)] as const);
    this.merges = ranked.map(([a, b]) => [a, b] as const);
    this.#pairs = new PairMerges(ranked, this.vocabSize);
  }

  /**
   * Reads the two files in which GPT-2 and many after it were published.
   *
   * @param vocab The content of `encoder.json` or `vocab.json`: an object of token to id.
   * @param merges The content of `vocab.bpe` or `merges.txt`: a pair a line, after a line with the version.
   * @param options The pattern, and which tokens of the vocabulary are special.
   * @throws {SyntaxError} If a line of the merges is not a pair.
   */
  static fromFiles(
    vocab: Readonly<Record<string, number>>,
    merges: string,
    { pattern = "gpt2", specialTokens = ["<|endoftext|>"] }: {
      /** How a text is cut into words. @default {"gpt2"} */
      pattern?: SplitPattern;
      /** Tokens of the vocabulary that are special. @default {["<|endoftext|>"]} */
      specialTokens?: readonly string[];
    } = {},
  ): BytePairTokenizer {
    const pairs = merges.split(/\r?\n/).flatMap((line, i): [string, string][] => {
      if (line === "" || (i === 0 && line.startsWith("#version"))) return [];
      const [a, b, more] = line.split(" ");
      if (a && b && more === undefined) return [[a, b]];
      throw new SyntaxError(
        `Cannot read the merges as each line must hold two tokens: current line ${i + 1} is ${
          JSON.stringify(line)
        }`,
      );
    });
    const special = specialTokens.filter((token) => Object.hasOwn(vocab, token));
    return new BytePairTokenizer({
      vocab,
      merges: pairs,
      pattern,
      specialTokens: Object.fromEntries(special.map((token) => [token, vocab[token]!])),
    });
  }

  /** The special tokens and their ids. */
  get specialTokens(): ReadonlyMap<string, number> {
    return this.#special.ids;
  }

  /** The ids of a text. */
  encode(text: string, { special = true }: EncodeOptions = {}): number[] {
    const ids: number[] = [];
    for (const part of special ? this.#special.split(text) : [text]) {
      if (typeof part === "number") {
        ids.push(part);
        continue;
      }
      for (const word of splitWords(part, this.pattern)) {
        for (const id of this.#encodeWord(word)) ids.push(id);
      }
    }
    return ids;
  }

  #encodeWord(word: string): Int32Array {
    const cached = this.#cache.get(word);
    if (cached) return cached;
    const ids = Int32Array.from(this.#encoder.encode(word), (byte) => this.#byteIds[byte]!);
    const merged = this.#pairs.merge(ids);
    if (word.length > CACHED_LENGTH) return merged;
    if (this.#cache.size >= CACHED_WORDS) this.#cache.clear();
    this.#cache.set(word, merged.slice());
    return merged;
  }

  /** The ids of a text, and where each token stands. */
  encodeWithOffsets(text: string, { special = true }: EncodeOptions = {}): Encoding {
    return encodeWords(text.toWellFormed(), special ? this.#special : undefined, {
      words: (part) => splitWords(part, this.pattern),
      encode: (word) => this.#encodeWord(word),
      spans: (word, ids) => byteSpans(word, Array.from(ids, (id) => this.#bytes[id]!.length)),
    });
  }

  /**
   * The text of ids; what is not UTF-8 becomes U+FFFD.
   *
   * @throws {RangeError} If an id is not in the vocabulary.
   */
  decode(ids: ArrayLike<number>, { skipSpecial = false }: DecodeOptions = {}): string {
    return decodeBytes(
      ids,
      (id) => skipSpecial && this.#special.has(id) ? null : this.#bytes[id],
      this.vocabSize,
    );
  }

  /** The id of a token, which is written in GPT-2's alphabet of bytes. */
  tokenToId(token: string): number | undefined {
    return this.#special.ids.get(token) ?? this.#vocab.get(token);
  }

  /** The token of an id, written in GPT-2's alphabet of bytes. */
  idToToken(id: number): string | undefined {
    return this.#tokens[id];
  }

  /** A `tokenizer.json` of byte-level byte-pair encoding. */
  toJSON(): TokenizerJSON {
    const vocab = Object.fromEntries(
      this.#tokens.map((token, id) => [token, id]).filter(() => true),
    );
    const merges = this.merges.map(([a, b]) => [this.#tokens[a]!, this.#tokens[b]!] as const);
    const split = this.pattern === "none" ? null : SPLIT_PATTERNS[this.pattern].published;
    return { ...byteLevelJSON(merges, vocab, split), added_tokens: this.#special.toJSON() };
  }
}
