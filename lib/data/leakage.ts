/** An example of one part that also stands, or nearly, in another. */
export interface Leak {
  /** Its position in the part that is measured on. */
  held: number;
  /** The position of the example that it is like, in the part that is learned from. */
  train: number;
  /** How alike they are: 1 for the same text, but for case, white space and punctuation; else the share of common shingles. */
  similarity: number;
}

/** How {@link findLeaks} compares. */
export interface FindLeaksOptions {
  /** The least similarity that counts, above 0; 1 finds only texts that are the same. @default {0.8} */
  threshold?: number;
  /** How many words, or characters of a text without spaces, a shingle has. @default {3} */
  shingle?: number;
}

/**
 * Finds texts to measure a model on that it has seen, or nearly: what it gets right there says nothing.
 *
 * Texts are compared in Unicode's form NFKC, in lower case, without punctuation, by the sets of all their shingles, which are
 * words that follow one another: `|A ∩ B| / |A ∪ B|`. Chinese and Japanese characters count as words. Only texts that
 * share a shingle are compared, the rarest ones first, so that large sets need no comparison of all with all.
 *
 * @example
 * ```ts
 * import { findLeaks } from "@tome/tome/data";
 * import assert from "node:assert/strict";
 *
 * const leaks = findLeaks(["Call me Ishmael.", "It was a damp night."], ["CALL ME  ISHMAEL", "A whale!"]);
 * assert.deepEqual(leaks, [{ held: 0, train: 0, similarity: 1 }]);
 * ```
 * @param train The texts that a model learns from.
 * @param held The texts that it is measured on.
 * @param options What counts as alike.
 * @returns For each text of `held` that has a like, the one that is most alike; the first of equals.
 * @throws {RangeError} If an option is out of range.
 * @see Broder, 1997, "On the resemblance and containment of documents"
 */
export function findLeaks(
  train: readonly string[],
  held: readonly string[],
  { threshold = 0.8, shingle = 3 }: FindLeaksOptions = {},
): Leak[] {
  if (!(threshold > 0 && threshold <= 1)) {
    throw new RangeError(
      `Cannot find leaks as threshold must be above 0 and at most 1: current threshold is ${threshold}`,
    );
  }
  if (!(Number.isSafeInteger(shingle) && shingle >= 1)) {
    throw new RangeError(
      `Cannot find leaks as shingle must be a whole number above 0: current shingle is ${shingle}`,
    );
  }
  const words = train.map(wordsOf);
  const same = new Map<string, number>();
  const places = new Map<string, number[]>(); // of each shingle, the texts that have it
  const sizes = words.map((list, t) => {
    const key = list.join(" ");
    if (!same.has(key)) same.set(key, t);
    if (threshold === 1) return 0;
    const set = shinglesOf(list, shingle);
    for (const one of set) {
      const texts = places.get(one);
      if (texts) texts.push(t);
      else places.set(one, [t]);
    }
    return set.size;
  });
  const leaks: Leak[] = [];
  for (const [h, text] of held.entries()) {
    const list = wordsOf(text);
    const twin = same.get(list.join(" "));
    if (twin !== undefined) {
      leaks.push({ held: h, train: twin, similarity: 1 });
      continue;
    }
    if (threshold === 1) continue;
    const own = shinglesOf(list, shingle);
    // of n shingles at least ⌈threshold n⌉ must be common, so one of any n − ⌈threshold n⌉ + 1 is: the rarest are asked
    const rarest = [...own].sort((a, b) =>
      (places.get(a)?.length ?? 0) - (places.get(b)?.length ?? 0)
    ).slice(0, own.size - Math.ceil(threshold * own.size) + 1);
    const candidates = new Set(rarest.flatMap((one) => places.get(one) ?? []));
    let best: Leak | undefined;
    for (const t of [...candidates].sort((a, b) => a - b)) {
      if (Math.min(sizes[t]!, own.size) < threshold * Math.max(sizes[t]!, own.size)) continue;
      const common = own.intersection(shinglesOf(words[t]!, shingle)).size;
      const similarity = common / (sizes[t]! + own.size - common);
      if (similarity >= threshold && similarity > (best?.similarity ?? 0)) {
        best = { held: h, train: t, similarity };
      }
    }
    if (best) leaks.push(best);
  }
  return leaks;
}

/** The words of a text in their plainest form; Chinese and Japanese characters each count as one. */
function wordsOf(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[[\p{L}\p{M}\p{N}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]]+/gv,
  ) ?? [];
}

/** The runs of words; a text with fewer is one run. */
function shinglesOf(words: readonly string[], length: number): Set<string> {
  if (words.length <= length) return new Set([words.join(" ")]);
  return new Set(
    Array.from(
      { length: words.length - length + 1 },
      (_, i) => words.slice(i, i + length).join(" "),
    ),
  );
}
