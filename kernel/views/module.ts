import { Module } from "../../lib/nn/mod.ts";
import { DrawnView } from "../drawn_view.ts";
import type { View } from "../view.ts";
import { drawArchitecture, mermaidOf } from "./architecture.ts";
import {
  type Align,
  card,
  count,
  htmlTable,
  image,
  note,
  pre,
  svgSource,
  textTable,
} from "./markup.ts";
import { type ModuleNode, moduleTree, nodesOf, shapesOf } from "./module_tree.ts";

/** How {@link moduleView} draws. */
export interface ModuleViewOptions {
  /** What it is called. @default {the name of its class} */
  title?: string;
}

/** Whether a value is a module. */
export function isModule(value: unknown): value is Module {
  return value instanceof Module;
}

/**
 * Shows a module: its parts with shapes, parameters, bytes and cost as a table, and the architecture as boxes in boxes and as
 * Mermaid text. Parts of a list that are alike stand there once, with how many.
 *
 * @param module The module.
 * @param options What it is called.
 */
export function moduleView(module: Module, options: ModuleViewOptions = {}): View {
  const tree = moduleTree(module);
  const title = options.title ?? tree.row.type;
  const rows = [...nodesOf(tree)].map(([node, depth]) => tell(node, depth));
  const head = ["module", "type", "own parameters", "parameters", "bytes", "FLOPs per token"];
  const align: Align[] = ["left", "left", "left", "right", "right", "right"];
  const total = `${count(tree.row.parameters)} parameters`;
  const folded = [...nodesOf(tree)].some(([{ times }]) => times > 1)
    ? "; a line with × tells one of several that are alike"
    : "";
  const svg = drawArchitecture(tree, title);
  const mermaid = mermaidOf(tree, title);
  return new DrawnView({
    "text/plain": `${title}: ${total}${folded}\n${textTable(rows, { head, align })}`,
    "text/html": card(title, [
      note(total + folded),
      htmlTable(rows, { head, align }),
      image(svgSource(svg), `The architecture of ${title}`, "margin:.6em 0;"),
      `<details><summary>Mermaid</summary>${pre(mermaid)}</details>`,
    ]),
    "image/svg+xml": svg,
    "text/vnd.mermaid": mermaid,
  });
}

/** A line of the table. */
function tell({ path, times, row }: ModuleNode, depth: number): string[] {
  return [
    path ? "\u00a0\u00a0".repeat(depth - 1) + path : "(model)",
    row.type + (times > 1 ? ` ×${times}` : ""),
    shapesOf(row),
    count(row.parameters),
    count(row.bytes),
    count(row.flopsPerToken),
  ];
}
