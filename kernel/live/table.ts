import { table } from "../../lib/tensor/mod.ts";
import { trust, type TrustedHost } from "../trust/mod.ts";
import { View } from "../view.ts";
import { Screen } from "./screen.ts";

/** A row of a {@link LiveTable}: what was tried, or what came of it, by name. */
export type LiveRow = Readonly<Record<string, string | number | boolean>>;

/** A table that grows in its place in a notebook, such as of runs with different hyper-parameters. */
export class LiveTable {
  readonly #rows: LiveRow[] = [];
  readonly #screen: Screen | undefined;

  /**
   * Begins an empty table; nothing is shown before its first row.
   *
   * @param host The kernel to show it in, for tests; without one, only {@link view} shows it.
   */
  constructor(host: TrustedHost | undefined = trust()) {
    this.#screen = host && new Screen(host);
  }

  /** The rows so far. */
  get rows(): readonly LiveRow[] {
    return this.#rows;
  }

  /** Adds a row and shows the table, under the other rows in the same place. */
  async add(row: LiveRow): Promise<void> {
    this.#rows.push(row);
    await this.#screen?.finish(this.view().bundle);
  }

  /** The table as it is now. */
  view(): View {
    const head = [...new Set(this.#rows.flatMap(Object.keys))];
    const rows = this.#rows.map((row) => head.map((name) => text(row[name])));
    return new View({ ...table(rows, { head, numbersFrom: 0 }) });
  }
}

function text(value: LiveRow[string] | undefined): string {
  if (typeof value !== "number") return String(value ?? "");
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
