/**
 * WNUT-17: rare and new names in tweets, comments and posts.
 *
 * @module
 */
import { readConll, type TaggedSentence } from "./conll.ts";
import { cachedDownload } from "./download.ts";
import { ownFile, type RemoteFile } from "./own_file.ts";

/** The part of a data set that an example is of. */
export type Wnut17Part = "train" | "validation" | "test";

const BASE =
  "https://raw.githubusercontent.com/leondz/emerging_entities_17/e52a2d2a71ac1a051ca2d532eef28653c5c02603";
const FILES: Readonly<Record<Wnut17Part, RemoteFile>> = {
  train: {
    url: `${BASE}/wnut17train.conll`,
    sha256: "731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5",
    name: "wnut17train.conll",
  },
  validation: {
    url: `${BASE}/emerging.dev.conll`,
    sha256: "e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8",
    name: "emerging.dev.conll",
  },
  test: {
    url: `${BASE}/emerging.test.annotated`,
    sha256: "2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0",
    name: "emerging.test.annotated",
  },
};

/** The kinds of names, in the order of the alphabet. */
export const WNUT17_KINDS: readonly string[] = [
  "corporation",
  "creative-work",
  "group",
  "location",
  "person",
  "product",
];

/**
 * The sentences of a part, with tags of the scheme IOB2: 3,394 for training, 1,009 for validation, 1,287 for the test.
 *
 * They are downloaded once (CC BY 4.0) and checked by their SHA-256; files of the same names in the folder that `TOME_DATA`
 * names are taken instead.
 *
 * @param part Which part.
 * @throws {DownloadError} If it cannot be had, or is not the expected file.
 * @throws {SyntaxError} If a line is malformed.
 * @see Derczynski et al., 2017, "Results of the WNUT2017 Shared Task on Novel and Emerging Entity Recognition"
 */
export async function wnut17(part: Wnut17Part): Promise<TaggedSentence[]> {
  const { url, sha256, name } = FILES[part];
  const path = await ownFile(name) ?? await cachedDownload(url, sha256, { name });
  return Array.fromAsync(readConll(path));
}
