import { readCsv } from "./csv.ts";
import { type LabeledTexts, readClassFolders } from "./class_folders.ts";
import {
  encodeBatch,
  type EncodeBatchOptions,
  type EncodedBatch,
  type Tokenizer,
} from "../text/mod.ts";
import { readJsonLines } from "./json_lines.ts";
import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";

/** How {@link readLabeledTexts} finds texts and classes. */
export interface ReadLabeledTextsOptions {
  /** The column, or field, of the text. @default {"text"} */
  text?: string;
  /** The column, or field, of the class: a name, a number or a truth value. @default {"label"} */
  label?: string;
}

/**
 * Reads texts with their classes: a folder with a folder for each class, a table (`.csv`, `.tsv`) or JSON Lines (`.jsonl`), maybe packed (`.gz`).
 *
 * The classes of a file are numbered in the order of their names; numbers in the order of their size.
 *
 * @param path The folder or file.
 * @param options Which columns.
 * @throws {Deno.errors.NotFound} If it is not there.
 * @throws {TypeError} If the name of a file does not say what it is.
 * @throws {SyntaxError} If a row is malformed or lacks a column.
 * @throws {RangeError} If there are fewer than two classes.
 */
export async function readLabeledTexts(
  path: string,
  { text = "text", label = "label" }: ReadLabeledTextsOptions = {},
): Promise<LabeledTexts> {
  if ((await Deno.stat(path)).isDirectory) return await readClassFolders(path);
  const kind = /\.(csv|tsv|jsonl)(\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  if (!kind) {
    throw new TypeError(
      `Cannot read labelled texts as the file must end in .csv, .tsv or .jsonl, or be a folder: current path is ${path}`,
    );
  }
  const source: AsyncIterable<Readonly<Record<string, unknown>>> = kind === "jsonl"
    ? readJsonLines(path)
    : readCsv(path, kind === "tsv" ? { delimiter: "\t", quote: null } : {});
  const rows: [text: string, name: string][] = [];
  for await (const row of source) {
    const [words, name] = [row[text], row[label]];
    if (typeof words !== "string" || !["string", "number", "boolean"].includes(typeof name)) {
      throw new SyntaxError(
        `Cannot read ${path}, example ${
          rows.length + 1
        } as it must have a text in "${text}" and a class in "${label}": ` +
          `current columns are ${Object.keys(row).join(", ")}`,
      );
    }
    rows.push([words, String(name)]);
  }
  const collator = new Intl.Collator("en", { numeric: true });
  const names = [...new Set(rows.map(([, name]) => name))].sort(collator.compare);
  if (names.length < 2) {
    throw new RangeError(
      `Cannot read labelled texts as there must be two classes or more: current classes of ${path} are ${
        JSON.stringify(names)
      }`,
    );
  }
  const places = new Map(names.map((name, i) => [name, i]));
  return { names, examples: rows.map(([text, name]) => ({ text, label: places.get(name)! })) };
}

/** Texts and their classes as tensors, which belong to whoever made them. */
export interface LabeledTextBatch extends EncodedBatch {
  /** The class of each text, `[B]`, int32. */
  labels: Tensor;
}

/**
 * Makes the function that makes batches of texts with their classes: `collate` of a `DataLoader`.
 *
 * @param tokenizer Makes the tokens.
 * @param options Lengths, cuts, and how rows are filled up.
 */
export function collateLabeledTexts(
  tokenizer: Tokenizer,
  options: EncodeBatchOptions = {},
): (examples: readonly { readonly text: string; readonly label: number }[]) => LabeledTextBatch {
  return (examples) => ({
    ...encodeBatch(tokenizer, examples.map(({ text }) => text), options),
    labels: tf.tensor1d(examples.map(({ label }) => label), "int32"),
  });
}
