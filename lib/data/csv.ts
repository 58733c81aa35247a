import { readPieces } from "./lines.ts";

/** How {@link readCsv} and {@link parseCsv} read. */
export interface CsvOptions {
  /** What stands between the fields; `"\t"` for TSV. @default {","} */
  delimiter?: string;
  /** What stands around fields that hold delimiters, quotes or line ends; `null` if quotes are ordinary. @default {'"'} */
  quote?: string | null;
  /** Whether the first row names the columns; or their names. @default {true} */
  header?: boolean | readonly string[];
}

/** A row of a CSV file: column to field. Columns without a name are called by their number, from 0. */
export type CsvRow = Record<string, string>;

/**
 * Reads a CSV file row by row, however long it is.
 *
 * @param path The file, UTF-8; one whose name ends in `.gz` is unpacked on the way.
 * @param options The delimiter, the quote and the names of the columns.
 * @throws {SyntaxError} If a row is malformed; the message names the file, the line and the column.
 * @see Shafranovich, 2005, "Common Format and MIME Type for Comma-Separated Values", RFC 4180
 */
export async function* readCsv(
  path: string | URL,
  options: CsvOptions = {},
): AsyncGenerator<CsvRow> {
  const reader = new CsvReader(`${path}`, options);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (piece?: Uint8Array) => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch (cause) {
      throw new SyntaxError(
        `Cannot read ${path} as it must be UTF-8: a byte after line ${reader.line} is not`,
        { cause },
      );
    }
  };
  for await (const piece of readPieces(path)) yield* reader.read(decode(piece));
  yield* reader.read(decode());
  yield* reader.end();
}

/**
 * Reads a text in CSV.
 *
 * @example
 * ```ts
 * import { parseCsv } from "@tome/tome/data";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseCsv('text,label\n"a ""whale"", white",1\n'), [{ text: 'a "whale", white', label: "1" }]);
 * ```
 * @throws {SyntaxError} If a row is malformed; the message names the line and the column.
 */
export function parseCsv(text: string, options: CsvOptions = {}): CsvRow[] {
  const reader = new CsvReader("the text", options);
  return [...reader.read(text.replace(/^\ufeff/, "")), ...reader.end()];
}

/** Where a character may stand: before a field, in a plain one, in a quoted one, or behind its closing quote. */
type State = "start" | "plain" | "quoted" | "closed";

class CsvReader {
  line = 1;
  readonly #name: string;
  readonly #delimiter: string;
  readonly #quote: string | null;
  #header: readonly string[] | undefined;
  #headerFollows: boolean;
  #state: State = "start";
  #field = "";
  #row: string[] = [];
  #column = 0;
  #opened: [number, number] = [1, 1];
  #first = 1; // the line that the row begins on
  #afterReturn = false;

  constructor(name: string, { delimiter = ",", quote = '"', header = true }: CsvOptions) {
    for (const [what, value] of Object.entries({ delimiter, quote })) {
      if (value === null || (value.length === 1 && !/[\r\n]/.test(value))) continue;
      throw new RangeError(
        `Cannot read CSV as ${what} must be one character: current ${what} is ${
          JSON.stringify(value)
        }`,
      );
    }
    this.#name = name;
    this.#delimiter = delimiter;
    this.#quote = quote;
    this.#headerFollows = header === true;
    if (typeof header !== "boolean") this.#header = header;
  }

  *read(text: string): Generator<CsvRow> {
    for (const character of text) {
      this.#column++;
      if (this.#state === "quoted") {
        if (character === this.#quote) this.#state = "closed";
        else {
          this.#field += character;
          if (character === "\n") this.#newLine();
        }
        continue;
      }
      const wasReturn = this.#afterReturn;
      this.#afterReturn = character === "\r";
      if (character === "\n" && wasReturn) this.#newLine(false); // of "\r\n"; the row has ended
      else if (character === "\n" || character === "\r") {
        yield* this.#endRow();
        this.#newLine();
      } else if (character === this.#delimiter) this.#endField();
      else if (character !== this.#quote) {
        if (this.#state === "closed") {
          this.#refuse("nothing may stand between a closing quote and the delimiter", character);
        }
        this.#field += character;
        this.#state = "plain";
      } else if (this.#state === "closed") { // two quotes stand for one
        this.#field += character;
        this.#state = "quoted";
      } else if (this.#state === "start") {
        this.#state = "quoted";
        this.#opened = [this.line, this.#column];
      } else this.#refuse("a field with a quote must begin with one", character);
    }
  }

  *end(): Generator<CsvRow> {
    if (this.#state === "quoted") {
      [this.line, this.#column] = this.#opened;
      this.#refuse("a quoted field must end", this.#quote!);
    }
    yield* this.#endRow();
  }

  #newLine(counts = true): void {
    if (counts) this.line++;
    this.#column = 0;
    if (this.#state !== "quoted") this.#first = this.line;
  }

  #endField(): void {
    this.#row.push(this.#field);
    this.#field = "";
    this.#state = "start";
  }

  *#endRow(): Generator<CsvRow> {
    if (this.#row.length === 0 && this.#state === "start") return; // an empty line
    this.#endField();
    const row = this.#row;
    this.#row = [];
    if (this.#headerFollows) {
      this.#headerFollows = false;
      const twice = row.find((name, i) => row.indexOf(name) !== i);
      if (twice !== undefined) {
        this.#refuse("its columns must have names that differ", twice, row.lastIndexOf(twice));
      }
      this.#header = row;
      return;
    }
    const names = this.#header;
    if (names && names.length !== row.length) {
      throw new SyntaxError(
        `Cannot read ${this.#name}, line ${this.#first} as each row must have ${names.length} fields: current row has ${row.length}`,
      );
    }
    yield Object.fromEntries(row.map((field, i) => [names?.[i] ?? `${i}`, field]));
  }

  #refuse(why: string, what: string, field?: number): never {
    const place = field === undefined ? `column ${this.#column}` : `field ${field + 1}`;
    throw new SyntaxError(
      `Cannot read ${this.#name}, line ${this.line}, ${place} as ${why}: current text is ${
        JSON.stringify(what)
      }`,
    );
  }
}
