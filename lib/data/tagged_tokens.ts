import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";
import { encodeTexts, type PaddingOptions, stackTexts, type Tokenizer } from "../text/mod.ts";

/** A row of tokens of a sentence whose words have tags. */
export interface TaggedTokens {
  /** Token ids. */
  ids: number[];
  /** The segment of each token. */
  segments: number[];
  /** For each token that begins a word, the number of the word in its sentence; -1 for the others. */
  words: number[];
  /** For each token that begins a word, the number of its tag; -100 for the others. */
  labels: number[];
  /** Which of the sentences this row is of. */
  index: number;
}

/** How {@link encodeTagged} makes rows. */
export interface EncodeTaggedOptions {
  /** The tags, in the order of the classes. @default {none: all labels are -100} */
  labels?: readonly string[];
  /** The most tokens of a row; what is longer goes on in further rows. @default {any number} */
  maxLength?: number;
}

/** Rows of tagged tokens as tensors, which belong to whoever made them. */
export interface TaggedBatch {
  /** Token ids, `[B, T]`, int32. */
  ids: Tensor;
  /** 1 where there is a token and 0 where the row is filled up, `[B, T]`, int32. */
  mask: Tensor;
  /** Which text of a pair each token belongs to, `[B, T]`, int32. */
  segments: Tensor;
  /** The class of each token that begins a word, -100 elsewhere, `[B, T]`, int32. */
  labels: Tensor;
}

/**
 * Turns sentences in words into rows of tokens, of which those that begin a word bear the word's tag.
 *
 * The words are joined by spaces. A word of which the tokenizer leaves nothing has no token.
 *
 * @example
 * ```ts
 * import { encodeTagged } from "@tome/tome/data";
 * import { ByteTokenizer } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const sentence = { tokens: ["in", "Rome"], tags: ["O", "B"] };
 * const [row] = encodeTagged(new ByteTokenizer(), [sentence], { labels: ["O", "B"] });
 * assert.deepEqual(row!.labels, [0, -100, -100, 1, -100, -100, -100]); // "in Rome" in bytes
 * ```
 * @param tokenizer Makes the tokens.
 * @param sentences Words, and their tags if `labels` are given.
 * @param options The tags, and the length of a row.
 * @throws {RangeError} If a tag is not among the labels, or a sentence has other numbers of words and tags.
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805, §5.3
 */
export function encodeTagged(
  tokenizer: Tokenizer,
  sentences: readonly { readonly tokens: readonly string[]; readonly tags?: readonly string[] }[],
  { labels, maxLength }: EncodeTaggedOptions = {},
): TaggedTokens[] {
  const numbers = labels && new Map(labels.map((label, i) => [label, i]));
  const classes = sentences.map(({ tokens, tags = [] }, s) => {
    if (!numbers) return tokens.map(() => -100);
    if (tags.length !== tokens.length) {
      throw new RangeError(
        `Cannot encode sentence ${s} as each of its words must have a tag: current numbers are ${tokens.length} words and ${tags.length} tags`,
      );
    }
    return tags.map((tag) => {
      const number = numbers.get(tag);
      if (number !== undefined) return number;
      throw new RangeError(
        `Cannot encode sentence ${s} as its tags must be among the labels: ${tag} is not`,
      );
    });
  });
  const texts = sentences.map(({ tokens }) => tokens.join(" "));
  const rows = encodeTexts(tokenizer, texts, {
    special: false,
    ...(maxLength === undefined ? {} : { maxLength, stride: 0 }),
  });
  const wordOf = sentences.map(({ tokens }) => wordsByPlace(tokens));
  const begun = sentences.map(() => -1); // the last word of each sentence that has a token
  return rows.map(({ ids, segments, offsets, texts, index }) => {
    const words = ids.map(() => -1);
    for (const [i, [from, to]] of offsets.entries()) {
      // the token of a byte-level tokenizer may hold the space before its word
      const word = texts[i] === -1 ? -1 : Math.max(-1, ...wordOf[index]!.subarray(from, to));
      if (word > begun[index]!) begun[index] = words[i] = word;
    }
    return {
      ids,
      segments,
      words,
      labels: words.map((word) => word < 0 ? -100 : classes[index]![word]!),
      index,
    };
  });
}

/** The number of the word that each character of the joined words is of; -1 for the spaces between. */
function wordsByPlace(words: readonly string[]): Int32Array {
  const places: number[] = [];
  for (const [w, word] of words.entries()) {
    if (w > 0) places.push(-1);
    for (let i = 0; i < word.length; i++) places.push(w);
  }
  return Int32Array.from(places);
}

/**
 * Puts rows of tagged tokens into tensors, filled up to one length.
 *
 * @param rows The rows.
 * @param options How rows are filled up, at their ends.
 * @returns Tensors of shape `[B, T]`, which belong to the caller.
 * @throws {RangeError} If there is no row, or one is longer than the length asked for.
 */
export function collateTagged(
  rows: readonly TaggedTokens[],
  options: Omit<PaddingOptions, "paddingSide"> = {},
): TaggedBatch {
  const batch = stackTexts(rows, options);
  const [B, T] = batch.ids.shape as [number, number];
  const labels = new Int32Array(B * T).fill(-100);
  for (const [b, row] of rows.entries()) labels.set(row.labels, b * T);
  return { ...batch, labels: tf.tensor2d(labels, [B, T], "int32") };
}
