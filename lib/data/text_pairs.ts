import { Rng } from "../tensor/mod.ts";
import { readJsonLines } from "./json_lines.ts";
import { readLines } from "./lines.ts";

/** A text, and what is to be written from it. */
export interface TextPair {
  /** What is read. */
  source: string;
  /** What is written. */
  target: string;
}

/** How {@link readPairs} finds the texts. */
export interface ReadPairsOptions {
  /** The column of the sources: its number from 0, or in JSON Lines the name of its field. @default {0, "source"} */
  source?: number | string;
  /** The column of the targets. @default {1, "target"} */
  target?: number | string;
}

/**
 * Reads pairs of texts: two columns of tab-separated values, or two fields of JSON Lines, also compressed by gzip.
 *
 * Empty lines are left out, and so are pairs without a source or a target.
 *
 * @param path A file that ends in `.tsv` or `.jsonl`, or in `.tsv.gz` or `.jsonl.gz`.
 * @param options Which columns.
 * @returns The pairs, in order.
 * @throws {SyntaxError} If a line has no such columns; the message says which line.
 * @throws {TypeError} If the file's name ends in something else.
 */
export async function readPairs(
  path: string,
  options: ReadPairsOptions = {},
): Promise<TextPair[]> {
  const kind = /\.(tsv|jsonl)(\.gz)?$/.exec(path);
  if (!kind) {
    throw new TypeError(
      `Cannot read pairs as the file must end in .tsv or .jsonl, maybe with .gz: current file is ${path}`,
    );
  }
  const json = kind[1] === "jsonl";
  const { source = json ? "source" : 0, target = json ? "target" : 1 } = options;
  const pairOf = (row: unknown): TextPair => {
    const columns = (row ?? {}) as Record<string | number, unknown>;
    const [from, to] = [columns[source], columns[target]];
    if (typeof from === "string" && typeof to === "string") return { source: from, target: to };
    throw new SyntaxError(
      `it must have texts in ${source} and ${target}: current line is ${
        JSON.stringify(row).slice(0, 80)
      }`,
    );
  };
  const pairs: TextPair[] = [];
  for await (const pair of json ? readJsonLines(path, pairOf) : readTabs(path, pairOf)) {
    if (pair.source.trim() !== "" && pair.target.trim() !== "") pairs.push(pair);
  }
  return pairs;
}

async function* readTabs(
  path: string,
  pairOf: (row: string[]) => TextPair,
): AsyncGenerator<TextPair> {
  for await (const { text, number } of readLines(path)) {
    if (text.trim() === "") continue;
    try {
      yield pairOf(text.split("\t")); // quotes are ordinary here
    } catch (cause) {
      throw new SyntaxError(
        `Cannot read ${path}, line ${number} as it must be a pair: ${(cause as Error).message}`,
        { cause },
      );
    }
  }
}

const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July", "August", "September"],
  ...["October", "November", "December"],
];

/** Ways to write a date, by year, month from 0 and day. */
const WAYS: readonly ((year: number, month: number, day: number) => string)[] = [
  (y, m, d) => `${d} ${MONTHS[m]} ${y}`,
  (y, m, d) => `${MONTHS[m]} ${d}, ${y}`,
  (y, m, d) => `${d}. ${m + 1}. ${y}`,
  (y, m, d) => `${MONTHS[m]!.slice(0, 3)} ${d} ${y}`,
  (y, m, d) => `${m + 1}/${d}/${y}`,
];

/**
 * Makes pairs of a date as people write it and the same date as ISO 8601 has it: a task that is learned in minutes.
 *
 * @example
 * ```ts
 * import { datePairs } from "@tome/tome/data";
 *
 * const [pair] = datePairs(1, 1);
 * console.assert(/^\d{4}-\d\d-\d\d$/.test(pair!.target));
 * ```
 * @param count How many.
 * @param seed Equal seeds make equal pairs.
 * @returns Pairs such as `{ source: "3 March 2011", target: "2011-03-03" }`; some may be alike.
 */
export function datePairs(count: number, seed = 0): TextPair[] {
  const random = new Rng(seed);
  return Array.from({ length: count }, () => {
    const [year, month] = [1900 + random.int(200), random.int(12)];
    const day = 1 + random.int(new Date(Date.UTC(year, month + 1, 0)).getUTCDate());
    const two = (n: number) => String(n).padStart(2, "0");
    const way = WAYS[random.int(WAYS.length)]!;
    return { source: way(year, month, day), target: `${year}-${two(month + 1)}-${two(day)}` };
  });
}
