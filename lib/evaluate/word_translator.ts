/** How a {@link WordTranslator} learns. */
export interface WordTranslatorOptions {
  /** How often the pairs are gone through. @default {5} */
  rounds?: number;
  /** Splits a source, and a target, into words. @default {`splitTokens`} */
  split?: (text: string) => string[];
  /** Joins the words of a target. @default {`joinTokens`} */
  join?: (words: readonly string[]) => string;
}

/**
 * Splits a text into words, numbers and single signs.
 *
 * @param text Any text.
 * @returns Its words in order, without white space.
 */
export function splitTokens(text: string): string[] {
  return text.match(/\p{L}[\p{L}\p{M}'’]*|\p{N}+|[^\s\p{L}\p{N}]/gu) ?? [];
}

/**
 * Joins words with blanks, but for those before the signs that close, after those that open, and between Chinese words.
 *
 * @param words What {@link splitTokens} gives.
 */
export function joinTokens(words: readonly string[]): string {
  return words.join(" ").replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, "").replace(
    / (?=[,.;:!?)\]}»”…])/gu,
    "",
  ).replace(/(?<=[([{«“¿¡]) /gu, "");
}

/**
 * A translator that writes, for each word, the one word that it most likely means, in the order of the source: the baseline
 * of translation.
 *
 * What words mean is learned from pairs of sentences alone, by IBM's first model: each word of a target comes of one word of
 * its source, or of none, and any is as likely before the words are looked at. Words that were never seen are copied.
 *
 * @example
 * ```ts
 * import { WordTranslator } from "@tome/tome/evaluate";
 * import assert from "node:assert/strict";
 *
 * const translator = new WordTranslator([
 *   { source: "the house", target: "la casa" },
 *   { source: "the book", target: "el libro" },
 *   { source: "a book", target: "un libro" },
 *   { source: "a house", target: "una casa" },
 * ]);
 * assert.equal(translator.meaning("book"), "libro");
 * ```
 * @see Brown et al., 1993, "The Mathematics of Statistical Machine Translation: Parameter Estimation", §4.1
 */
export class WordTranslator {
  readonly #meanings = new Map<string, string>();
  readonly #split: (text: string) => string[];
  readonly #join: (words: readonly string[]) => string;

  /**
   * Learns the words of pairs.
   *
   * @param pairs Sentences and their translations.
   * @param options How words are split and joined, and how long it learns.
   * @throws {RangeError} If there are no pairs, or `rounds` is no positive integer.
   */
  constructor(
    pairs: readonly { source: string; target: string }[],
    { rounds = 5, split = splitTokens, join = joinTokens }: WordTranslatorOptions = {},
  ) {
    if (pairs.length === 0 || !(Number.isInteger(rounds) && rounds >= 1)) {
      throw new RangeError(
        `Cannot learn words as there must be a pair and a round: ` +
          `current numbers are ${pairs.length} and ${rounds}`,
      );
    }
    this.#split = split;
    this.#join = join;
    const [sources, targets] = [new Numbering(), new Numbering()];
    sources.of(""); // number 0, of which words come that have no source
    const sentences = pairs.map(({ source, target }) => ({
      source: [0, ...split(source).map((word) => sources.of(word.toLowerCase()))],
      target: split(target).map((word) => targets.of(word)),
    }));
    const likely = expectMeanings(sentences, sources.words.length, targets.words.length, rounds);
    likely.forEach((row, s) => {
      if (s === 0) return;
      let [best, most] = [-1, 0];
      for (const [t, p] of row) if (p > most) [best, most] = [t, p];
      if (best >= 0) this.#meanings.set(sources.words[s]!, targets.words[best]!);
    });
  }

  /**
   * What a word most likely means.
   *
   * @param word A word of the sources, in small or capital letters.
   * @returns A word of the targets; undefined for one never seen.
   */
  meaning(word: string): string | undefined {
    return this.#meanings.get(word.toLowerCase());
  }

  /** Translates a text word by word. */
  translate(text: string): string {
    return this.#join(this.#split(text).map((word) => this.meaning(word) ?? word));
  }
}

/** Words and their numbers from 0. */
class Numbering {
  readonly words: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of a word, a new one for a new word. */
  of(word: string): number {
    let number = this.#numbers.get(word);
    if (number === undefined) {
      number = this.words.push(word) - 1;
      this.#numbers.set(word, number);
    }
    return number;
  }
}

/** How likely each word of a source means each of a target, by expectation and maximisation from even chances. */
function expectMeanings(
  sentences: readonly { source: number[]; target: number[] }[],
  sources: number,
  targets: number,
  rounds: number,
): Map<number, number>[] {
  let likely: Map<number, number>[] | undefined;
  for (let round = 0; round < rounds; round++) {
    const counts = Array.from({ length: sources }, () => new Map<number, number>());
    for (const { source, target } of sentences) {
      for (const t of target) {
        const shares = source.map((s) => likely ? likely[s]!.get(t)! : 1 / targets);
        const sum = shares.reduce((a, b) => a + b);
        source.forEach((s, i) => {
          counts[s]!.set(t, (counts[s]!.get(t) ?? 0) + shares[i]! / sum);
        });
      }
    }
    for (const row of counts) {
      let total = 0;
      for (const count of row.values()) total += count;
      for (const [t, count] of row) row.set(t, count / total);
    }
    likely = counts;
  }
  return likely!;
}
