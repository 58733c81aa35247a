/** A row of a sparse matrix: what is not zero in it. */
export interface SparseRow {
  /** The columns, in ascending order. */
  columns: Uint32Array;
  /** What stands in them. */
  values: Float64Array;
}

/** How {@link BagOfWords} counts. */
export interface BagOfWordsOptions {
  /** The longest runs of words that are counted as a feature. @default {1} */
  maxRun?: number;
  /** How many texts a feature must occur in. @default {1} */
  minTexts?: number;
  /**
   * Whether counts are weighed by how rare a feature is, and rows have length 1: tf-idf with `ln((1 + n) / (1 + df)) + 1`, as scikit-learn.
   * @default {false}
   */
  tfIdf?: boolean;
  /** Splits a text. @default {words of two letters or more in small letters; Chinese characters alone and in pairs} */
  split?: (text: string) => string[];
}

/** Words as scikit-learn finds them, and Chinese by characters and pairs of characters. */
export function splitWords(text: string): string[] {
  const found: string[] = [];
  for (const [run] of text.toLowerCase().matchAll(/\p{Script=Han}+|[\p{L}\p{N}_]{2,}/gu)) {
    if (!/\p{Script=Han}/u.test(run)) {
      found.push(run);
      continue;
    }
    for (const part of run.match(/\p{Script=Han}+|[^\p{Script=Han}]{2,}/gu) ?? []) {
      if (!/\p{Script=Han}/u.test(part)) found.push(part);
      else {[...part].forEach((letter, i, all) =>
          found.push(letter, ...all[i + 1] ? [letter + all[i + 1]] : [])
        );}
    }
  }
  return found;
}

/** Texts as counts of words; the words are those of the texts that it was made of. */
export class BagOfWords {
  /** The features, in alphabetical order. */
  readonly features: readonly string[];
  readonly #column: ReadonlyMap<string, number>;
  readonly #rarity: Float64Array | undefined;
  readonly #runs: (text: string) => string[];

  /**
   * Collects the features of texts.
   *
   * @param texts The texts whose words count.
   * @param options What is counted.
   */
  constructor(
    texts: readonly string[],
    { maxRun = 1, minTexts = 1, tfIdf = false, split = splitWords }: BagOfWordsOptions = {},
  ) {
    this.#runs = (text) => {
      const words = split(text);
      const runs = [...words];
      for (let n = 2; n <= maxRun; n++) {
        for (let i = 0; i + n <= words.length; i++) runs.push(words.slice(i, i + n).join(" "));
      }
      return runs;
    };
    const texted = new Map<string, number>();
    for (const text of texts) {
      for (const run of new Set(this.#runs(text))) texted.set(run, (texted.get(run) ?? 0) + 1);
    }
    this.features = [...texted].filter(([, count]) => count >= minTexts).map(([run]) => run).sort();
    this.#column = new Map(this.features.map((feature, i) => [feature, i]));
    if (tfIdf) {
      this.#rarity = Float64Array.from(
        this.features,
        (feature) => Math.log((1 + texts.length) / (1 + texted.get(feature)!)) + 1,
      );
    }
  }

  /** The features of a text; words that are none are left out. */
  row(text: string): SparseRow {
    const counts = new Map<number, number>();
    for (const run of this.#runs(text)) {
      const column = this.#column.get(run);
      if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
    }
    const columns = Uint32Array.from(counts.keys()).sort();
    const values = Float64Array.from(columns, (c) => counts.get(c)! * (this.#rarity?.[c] ?? 1));
    if (this.#rarity) {
      const length = Math.hypot(...values) || 1;
      values.forEach((value, i) => values[i] = value / length);
    }
    return { columns, values };
  }
}
