import { table, type TableBundle } from "../tensor/mod.ts";
import type { Module } from "./module.ts";

/** One line of a {@link Summary}: a module, with what lies inside it. */
export interface SummaryRow {
  /** Where the module is, such as `"blocks.0.attn.qkv"`; `""` is the model. */
  path: string;
  /** The name of its class. */
  type: string;
  /** The shapes of its own parameters, by their names. */
  shapes: Record<string, number[]>;
  /** Parameters inside it; a tied one counts where it is first met. */
  parameters: number;
  /** Bytes of those parameters. */
  bytes: number;
  /** Multiplications and additions that its matrices take for one token, forward. */
  flopsPerToken: number;
}

/** A model's modules with their sizes; it prints as a table. */
export class Summary {
  /**
   * Takes the lines of the table.
   *
   * @param rows The model first, then its modules.
   */
  constructor(readonly rows: readonly SummaryRow[]) {}

  /** The table, as text and as HTML. */
  table(): TableBundle {
    const count = (n: number) => n.toLocaleString("en-US");
    const rows = this.rows.map((row) => [
      row.path || "(model)",
      row.type,
      Object.entries(row.shapes).map(([name, shape]) => `${name} [${shape.join(", ")}]`).join("  "),
      count(row.parameters),
      count(row.bytes),
      count(row.flopsPerToken),
    ]);
    const head = [
      "module",
      "type",
      "parameters of its own",
      "parameters",
      "bytes",
      "FLOPs per token",
    ];
    return table(rows, { head, numbersFrom: 3 });
  }

  /** The table as text. */
  toString(): string {
    return this.table()["text/plain"];
  }

  /** Called by Deno's Jupyter kernel, where a summary shows as a table. */
  [Symbol.for("Jupyter.display")](): TableBundle {
    return this.table();
  }
}

/**
 * The modules of a model, with their parameters, shapes, bytes and cost.
 *
 * The cost is what each module says of itself ({@link Module.flopsPerToken}).
 *
 * @param model The model.
 * @param depth How many levels of modules to list. @default {all}
 */
export function summary(model: Module, depth: number = Infinity): Summary {
  const all = [...model.namedParameters()];
  const rows: SummaryRow[] = [];
  for (const [path, module] of model.namedModules()) {
    if (path !== "" && path.split(".").filter((part) => !/^\d+$/.test(part)).length > depth) {
      continue;
    }
    const inside = all.filter(([name]) => path === "" || name.startsWith(`${path}.`));
    const own = inside.filter(([name]) => !name.slice(path ? path.length + 1 : 0).includes("."));
    const parameters = inside.reduce((sum, [, p]) => sum + p.size, 0);
    rows.push({
      path,
      type: module.constructor.name,
      shapes: Object.fromEntries(own.map(([name, p]) => [name.split(".").at(-1)!, p.shape])),
      parameters,
      bytes: 4 * parameters,
      flopsPerToken: module.flopsPerToken,
    });
  }
  return new Summary(rows);
}
