/**
 * Translations and summaries: pairs of texts for models that read one and write the other.
 *
 * @module
 */
import { DownloadError } from "./download.ts";
import { ownFile } from "./own_file.ts";
import { readPairs, type TextPair } from "./text_pairs.ts";

/** A set of translations. */
export type TranslationSet = "bible-nt-en-es" | "debian-en-es" | "debian-en-zh_CN" | "debian-en-de";

async function required(name: string, origin: string): Promise<string> {
  const path = await ownFile(name);
  if (path) return path;
  throw new DownloadError(
    `Cannot load ${name} as it must lie in the folder that TOME_DATA names: it is made of ${origin}`,
  );
}

/**
 * Translations from English: 7,505 verses of the New Testament into Spanish, or descriptions of Debian's packages into
 * Spanish (3,146), Chinese (1,624) or German (19,914).
 *
 * They lie as `NAME.tsv`, maybe packed, in the folder that `TOME_DATA` names. The verses are those of Debian's
 * `sword-text-web` 426.0 and `sword-text-sparv` 2.60 (both in the public domain), the descriptions those of its `Translation`
 * files (free, of mixed licences).
 *
 * @param name Which set.
 * @throws {DownloadError} If it is not there.
 * @throws {SyntaxError} If a line is malformed.
 */
export async function translationPairs(name: TranslationSet): Promise<TextPair[]> {
  const origin = name.startsWith("bible")
    ? "Debian's sword-text-web and sword-text-sparv"
    : "the Translation files of Debian's packages";
  return readPairs(await required(`${name}.tsv`, origin));
}

/**
 * Descriptions of Debian's packages with their summaries of a line: 8,544.
 *
 * They lie as `debian-summaries.jsonl`, maybe packed, in the folder that `TOME_DATA` names, and are made of bookworm's
 * `Translation-en` (free, of mixed licences).
 *
 * @throws {DownloadError} If they are not there.
 * @throws {SyntaxError} If a line is malformed.
 */
export async function debianSummaries(): Promise<TextPair[]> {
  const path = await required("debian-summaries.jsonl", "Debian's Translation-en");
  return readPairs(path, { source: "text", target: "summary" });
}
