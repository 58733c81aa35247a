/**
 * A tagger that gives each word the tag that it has most often, and unknown words the commonest of all: the baseline of tagging.
 *
 * @see Jurafsky and Martin, 2024, "Speech and Language Processing", section 17.2
 */
export class MostFrequentTag {
  readonly #tags = new Map<string, string>();
  readonly #fallback: string;

  /**
   * Counts tags.
   *
   * @param sentences The words of sentences.
   * @param tags Their tags.
   * @throws {RangeError} If a sentence has other numbers of words and tags, or there are none.
   */
  constructor(
    sentences: readonly (readonly string[])[],
    tags: readonly (readonly string[])[],
  ) {
    const counts = new Map<string, Map<string, number>>();
    const add = (key: string, tag: string) => {
      const own = counts.get(key) ?? new Map<string, number>();
      counts.set(key, own.set(tag, (own.get(tag) ?? 0) + 1));
    };
    sentences.forEach((words, i) => {
      if (words.length !== tags[i]?.length) {
        throw new RangeError(
          `Cannot learn tags as sentence ${i} must have as many tags as words: ` +
            `current numbers are ${tags[i]?.length ?? 0} and ${words.length}`,
        );
      }
      words.forEach((word, j) => {
        add(`w${word}`, tags[i]![j]!);
        add("all", tags[i]![j]!);
      });
    });
    const common = (own: Map<string, number>) =>
      [...own].reduce((best, one) => one[1] > best[1] ? one : best)[0];
    const all = counts.get("all");
    if (!all) throw new RangeError("Cannot learn tags as there are no words");
    this.#fallback = common(all);
    for (const [key, own] of counts) if (key !== "all") this.#tags.set(key.slice(1), common(own));
  }

  /** The tags of a sentence's words. */
  predict(words: readonly string[]): string[] {
    return words.map((word) => this.#tags.get(word) ?? this.#fallback);
  }
}
