import { AlignedText } from "./aligned_text.ts";
import { normalizerOf } from "./normalizer.ts";
import { PairCounts } from "./pair_counts.ts";
import { preTokenizerOf } from "./pre_tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { wordPieceTokenizer } from "./word_piece.ts";

/** How {@link trainWordPiece} learns. */
export interface TrainWordPieceOptions {
  /** The number of ids wanted: five special tokens, the characters, the rest pieces of words. */
  vocabSize: number;
  /** Whether capitals become small letters, and accents go. @default {true} */
  lowercase?: boolean;
  /** Pairs rarer than this are not joined. @default {2} */
  minCount?: number;
  /** The most different characters that get a token; words with rarer ones become `[UNK]`. @default {1000} */
  maxCharacters?: number;
  /** Called after each join. @default {undefined} */
  onMerge?: (progress: {
    /** Tokens so far. */
    vocabSize: number;
    /** The new token. */
    token: string;
    /** How often its two parts stood side by side. */
    count: number;
  }) => void;
}

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/**
 * Learns a WordPiece vocabulary from texts: again and again the most frequent pair of pieces becomes a piece.
 *
 * Pairs are chosen by how often they occur, as the trainer of Hugging Face's `tokenizers` does; where that is equal, by the
 * lower ids. Ids are those of the special tokens, of the characters that begin words, by code point, of those within words,
 * and of the pieces in the order made.
 *
 * @example
 * ```ts
 * import { trainWordPiece } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const tokenizer = trainWordPiece("hug pug hugs hug pun bun", { vocabSize: 20 });
 * assert.deepEqual(tokenizer.encode("hugs", { template: false }).map((id) => tokenizer.idToToken(id)), ["hug", "##s"]);
 * ```
 * @param texts A text, or several.
 * @param options The size wanted.
 * @returns The tokenizer, as BERT has it; where the text runs out of pairs, with fewer tokens than asked for.
 * @throws {RangeError} If the vocabulary wanted has no room for the special tokens and the characters.
 * @see Schuster and Nakajima, 2012, "Japanese and Korean Voice Search"
 */
export function trainWordPiece(
  texts: string | Iterable<string>,
  options: TrainWordPieceOptions,
): Tokenizer {
  const { vocabSize, lowercase = true, minCount = 2, maxCharacters = 1000, onMerge } = options;
  const { words, characters } = countWords(typeof texts === "string" ? [texts] : texts, lowercase);
  const kept = [...characters].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]))
    .slice(0, maxCharacters).map(([character]) => character);
  const allowed = new Set(kept);
  const usable = new Map([...words].filter(([word]) => [...word].every((c) => allowed.has(c))));
  const inside = new Set<string>();
  for (const word of usable.keys()) for (const c of [...word].slice(1)) inside.add(c);
  const tokens = [
    ...SPECIAL,
    ...kept.sort(compare),
    ...[...inside].sort(compare).map((character) => `##${character}`),
  ];
  if (!(Number.isSafeInteger(vocabSize) && vocabSize >= tokens.length && vocabSize <= 1 << 21)) {
    throw new RangeError(
      `Cannot train a WordPiece vocabulary as vocabSize must be a whole number from ${tokens.length}, for ${SPECIAL.length} special tokens and ${
        tokens.length - SPECIAL.length
      } characters, to ${1 << 21}: current vocabSize is ${vocabSize}; lower maxCharacters`,
    );
  }
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const counts = new PairCounts(
    usable,
    new Int32Array(0),
    (word) => [...word].map((character, i) => ids.get(i ? `##${character}` : character)!),
  );
  while (tokens.length < vocabSize) {
    const best = counts.take();
    if (!best || best.count < Math.max(1, minCount)) break;
    const { count } = best; // merging leaves none
    const token = tokens[best.left]! + tokens[best.right]!.slice(2);
    let id = ids.get(token);
    if (id === undefined) {
      id = tokens.length;
      tokens.push(token);
      ids.set(token, id);
    }
    counts.merge(best, id);
    onMerge?.({ vocabSize: tokens.length, token, count });
  }
  return wordPieceTokenizer(tokens, { lowercase });
}

function compare(a: string, b: string): number {
  return a.codePointAt(0)! - b.codePointAt(0)!;
}

/** The words of texts as BERT splits them, and their characters, each with how often it appears. */
function countWords(texts: Iterable<string>, lowercase: boolean) {
  const normalize = normalizerOf({ type: "BertNormalizer", lowercase });
  const split = preTokenizerOf({ type: "BertPreTokenizer" });
  const words = new Map<string, number>();
  for (const text of texts) {
    for (const { text: word } of split(normalize(new AlignedText(text.toWellFormed())))) {
      words.set(word, (words.get(word) ?? 0) + 1);
    }
  }
  const characters = new Map<string, number>();
  for (const [word, count] of words) {
    for (const character of word) {
      characters.set(character, (characters.get(character) ?? 0) + count);
    }
  }
  return { words, characters };
}
