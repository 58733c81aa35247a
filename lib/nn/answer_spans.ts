/** A stretch of tokens that may be the answer to a question. */
export interface AnswerSpan {
  /** The place of its first token. */
  start: number;
  /** The place of its last token. */
  end: number;
  /** The sum of the logits of both. */
  score: number;
  /** The share of its exponentiated score among the spans found, the empty answer included. */
  probability: number;
  /** Where it begins and ends in the text; where offsets were given. */
  offsets?: readonly [number, number];
}

/** How {@link answerSpans} looks for answers. */
export interface AnswerSpansOptions {
  /** Whether a token may belong to an answer: those of the text, not of the question. @default {all may} */
  allowed?: (place: number) => boolean;
  /** The most tokens of an answer. @default {30} */
  maxTokens?: number;
  /** The most spans that are found. @default {20} */
  count?: number;
  /** Where each token begins and ends in its text. @default {none} */
  offsets?: ArrayLike<readonly [number, number]>;
  /** The place that stands for "no answer", such as that of `[CLS]`: a span of it alone. @default {none} */
  noAnswer?: number;
}

/**
 * The likeliest answers, from the logits that a model of answers gave for one row.
 *
 * `score = start_i + end_j`, over `i ≤ j < i + maxTokens`
 *
 * @example
 * ```ts
 * import { answerSpans } from "@tome/tome/nn";
 * import assert from "node:assert/strict";
 *
 * const [best] = answerSpans([0, 3, 1], [0, 1, 2]);
 * assert.deepEqual([best!.start, best!.end, best!.score], [1, 2, 5]);
 * ```
 * @param start Logits of each token being the first, `T` of them.
 * @param end Logits of each token being the last.
 * @param options Which tokens may belong to an answer, and how many.
 * @returns The spans, the best first; none where no token is allowed.
 * @throws {RangeError} If the numbers of logits differ, or a number is out of range.
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805, §4.2 and §4.3
 */
export function answerSpans(
  start: ArrayLike<number>,
  end: ArrayLike<number>,
  options: AnswerSpansOptions = {},
): AnswerSpan[] {
  const { allowed = () => true, maxTokens = 30, count = 20, offsets, noAnswer } = options;
  if (start.length !== end.length || !(maxTokens >= 1) || !(count >= 1)) {
    throw new RangeError(
      `Cannot find answers as there must be as many logits of first as of last tokens, and maxTokens and count be at least 1: current numbers are ${start.length}, ${end.length}, ${maxTokens} and ${count}`,
    );
  }
  const found: Omit<AnswerSpan, "probability">[] = [];
  for (let i = 0; i < start.length; i++) {
    if (!allowed(i)) continue;
    for (let j = i; j < Math.min(i + maxTokens, end.length) && allowed(j); j++) {
      const score = start[i]! + end[j]!;
      if (found.length === count && !(score > found.at(-1)!.score)) continue;
      insert(found, { start: i, end: j, score }, count);
    }
  }
  if (noAnswer !== undefined) {
    const score = start[noAnswer]! + end[noAnswer]!;
    insert(found, { start: noAnswer, end: noAnswer, score }, count);
  }
  const top = found[0]?.score ?? 0;
  const sum = found.reduce((total, { score }) => total + Math.exp(score - top), 0);
  return found.map((span) => ({
    ...span,
    probability: Math.exp(span.score - top) / sum,
    ...(offsets && span.start !== noAnswer
      ? { offsets: [offsets[span.start]![0], offsets[span.end]![1]] as const }
      : {}),
  }));
}

/** Puts a span behind those that are as good, and drops the worst if there are too many. */
function insert<T extends { score: number }>(spans: T[], span: T, count: number): void {
  let at = spans.length;
  while (at > 0 && spans[at - 1]!.score < span.score) at--;
  spans.splice(at, 0, span);
  if (spans.length > count) spans.pop();
}
