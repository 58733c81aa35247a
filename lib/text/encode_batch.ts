import type { Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { type Encoding, PLAIN_TEMPLATE, type TemplatePiece } from "./encoding.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { type Truncation, windows } from "./truncate.ts";

/** A text, or a pair of them, such as a question and the passage that answers it. */
export type TextOrPair = string | readonly [string, string];

/** How {@link encodeTexts} makes rows of tokens. */
export interface EncodeTextsOptions {
  /** The most tokens of a row, those of the template included; longer ones are cut. @default {any number} */
  maxLength?: number;
  /**
   * Which text of a pair is cut where the pair is too long: the longer one, token by token; the first; or the second.
   * @default {"longestFirst"}
   */
  truncation?: Truncation;
  /**
   * If given, what is cut off makes further rows, of which each repeats this many tokens of the one before. With pairs
   * `truncation` must then name the text that is cut. @default {undefined: what is cut off is lost}
   */
  stride?: number;
  /** Whether a special token written in a text becomes its id. Pass `false` for texts of strangers. @default {true} */
  special?: boolean;
  /** Whether the tokens that the tokenizer puts around every text are added. @default {true} */
  template?: boolean;
}

/** A row of tokens: a text, a pair, or a window of one. */
export interface EncodedText {
  /** Token ids. */
  ids: number[];
  /** The segment of each token: which text of a pair it belongs to. */
  segments: number[];
  /** Where each token begins and ends in its text; `[0, 0]` for tokens of the template. */
  offsets: (readonly [number, number])[];
  /** The word of its text that each token is a part of; -1 for tokens of the template. */
  words: number[];
  /** The text that each token is from, 0 or 1; -1 for tokens of the template. */
  texts: number[];
  /** 1 for tokens of the template, 0 for tokens of a text. */
  specialMask: number[];
  /** Which of the texts or pairs this row is of. */
  index: number;
}

/** How {@link stackTexts} fills up rows. */
export interface PaddingOptions {
  /**
   * The length that rows are filled up to: that of the longest; `maxLength`; or the next multiple of a number, so that fewer
   * different shapes occur. @default {"longest"}
   */
  padding?: "longest" | "max" | number;
  /** The length for padding `"max"`. @default {undefined} */
  maxLength?: number;
  /** The side on which rows are filled up. @default {"right"} */
  paddingSide?: "left" | "right";
  /** The token that fills up rows. @default {0} */
  padId?: number;
}

/** How {@link encodeBatch} makes a batch. */
export interface EncodeBatchOptions extends EncodeTextsOptions, PaddingOptions {}

/** Tokens of several texts as tensors, which belong to whoever made them: what encoders take. */
export interface EncodedBatch {
  /** Token ids, `[B, T]`, int32. */
  ids: Tensor;
  /** 1 where there is a token and 0 where the row is filled up, `[B, T]`, int32. */
  mask: Tensor;
  /** Which text of a pair each token belongs to, `[B, T]`, int32. */
  segments: Tensor;
}

/**
 * Turns texts, or pairs of texts, into rows of tokens, with offsets and word numbers as plain arrays.
 *
 * @example Windows for question answering
 * ```ts
 * import { ByteTokenizer, encodeTexts } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const rows = encodeTexts(new ByteTokenizer(), [["who?", "it was me"]], {
 *   maxLength: 10,
 *   truncation: "second",
 *   stride: 2,
 * });
 * assert.deepEqual(rows.map(({ offsets }) => offsets[4]), [[0, 1], [4, 5]]); // "it was me" is 9 bytes: windows of 6
 * ```
 * @param tokenizer Makes the tokens.
 * @param texts Texts, or pairs.
 * @param options Lengths and cuts.
 * @returns A row for each text or pair; with `stride`, one for each window.
 * @throws {RangeError} If a length is out of range, or leaves no room for a text.
 * @throws {TypeError} If a stride is asked for but not said of which text of a pair.
 */
export function encodeTexts(
  tokenizer: Tokenizer,
  texts: readonly TextOrPair[],
  options: EncodeTextsOptions = {},
): EncodedText[] {
  const { template = true, special = true } = options;
  const around = template ? tokenizer.template ?? PLAIN_TEMPLATE : PLAIN_TEMPLATE;
  return texts.flatMap((entry, index) => {
    const parts = (typeof entry === "string" ? [entry] : entry).map((text) =>
      tokenizer.encodeWithOffsets(text, { special })
    );
    const pieces = parts.length === 1 ? around.single : around.pair;
    const added = pieces.filter((piece) => piece.id !== undefined).length;
    return windows(parts, added, options).map((cut) => row(cut, pieces, index));
  });
}

function row(parts: readonly Encoding[], pieces: readonly TemplatePiece[], index: number) {
  const made: EncodedText = {
    ids: [],
    segments: [],
    offsets: [],
    words: [],
    texts: [],
    specialMask: [],
    index,
  };
  for (const { id, text, segment } of pieces) {
    const part = text === undefined
      ? { ids: [id!], offsets: [[0, 0] as const], words: [-1] }
      : parts[text]!;
    for (const [i, id] of part.ids.entries()) {
      made.ids.push(id);
      made.segments.push(segment);
      made.offsets.push(part.offsets[i]!);
      made.words.push(part.words[i]!);
      made.texts.push(text ?? -1);
      made.specialMask.push(text === undefined ? 1 : 0);
    }
  }
  return made;
}

/**
 * Puts rows of tokens into tensors, filled up to one length.
 *
 * @param rows The rows, such as those of {@link encodeTexts}.
 * @param options How rows are filled up.
 * @returns Tensors of shape `[B, T]`, which belong to the caller.
 * @throws {RangeError} If there is no row, or one is longer than the length asked for.
 */
export function stackTexts(
  rows: readonly Pick<EncodedText, "ids" | "segments">[],
  options: PaddingOptions = {},
): EncodedBatch {
  const length = paddedLength(rows.map(({ ids }) => ids.length), options);
  const { padId = 0, paddingSide = "right" } = options;
  const size = rows.length * length;
  const ids = new Int32Array(size).fill(padId);
  const [mask, segments] = [new Int32Array(size), new Int32Array(size)];
  for (const [b, row] of rows.entries()) {
    const free = paddingSide === "left" ? length - row.ids.length : 0;
    ids.set(row.ids, b * length + free);
    segments.set(row.segments, b * length + free);
    mask.fill(1, b * length + free, b * length + free + row.ids.length);
  }
  const tensor = (values: Int32Array) => tf.tensor2d(values, [rows.length, length], "int32");
  return { ids: tensor(ids), mask: tensor(mask), segments: tensor(segments) };
}

/** The length that rows are filled up to. */
export function paddedLength(lengths: readonly number[], options: PaddingOptions = {}): number {
  const { padding = "longest", maxLength } = options;
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
  if (longest === 0) {
    throw new RangeError(
      `Cannot make a batch as it must have a row with a token: current number of rows is ${lengths.length}`,
    );
  }
  if (padding === "longest") return longest;
  if (padding === "max") {
    if (maxLength !== undefined && maxLength >= longest) return maxLength;
    throw new RangeError(
      `Cannot fill rows up to maxLength as it must be at least the longest row, of ${longest} tokens: current maxLength is ${maxLength}`,
    );
  }
  if (Number.isSafeInteger(padding) && padding >= 1) return Math.ceil(longest / padding) * padding;
  throw new RangeError(
    `Cannot fill rows up as padding must be "longest", "max" or a whole number above 0: current padding is ${
      JSON.stringify(padding)
    }`,
  );
}

/**
 * Turns texts, or pairs of texts, into a batch of tensors: what a model for sentences, pairs or tokens takes.
 *
 * Rows are filled up with the tokenizer's own padding token, if it has one. Where offsets or word numbers are wanted,
 * {@link encodeTexts} and {@link stackTexts} do the same in two steps.
 *
 * @example
 * ```ts
 * import { ByteTokenizer, encodeBatch } from "@tome/tome/text";
 *
 * const batch = encodeBatch(new ByteTokenizer(), ["a", "abc"]);
 * console.assert(batch.ids.shape[1] === 3 && batch.mask.dataSync().join("") === "100111");
 * Object.values(batch).forEach((tensor) => tensor.dispose());
 * ```
 * @param tokenizer Makes the tokens.
 * @param texts Texts, or pairs.
 * @param options Lengths, cuts, and how rows are filled up.
 * @returns Tensors of shape `[B, T]`, which belong to the caller.
 * @throws {RangeError} If a length is out of range.
 */
export function encodeBatch(
  tokenizer: Tokenizer,
  texts: readonly TextOrPair[],
  options: EncodeBatchOptions = {},
): EncodedBatch {
  const rows = encodeTexts(tokenizer, texts, options);
  return stackTexts(rows, { padId: tokenizer.padId, ...options });
}
