import { parseCsv } from "./csv.ts";
import { Standardizer } from "./series.ts";

/** Rows of numbers that belong to one of two classes. */
export interface ClassTable {
  /** What it is called. */
  name: string;
  /** The columns. */
  features: string[];
  /** The rows; what is missing is NaN. */
  rows: number[][];
  /** 1 for the class that is looked for, else 0. */
  labels: number[];
  /** What 0 and 1 mean. */
  classes: readonly [negative: string, positive: string];
}

/** How {@link parseClassTable} reads. */
export interface ClassTableOptions {
  /** The column of the class. */
  label: string;
  /** What stands there for the class that is looked for; all else is the other. */
  positive: string;
  /** Columns in which 0 stands for a value that is missing. @default {none} */
  zeroIsMissing?: readonly string[];
}

/**
 * Makes a table of a CSV text with a head. Columns of numbers stay; a column of words becomes a column of 0 and 1 for each word.
 *
 * @param name What it is called.
 * @param csv The text.
 * @param options Where the class stands.
 * @throws {SyntaxError} If there is no such column, or no row.
 */
export function parseClassTable(
  name: string,
  csv: string,
  { label, positive, zeroIsMissing = [] }: ClassTableOptions,
): ClassTable {
  const parsed = parseCsv(csv);
  if (parsed.length === 0 || !(label in parsed[0]!)) {
    throw new SyntaxError(
      `Cannot read the table ${name} as it must have rows and a column ${label}`,
    );
  }
  const missing = (field: string | undefined) => field === undefined || /^(NA|NaN|)$/.test(field);
  const columns = Object.keys(parsed[0]!).filter((column) => column !== label).flatMap((column) => {
    const fields = parsed.map((row) => row[column]);
    if (fields.every((field) => missing(field) || Number.isFinite(Number(field)))) {
      const empty = zeroIsMissing.includes(column);
      const numbers = fields.map((field) =>
        missing(field) || (empty && Number(field) === 0) ? NaN : Number(field)
      );
      return [{ name: column, numbers }];
    }
    return [...new Set(fields)].sort().map((word) => ({
      name: `${column} ${word}`,
      numbers: fields.map((field) => Number(field === word)),
    }));
  });
  const negative = parsed.map((row) => row[label]!).find((word) => word !== positive) ?? "";
  return {
    name,
    features: columns.map((column) => column.name),
    rows: parsed.map((_, i) => columns.map(({ numbers }) => numbers[i]!)),
    labels: parsed.map((row) => Number(row[label] === positive)),
    classes: [negative, positive],
  };
}

/**
 * Prepares rows for a model: what is missing becomes the column's median, and columns are standardized; all learned from the rows of
 * training alone.
 */
export class TablePreparation {
  /** The median of each column. */
  readonly median: readonly number[];
  /** Mean and deviation of each column. */
  readonly scale: Standardizer;

  /**
   * Learns from the rows of training.
   *
   * @param rows The rows; what is missing is NaN.
   * @throws {RangeError} If there are none.
   */
  constructor(rows: readonly (readonly number[])[]) {
    this.median = (rows[0] ?? []).map((_, c) => {
      const known = rows.map((row) => row[c]!).filter((value) => !Number.isNaN(value))
        .sort((a, b) => a - b);
      const half = known.length >> 1;
      if (known.length === 0) return 0;
      return known.length % 2 === 1 ? known[half]! : (known[half - 1]! + known[half]!) / 2;
    });
    this.scale = new Standardizer(rows.map((row) => this.#filled(row)));
  }

  #filled(row: readonly number[]): number[] {
    return row.map((value, c) => Number.isNaN(value) ? this.median[c]! : value);
  }

  /** The row as the model takes it. */
  apply(row: readonly number[]): number[] {
    return this.scale.apply(this.#filled(row));
  }
}
