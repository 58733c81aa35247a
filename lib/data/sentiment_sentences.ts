/**
 * Sentences of reviews from IMDB, Yelp and Amazon, each praise or complaint.
 *
 * This is a module of its own, as it brings files of npm's `sentiment`.
 *
 * @module
 */
import { DownloadError } from "./download.ts";

/** A sentence of a review. */
export interface SentimentSentence {
  /** The sentence. */
  text: string;
  /** 1 for praise, 0 for complaint. */
  label: number;
  /** Where the review was written. */
  source: "imdb" | "yelp" | "amazon";
}

/** The names of the classes. */
export const SENTIMENT_CLASSES: readonly string[] = ["negative", "positive"];

/**
 * 3,000 sentences, 1,000 from each source, half of them praise.
 *
 * They come from the tests of npm's `sentiment` 5.0.2, which Deno fetches once (MIT; the sentences are the UCI repository's
 * "Sentiment Labelled Sentences", CC BY 4.0).
 *
 * @throws {DownloadError} If they cannot be had.
 * @see Kotzias et al., 2015, "From Group to Individual Labels using Deep Features"
 */
export async function sentimentSentences(): Promise<SentimentSentence[]> {
  const files = await fromPackage();
  return Object.entries(files).flatMap(([source, { default: entries }]) =>
    entries.flatMap(({ text, class: label }): SentimentSentence[] =>
      label === null ? [] : [{ // the last entry of each file is empty
        text: text.trim(),
        label,
        source: source as SentimentSentence["source"],
      }]
    )
  );
}

async function fromPackage() {
  try {
    // the specifiers are literals, so that deno.lock and `deno cache` know of them
    const [imdb, yelp, amazon] = await Promise.all([
      import("npm:sentiment@5.0.2/test/fixtures/imdb.json", { with: { type: "json" } }),
      import("npm:sentiment@5.0.2/test/fixtures/yelp.json", { with: { type: "json" } }),
      import("npm:sentiment@5.0.2/test/fixtures/amazon.json", { with: { type: "json" } }),
    ]);
    return { imdb, yelp, amazon } as unknown as Record<
      string,
      { default: { text: string; class: number | null }[] }
    >;
  } catch (cause) {
    throw new DownloadError(
      "Cannot load the sentences as npm's sentiment is not at hand; run once where npm can be reached",
      { cause },
    );
  }
}
