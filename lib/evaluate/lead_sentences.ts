/**
 * The first sentences of a text: the baseline of summaries, as texts tend to begin with what they are about.
 *
 * @example
 * ```ts
 * import { leadSentences } from "@tome/tome/evaluate";
 * import assert from "node:assert/strict";
 *
 * assert.equal(leadSentences("A game of war. It is free."), "A game of war.");
 * ```
 * @param text The text.
 * @param count How many sentences.
 * @param language Whose rules part sentences, as BCP 47 names it.
 * @returns The sentences, without the white space around them; the whole text if it has no more.
 * @throws {RangeError} If `count` is no positive integer.
 * @see Nallapati et al., 2017, "SummaRuNNer", §4.1
 */
export function leadSentences(text: string, count = 1, language = "en"): string {
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new RangeError(
      `Cannot take sentences as count must be a positive integer: current count is ${count}`,
    );
  }
  let lead = "";
  let taken = 0;
  for (
    const { segment } of new Intl.Segmenter(language, { granularity: "sentence" }).segment(text)
  ) {
    lead += segment;
    if (segment.trim() !== "" && ++taken === count) break;
  }
  return lead.trim();
}
