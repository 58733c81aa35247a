import { BYTE_TO_CHARACTER } from "./byte_alphabet.ts";
import { BytePairTokenizer } from "./byte_pair.ts";
import { PairCounts } from "./pair_counts.ts";
import { SpecialTokens } from "./special_tokens.ts";
import { type SplitPattern, splitWords } from "./split_pattern.ts";

/** A merge that training has just made. */
export interface BytePairProgress {
  /** Merges so far. */
  merges: number;
  /** Tokens so far, the special ones included. */
  vocabSize: number;
  /** The new token, in GPT-2's alphabet of bytes. */
  token: string;
  /** How often its pair stood in the text. */
  count: number;
}

/** How {@link trainBytePair} learns. */
export interface TrainBytePairOptions {
  /** The number of ids wanted: 256 bytes, the special tokens, the rest merges. */
  vocabSize: number;
  /** How the text is cut into words, which no token crosses. @default {"gpt2"} */
  pattern?: SplitPattern;
  /** Special tokens; they get the last ids, and the text is cut where it holds one. @default {[]} */
  specialTokens?: readonly string[];
  /** Pairs rarer than this are not merged. @default {2} */
  minCount?: number;
  /** Called after each merge. @default {undefined} */
  onMerge?: (progress: BytePairProgress) => void;
}

/**
 * Learns a byte-pair encoding from a text: again and again the most frequent pair of tokens becomes a token.
 *
 * Ids 0…255 are the bytes, 256 and on the merges in the order made, the last the special tokens. Of pairs equally
 * frequent, the one whose left token comes first is taken, then the one whose right token does, where bytes come in
 * the order of GPT-2's alphabet, before all merges; so the merges are those of the trainer of Hugging Face. A pair
 * that spells a token which is already there leads to that token. Where the text runs out of pairs the vocabulary
 * stays smaller than asked for.
 *
 * @example
 * ```ts
 * import { trainBytePair } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const tokenizer = trainBytePair("aaabdaaabac", { vocabSize: 256 + 3, pattern: "none" });
 * assert.deepEqual(tokenizer.encode("aaabdaaabac"), [258, 100, 258, 97, 99]);
 * ```
 * @param texts A text, or several, which no token crosses.
 * @param options The size wanted, and how words are cut.
 * @throws {RangeError} If the vocabulary wanted has no room for the 256 bytes and the special tokens, or is above 2²¹.
 * @see Gage, 1994, "A New Algorithm for Data Compression"
 */
export function trainBytePair(
  texts: string | Iterable<string>,
  options: TrainBytePairOptions,
): BytePairTokenizer {
  const { vocabSize, pattern = "gpt2", specialTokens = [], minCount = 2, onMerge } = options;
  const numSpecial = specialTokens.length;
  if (!(Number.isInteger(vocabSize) && vocabSize >= 256 + numSpecial && vocabSize <= 1 << 21)) {
    throw new RangeError(
      `Cannot train a byte-pair encoding as vocabSize must be a whole number from ${
        256 + numSpecial
      }, for 256 bytes and ${numSpecial} special tokens, to ${
        1 << 21
      }: current vocabSize is ${vocabSize}`,
    );
  }
  const special = new SpecialTokens(specialTokens.map((token, i) => [token, i]));
  const words = countWords(typeof texts === "string" ? [texts] : texts, pattern, special);

  const tokens = [...BYTE_TO_CHARACTER];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges: [string, string][] = [];
  const counts = new PairCounts(words, alphabetOrder());
  while (tokens.length + numSpecial < vocabSize) {
    const best = counts.take();
    if (!best || best.count < Math.max(1, minCount)) break;
    const [left, right] = [tokens[best.left]!, tokens[best.right]!];
    const token = left + right;
    let id = ids.get(token);
    if (id === undefined) {
      id = tokens.length;
      tokens.push(token);
      ids.set(token, id);
    }
    const { count } = best; // merging leaves none
    counts.merge(best, id);
    merges.push([left, right]);
    onMerge?.({
      merges: merges.length,
      vocabSize: tokens.length + numSpecial,
      token,
      count,
    });
  }
  return new BytePairTokenizer({
    vocab: Object.fromEntries(ids),
    merges,
    pattern,
    specialTokens: Object.fromEntries(specialTokens.map((token, i) => [token, tokens.length + i])),
  });
}

/** The different words of the texts, in the order of their first appearance, and how often each appears. */
function countWords(
  texts: Iterable<string>,
  pattern: SplitPattern,
  special: SpecialTokens,
): Map<string, number> {
  const words = new Map<string, number>();
  for (const text of texts) {
    for (const part of special.split(text)) {
      if (typeof part === "number") continue;
      for (const word of splitWords(part, pattern)) words.set(word, (words.get(word) ?? 0) + 1);
    }
  }
  return words;
}

/** The place of each byte in GPT-2's alphabet. */
function alphabetOrder(): Int32Array {
  const order = new Int32Array(256);
  const bytes = [...order.keys()].sort((a, b) =>
    BYTE_TO_CHARACTER[a]!.charCodeAt(0) - BYTE_TO_CHARACTER[b]!.charCodeAt(0)
  );
  for (const [place, byte] of bytes.entries()) order[byte] = place;
  return order;
}
