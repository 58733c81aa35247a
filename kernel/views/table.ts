import { View } from "../view.ts";
import {
  type Align,
  card,
  count,
  htmlTable,
  note,
  short,
  textPicture,
  textTable,
} from "./markup.ts";

/** Rows of named values. */
export type Records = readonly Readonly<Record<string, unknown>>[];

/** Named columns, all of one length. */
export type Columns = Readonly<Record<string, ArrayLike<unknown>>>;

/** How {@link dataTable} draws. */
export interface DataTableOptions {
  /** The title. @default {how many rows and columns} */
  title?: string;
  /** The column by which the rows are sorted. @default {as they come} */
  sortBy?: string;
  /** Whether the greatest comes first. @default {false} */
  descending?: boolean;
  /** The most rows that are told, from both ends. @default {20} */
  maxRows?: number;
  /** The most columns that are told. @default {20} */
  maxColumns?: number;
}

/** Whether a value is a list of plain objects. */
export function isRecords(value: unknown): value is Records {
  return Array.isArray(value) && value.length > 0 && value.every(isPlain);
}

/** Whether a value is a plain object of lists that are all of one length. */
export function isColumns(value: unknown): value is Columns {
  if (!isPlain(value)) return false;
  const columns = Object.values(value);
  return columns.length > 0 && columns.every(isList) &&
    columns.every((column) =>
      (column as ArrayLike<unknown>).length === (columns[0] as ArrayLike<unknown>).length
    );
}

/** Whether a value is a table of data: rows or columns. */
export function isData(value: unknown): value is Records | Columns {
  return isRecords(value) || isColumns(value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) &&
    !(Symbol.for("Jupyter.display") in value);
}

function isList(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/**
 * Shows rows of data as a table with the type of each column.
 *
 * @param data A list of objects, or an object of columns.
 * @param options Order and limits.
 * @throws {RangeError} If the columns differ in length, or there is none by which to sort.
 */
export function dataTable(data: Records | Columns, options: DataTableOptions = {}): View {
  const { sortBy, descending = false, maxRows = 20, maxColumns = 20 } = options;
  const columns = columnsOf(data);
  const names = [...columns.keys()];
  const length = columns.size ? columns.get(names[0]!)!.length : 0;
  for (const [name, column] of columns) {
    if (column.length !== length) {
      throw new RangeError(
        `Cannot show columns as they must be of one length: current lengths are ${length} of ` +
          `${JSON.stringify(names[0])} and ${column.length} of ${JSON.stringify(name)}`,
      );
    }
  }
  const order = Array.from({ length }, (_, i) => i);
  if (sortBy !== undefined) {
    const column = columns.get(sortBy);
    if (!column) {
      throw new RangeError(
        `Cannot sort by ${JSON.stringify(sortBy)} as there is no such column: current columns are ${
          names.join(", ")
        }`,
      );
    }
    order.sort((a, b) => compare(column[a], column[b], descending));
  }
  const shown = names.slice(0, maxColumns);
  const rows: string[][] = ends(order, maxRows).map((i) =>
    i === undefined
      ? ["…", ...shown.map(() => "…")]
      : [count(i), ...shown.map((name) => tell(columns.get(name)![i]))]
  );
  const types = shown.map((name) => typeOf(columns.get(name)!));
  const align: Align[] = [
    "right",
    ...types.map((type) =>
      /^(number|int|float|bigint)/.test(type) ? "right" as const : "left" as const
    ),
  ];
  const title = options.title ?? `${count(length)} rows, ${count(names.length)} columns`;
  const rest = names.length - shown.length;
  const notes = [
    ...rest > 0
      ? [
        `${rest} more columns: ${names.slice(maxColumns, maxColumns + 20).join(", ")}${
          rest > 20 ? ", …" : ""
        }`,
      ]
      : [],
    ...sortBy === undefined
      ? []
      : [`sorted by ${sortBy}${descending ? ", the greatest first" : ""}`],
  ];
  const head = ["", ...shown];
  const plain = [title, ...notes, textTable([["", ...types], ...rows], { head, align })].join("\n");
  return new View({
    "text/plain": plain,
    "text/html": card(title, [
      ...notes.map(note),
      `<div style="overflow-x:auto">${htmlTable([["", ...types], ...rows], { head, align })}</div>`,
    ]),
    "image/svg+xml": textPicture(plain, title),
  });
}

/** Columns by name; what a row lacks is `undefined`. */
function columnsOf(data: Records | Columns): Map<string, ArrayLike<unknown>> {
  if (!Array.isArray(data)) return new Map(Object.entries(data as Columns));
  const rows = data as Records;
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return new Map([...names].map((name) => [name, rows.map((row) => row[name])]));
}

/** The type of a column; `?` says that some of its values are missing. */
function typeOf(column: ArrayLike<unknown>): string {
  if (ArrayBuffer.isView(column)) return column.constructor.name.replace("Array", "").toLowerCase();
  const types = new Set<string>();
  for (let i = 0; i < column.length; i++) types.add(kindOf(column[i]));
  const missing = types.delete("missing") ? "?" : "";
  return (types.size === 0 ? "empty" : [...types].sort().join(" | ")) + (types.size ? missing : "");
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "missing";
  if (typeof value === "object") {
    return Array.isArray(value) ? "array" : value.constructor?.name ?? "object";
  }
  return typeof value;
}

/** Numbers by size, texts by letters; what is missing or NaN comes last either way. */
function compare(a: unknown, b: unknown, descending: boolean): number {
  const last = (value: unknown) =>
    value === undefined || value === null || Number.isNaN(value) ? 1 : 0;
  if (last(a) || last(b)) return last(a) - last(b);
  const [x, y] = [comparable(a), comparable(b)];
  const sign = descending ? -1 : 1;
  if (typeof x === typeof y) return x < y ? -sign : x > y ? sign : 0;
  return String(x) < String(y) ? -sign : String(x) > String(y) ? sign : 0;
}

function comparable(value: unknown): number | bigint | string {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "string") {
    return value;
  }
  if (typeof value === "boolean") return Number(value);
  return value instanceof Date ? value.getTime() : String(value);
}

/** The first and the last of a long list, with a gap. */
function ends(order: readonly number[], most: number): (number | undefined)[] {
  if (order.length <= most) return [...order];
  const tail = Math.floor(most / 2);
  return [...order.slice(0, most - tail), undefined, ...order.slice(order.length - tail)];
}

/** A value in one short line. */
function tell(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return short(value, 6);
  if (typeof value === "bigint") return `${value}n`;
  const text = typeof value === "string"
    ? value
    : value instanceof Date && !Number.isNaN(value.getTime())
    ? value.toISOString()
    : Deno.inspect(value, { compact: true, depth: 2, breakLength: Infinity });
  const line = text.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
