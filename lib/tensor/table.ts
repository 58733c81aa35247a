/** A table as text and as HTML: what a terminal and a notebook show of the same rows. */
export interface TableBundle {
  /** For terminals and tests. */
  "text/plain": string;
  /** For notebooks. */
  "text/html": string;
}

/** How {@link table} lays out. */
export interface TableOptions {
  /** The names of the columns. @default {none} */
  head?: readonly string[];
  /** Columns from this one on are numbers, set to the right. @default {none} */
  numbersFrom?: number;
}

/** Sets rows of texts as a table. */
export function table(
  rows: readonly (readonly string[])[],
  { head, numbersFrom = Infinity }: TableOptions = {},
): TableBundle {
  const all = head ? [head, ...rows] : rows;
  const widths = (all[0] ?? []).map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => i < numbersFrom ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
      .join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  const text = head ? [line(head), rule, ...rows.map(line)] : rows.map(line);
  const safe = (cell: string) =>
    cell.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]!);
  const html = (row: readonly string[], first: string, rest: string) =>
    `<tr>${
      row.map((cell, i) =>
        i === 0 ? `<${first}>${safe(cell)}</${first}>` : `<${rest}>${safe(cell)}</${rest}>`
      )
        .join("")
    }</tr>`;
  const body = rows.map((row) => html(row, head ? "td" : "th", "td")).join("");
  return {
    "text/plain": text.join("\n"),
    "text/html": `<table>${head ? html(head, "th", "th") : ""}${body}</table>`,
  };
}
