import {
  type AskedQuestion,
  collateQuestions,
  encodeQuestions,
  type EncodeQuestionsOptions,
  type QuestionWindow,
} from "../data/mod.ts";
import { type AnswerSpan, answerSpans, type QuestionAnswerer } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Tokenizer } from "../text/mod.ts";
import { eachBatch } from "./each_batch.ts";
import { batchesOf } from "./predict_tags.ts";

/** What a model says to a question. */
export interface FoundAnswer {
  /** The answer, as it stands in the text; empty if none was found. */
  answer: string;
  /** Where it begins in the text, in UTF-16 units. */
  start: number;
  /** The sum of the logits of its first and last token. */
  score: number;
  /** Its share among the likeliest spans of its window. */
  probability: number;
}

/** How {@link answerQuestions} works. */
export interface AnswerQuestionsOptions extends EncodeQuestionsOptions {
  /** The most tokens of an answer. @default {30} */
  maxTokens?: number;
  /** Windows at a time. @default {8} */
  batchSize?: number;
  /** Stops the work, which then throws the signal's reason. @default {the Stop button, in a notebook} */
  signal?: AbortSignal;
}

/**
 * Lets a model answer questions by stretches of their texts; of the windows of a long text that with the best span counts.
 *
 * @param model The model; it is left in the mode it was in.
 * @param tokenizer Makes the tokens that the model was trained on.
 * @param questions Questions and texts.
 * @param options Lengths and sizes.
 * @returns An answer to each question.
 * @throws {RangeError} If a question leaves no room for its text.
 * @throws {DOMException} If it is interrupted.
 */
export async function answerQuestions(
  model: QuestionAnswerer,
  tokenizer: Tokenizer,
  questions: readonly Pick<AskedQuestion, "question" | "context">[],
  { maxTokens = 30, batchSize = 8, signal, ...lengths }: AnswerQuestionsOptions = {},
): Promise<FoundAnswer[]> {
  const read: WindowLogits[] = [];
  const rows = encodeQuestions(tokenizer, questions, lengths)
    .sort((a, b) => a.ids.length - b.ids.length); // rows of like lengths need little filling up
  const groups: QuestionWindow[][] = [];
  for (let i = 0; i < rows.length; i += batchSize) groups.push(rows.slice(i, i + batchSize));
  const padId = tokenizer.padId ?? 0;
  let done = 0;
  await eachBatch(
    model,
    batchesOf(groups, (group) => collateQuestions(group, { padding: 16, padId })),
    ({ ids, mask, segments }) => {
      const { start, end } = model.forward({ ids, mask, segments });
      return tf.stack([start, end]); // [2, B, T]
    },
    (values, shape) => {
      const [, B, T] = shape as [number, number, number];
      for (const [b, row] of groups[done++]!.entries()) {
        const of = (which: 0 | 1) => values.subarray((which * B + b) * T, (which * B + b + 1) * T);
        read.push({ row, logits: [of(0), of(1)] });
      }
    },
    { name: "answering", signal },
  );
  return bestAnswers(questions, read, { maxTokens });
}

/** A window, and what a model says of its tokens. */
export interface WindowLogits {
  /** The window. */
  row: QuestionWindow;
  /** Logits of each token being the answer's first, and its last. */
  logits: readonly [start: ArrayLike<number>, end: ArrayLike<number>];
}

/**
 * The likeliest answer to each question, from the logits of its windows.
 *
 * @param questions The questions' texts.
 * @param windows The windows, whose `index` says of which question they are.
 * @param options The most tokens of an answer, 30 if not given.
 */
export function bestAnswers(
  questions: readonly { readonly context: string }[],
  windows: Iterable<WindowLogits>,
  { maxTokens = 30 }: Pick<AnswerQuestionsOptions, "maxTokens"> = {},
): FoundAnswer[] {
  const found: FoundAnswer[] = questions.map(() => ({
    answer: "",
    start: 0,
    score: -Infinity,
    probability: 0,
  }));
  for (const { row, logits: [starts, ends] } of windows) {
    const own = Array.from(starts).slice(0, row.ids.length); // logits may be filled up
    const [span] = answerSpans(own, Array.from(ends).slice(0, row.ids.length), {
      allowed: (place) => row.texts[place] === 1,
      maxTokens,
      offsets: row.offsets,
    });
    if (span && span.score > found[row.index]!.score) {
      found[row.index] = answerOf(questions[row.index]!.context, span);
    }
  }
  return found;
}

function answerOf(context: string, { offsets, score, probability }: AnswerSpan): FoundAnswer {
  const [start, end] = offsets!;
  return { answer: context.slice(start, end), start, score, probability };
}
