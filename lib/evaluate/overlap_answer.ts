/** A word of a text, and where it stands. */
interface PlacedWord {
  text: string;
  start: number;
  end: number;
  /** Whether only white space stands between it and the word before. */
  joined: boolean;
}

/** The words of a text; a Chinese character is one. */
function placedWords(text: string): PlacedWord[] {
  const words: PlacedWord[] = [];
  const pattern = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+/gu;
  for (const { 0: word, index } of text.matchAll(pattern)) {
    const gap = text.slice(words.at(-1)?.end ?? 0, index);
    const joined = words.length > 0 && gap.trim() === "";
    words.push({ text: word.toLowerCase(), start: index, end: index + word.length, joined });
  }
  return words;
}

/** How {@link overlapAnswer} looks for an answer. */
export interface OverlapAnswerOptions {
  /** The words on each side that are compared with the question. @default {10} */
  window?: number;
  /** The most words of an answer. @default {4} */
  maxWords?: number;
}

/**
 * Answers a question without having learnt anything: by the words of the text that stand where most words of the question do.
 *
 * A candidate is a run of words, with no punctuation between them, none of them in the question, and no short common words at
 * its ends; it counts the question's words within a window, rare ones more: `Σ log(1 + 1 / count(w))`. Of equals the one nearest
 * to those words counts.
 *
 * @example
 * ```ts
 * import { overlapAnswer } from "@tome/tome/evaluate";
 *
 * const text = "Rome is the capital of Italy. It lies on the river Tiber, and was built long ago.";
 * console.assert(overlapAnswer("On which river does it lie?", text, { window: 3 }).answer === "Tiber");
 * ```
 * @param question The question.
 * @param context The text.
 * @param options Sizes.
 * @returns The answer and where it begins; the text's beginning if there is no candidate.
 * @see Richardson et al., 2013, "MCTest: A Challenge Dataset for the Open-Domain Machine Comprehension of Text"
 */
export function overlapAnswer(
  question: string,
  context: string,
  { window = 10, maxWords = 4 }: OverlapAnswerOptions = {},
): { answer: string; start: number } {
  const asked = new Set(placedWords(question).map(({ text }) => text));
  const words = placedWords(context);
  const counts = new Map<string, number>();
  for (const { text } of words) counts.set(text, (counts.get(text) ?? 0) + 1);
  const weights = words.map(({ text }) => asked.has(text) ? Math.log1p(1 / counts.get(text)!) : 0);
  const common = ({ text, start }: PlacedWord) =>
    /^[a-z]{1,3}$/.test(text) && context[start] === text[0]; // in small letters, and short
  let best = { score: -Infinity, from: 0, to: 0 };
  for (let from = 0; from < words.length;) {
    let to = from;
    while (
      to < words.length && to < from + maxWords && !asked.has(words[to]!.text) &&
      (to === from || words[to]!.joined)
    ) to++;
    const next = Math.max(to, from + 1);
    while (from < to && common(words[from]!)) from++;
    while (to > from && common(words[to - 1]!)) to--;
    if (from < to) {
      let [score, near] = [0, 0];
      for (let i = Math.max(0, from - window); i < Math.min(words.length, to + window); i++) {
        if (!weights[i]) continue;
        score += weights[i]!;
        near += weights[i]! / (1 + (i < from ? from - i : i - to + 1));
      }
      score += 1e-3 * near;
      if (score > best.score) best = { score, from, to };
    }
    from = next;
  }
  if (best.score === -Infinity) return { answer: "", start: 0 };
  const { start } = words[best.from]!;
  return { answer: context.slice(start, words[best.to - 1]!.end), start };
}
