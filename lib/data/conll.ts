import { readLines } from "./lines.ts";

/** A sentence in tokens, with a tag for each. */
export interface TaggedSentence {
  /** The tokens. */
  tokens: string[];
  /** The tag of each token, such as `"B-person"`. */
  tags: string[];
}

/** How {@link readConll} reads. */
export interface ConllOptions {
  /** The column of the tokens, from 0. @default {0} */
  token?: number;
  /** The column of the tags, from 0; negative numbers count from the end. @default {-1} */
  tag?: number;
  /** What stands between columns. @default {white space; within a line with a tab, tabs} */
  separator?: string;
}

/**
 * Reads a file with a token a line, its tags in further columns, and an empty line between sentences.
 *
 * Lines of white space alone count as empty, as WNUT-17 has them; so do the lines `-DOCSTART-` of CoNLL-2003.
 *
 * @param path The file; one whose name ends in `.gz` is unpacked on the way.
 * @param options Which columns.
 * @throws {SyntaxError} If a line lacks a column; the message names the file, the line and the column.
 * @see Tjong Kim Sang and De Meulder, 2003, "Introduction to the CoNLL-2003 Shared Task"
 */
export async function* readConll(
  path: string | URL,
  options: ConllOptions = {},
): AsyncGenerator<TaggedSentence> {
  const { token = 0, tag = -1, separator } = options;
  let sentence: TaggedSentence = { tokens: [], tags: [] };
  let width: number | undefined;
  for await (const { text, number } of readLines(path)) {
    if (text.trim() === "" || text.startsWith("-DOCSTART-")) {
      if (sentence.tokens.length > 0) yield sentence;
      sentence = { tokens: [], tags: [] };
      continue;
    }
    const columns = separator !== undefined
      ? text.split(separator)
      : text.includes("\t")
      ? text.split("\t")
      : text.trim().split(/ +/);
    width ??= columns.length;
    if (columns.length !== width || width < 2) {
      throw new SyntaxError(
        `Cannot read ${path}, line ${number}, column ${
          Math.min(columns.length, width) + 1
        } as each line must have ${Math.max(2, width)} columns: current line is ${
          JSON.stringify(text)
        }`,
      );
    }
    const [word, mark] = [columns.at(token)?.trim(), columns.at(tag)?.trim()];
    if (!word || !mark) {
      throw new SyntaxError(
        `Cannot read ${path}, line ${number}, column ${
          (word ? tag < 0 ? width + tag : tag : token) + 1
        } as it must not be empty: current line is ${JSON.stringify(text)}`,
      );
    }
    sentence.tokens.push(word);
    sentence.tags.push(mark);
  }
  if (sentence.tokens.length > 0) yield sentence;
}
