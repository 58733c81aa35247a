/**
 * A run as a page of HTML with charts.
 *
 * @module
 */
import { barFigure, escape, type Figure, lineFigure, renderHtml } from "@tome/tome/display";
import type { Curve } from "./scaling.ts";
import type { Machine } from "./machine.ts";
import { conditions, goalsOf, type Limits, type Measured, tableOf, verdictsOf } from "./table.ts";

/** Makes the page. */
export function reportOf(
  machine: Machine,
  rounds: number,
  measured: readonly Measured[],
  limits: Limits,
  curves: readonly Curve[],
): Promise<string> {
  const parts: (string | Figure)[] = [`<p>${escape(conditions(machine, rounds))}.</p>`];
  for (const each of measured) {
    const { row, results } = each;
    parts.push(`<h2>${escape(row.title)}</h2>`, `<p>${escape(row.shape)}.</p>`);
    const ran = results.filter(({ median }) => median);
    const names = ran.map(({ name }) => name);
    if (ran.length > 0) {
      const wall = ran.map(({ median }) => median!.wallMillis);
      parts.push(barFigure(names, { wall }, { title: row.name, y: `ms a ${row.unit}` }));
    }
    const goals = goalsOf(verdictsOf(each));
    parts.push(table(tableOf(each, limits)));
    if (goals.length > 0) {
      parts.push(table([["how many times less", "goal", "measured", ""], ...goals]));
    }
  }
  if (curves.length > 0) parts.push("<h2>How Tome's step grows</h2>");
  for (const { name, unit, points } of curves) {
    const lines = Object.fromEntries(
      [...new Set(points.map(({ device }) => device))].map((device) => [
        device,
        points.filter((point) => point.device === device)
          .map(({ size, wallMillis }) => [size, wallMillis] as const),
      ]),
    );
    parts.push(
      lineFigure(lines, { title: name, x: unit, y: "ms a step", marked: Object.keys(lines) }),
    );
  }
  return renderHtml("Benchmark", parts);
}

function table([head = [], ...rows]: string[][]): string {
  const row = (cells: readonly string[], tag: "th" | "td") =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")}</tr>`;
  return `<table>\n${
    [row(head, "th"), ...rows.map((cells) => row(cells, "td"))].join("\n")
  }\n</table>`;
}
