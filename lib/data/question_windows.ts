import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";
import {
  type EncodedText,
  encodeTexts,
  type PaddingOptions,
  stackTexts,
  type Tokenizer,
} from "../text/mod.ts";

/** A question and the text that answers it, as {@link encodeQuestions} takes them. */
export interface AskedQuestion {
  /** The question. */
  question: string;
  /** The text. */
  context: string;
  /** The answer, as it stands in the text. @default {not known} */
  answer?: string;
  /** Where the answer begins in the text, in UTF-16 units. @default {not known} */
  start?: number;
}

/** A question with a stretch of its text, and the place of the answer there. */
export interface QuestionWindow extends EncodedText {
  /** The place of the answer's first token; 0 where the whole answer is not in this window, -100 where it is not known. */
  start: number;
  /** The place of the answer's last token; 0 where the whole answer is not in this window, -100 where it is not known. */
  end: number;
}

/** How {@link encodeQuestions} makes windows. */
export interface EncodeQuestionsOptions {
  /** The most tokens of a window, those of the question included. @default {384} */
  maxLength?: number;
  /** How many tokens of the text two windows have in common. @default {128, at most a third of a window} */
  stride?: number;
}

/** Questions and texts as tensors, which belong to whoever made them. */
export interface QuestionBatch {
  /** Token ids, `[B, T]`, int32. */
  ids: Tensor;
  /** 1 where there is a token and 0 where the row is filled up, `[B, T]`, int32. */
  mask: Tensor;
  /** 0 for tokens of questions and 1 for those of texts, `[B, T]`, int32. */
  segments: Tensor;
  /** The place of each answer's first token, `[B]`, int32. */
  starts: Tensor;
  /** The place of each answer's last token, `[B]`, int32. */
  ends: Tensor;
}

/**
 * Turns questions and their texts into rows of tokens; a text that is too long makes several windows.
 *
 * In a window without the answer the right place is the first token, `[CLS]`, so that a model learns to find nothing there.
 *
 * @param tokenizer Makes the tokens.
 * @param questions Questions and texts, with answers where these are to be learnt.
 * @param options The length of windows.
 * @throws {RangeError} If a question leaves no room for the text.
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805, §4.2
 */
export function encodeQuestions(
  tokenizer: Tokenizer,
  questions: readonly AskedQuestion[],
  { maxLength = 384, stride = Math.min(128, Math.floor(maxLength / 3)) }: EncodeQuestionsOptions =
    {},
): QuestionWindow[] {
  const rows = encodeTexts(
    tokenizer,
    questions.map(({ question, context }) => [question, context] as const),
    { maxLength, stride, truncation: "second", special: false },
  );
  return rows.map((row) => ({ ...row, ...placeOf(questions[row.index]!, row) }));
}

/** The tokens of a row that the answer is made of. */
function placeOf(
  { answer, start }: AskedQuestion,
  { offsets, texts }: EncodedText,
): { start: number; end: number } {
  if (answer === undefined || start === undefined) return { start: -100, end: -100 };
  const stop = start + answer.length;
  const own = (i: number) => texts[i] === 1;
  const first = offsets.findIndex(([, to], i) => own(i) && to > start);
  const last = offsets.findLastIndex(([from], i) => own(i) && from < stop);
  const whole = first >= 0 && last >= first && offsets[first]![0] <= start &&
    offsets[last]![1] >= stop;
  return whole ? { start: first, end: last } : { start: 0, end: 0 };
}

/**
 * Puts windows into tensors, filled up to one length.
 *
 * @param rows The windows.
 * @param options How rows are filled up, at their ends.
 * @returns `ids`, `mask` and `segments`, `[B, T]`; `starts` and `ends`, `[B]`; all belong to the caller.
 * @throws {RangeError} If there is no row, or one is longer than the length asked for.
 */
export function collateQuestions(
  rows: readonly QuestionWindow[],
  options: Omit<PaddingOptions, "paddingSide"> = {},
): QuestionBatch {
  const places = (of: (row: QuestionWindow) => number) => tf.tensor1d(rows.map(of), "int32");
  return {
    ...stackTexts(rows, options),
    starts: places(({ start }) => start),
    ends: places(({ end }) => end),
  };
}
