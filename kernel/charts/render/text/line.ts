import type { Layout, LineTrace } from "../../figure.ts";
import { scale } from "../scale.ts";

/** Marks of the second and later lines, whose points are drawn singly. */
const MARKS = ["o", "x", "+", "*", "#", "@"];

/** Draws lines and points in characters: a line first in Braille dots, the points of all others as letters. */
export function lineText(
  data: readonly LineTrace[],
  layout: Layout,
  width: number,
  height: number,
): string {
  const x = scale(data.flatMap((t) => t.x), { snug: true, log: layout.xaxis.type === "log" });
  const y = scale(data.flatMap((t) => t.y), { count: 5, log: layout.yaxis.type === "log" });
  const rows = Array.from({ length: height }, () => new Array<string>(width).fill(" "));
  const first = data[0];
  const drawn = first && first.mode !== "markers" ? 1 : 0;
  if (first && drawn) drawBraille(rows, first.x.map(x.at), first.y.map(y.at));
  for (const [i, trace] of data.slice(drawn).entries()) {
    for (const [j, value] of trace.y.entries()) {
      const [a, b] = [x.at(trace.x[j]!), y.at(value)];
      if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
      const row = rows[height - 1 - Math.round(b * (height - 1))]!;
      row[Math.round(a * (width - 1))] = MARKS[i % MARKS.length]!;
    }
  }
  const labels = new Map<number, string>();
  for (const tick of y.ticks) {
    labels.set(height - 1 - Math.round(y.at(tick) * (height - 1)), y.label(tick));
  }
  const margin = Math.max(...[...labels.values()].map((label) => label.length));
  const lines = rows.map((row, i) => {
    const label = labels.get(i);
    return `${(label ?? "").padStart(margin)} ${label ? "┤" : "│"}${row.join("")}`.trimEnd();
  });
  const name = (i: number) =>
    `${i < drawn ? "⠒⠒" : MARKS[(i - drawn) % MARKS.length]} ${data[i]!.name}`;
  const legend = data.length > 1 ? data.map((_, i) => name(i)).join("   ") : "";
  const heading = [layout.title.text, legend].filter(Boolean).join("   ");
  return [
    ...(heading ? [heading] : []),
    `${layout.yaxis.title.text}`,
    ...lines,
    `${" ".repeat(margin)} └${"─".repeat(width)}`,
    " ".repeat(margin + 2) + footer(x.ticks.map((t) => [x.at(t), x.label(t)]), width),
    " ".repeat(margin + 2) +
    layout.xaxis.title.text.padStart((width + layout.xaxis.title.text.length) >> 1),
  ].join("\n");
}

/** The labels of the lower axis, none over another. */
function footer(ticks: [number, string][], width: number): string {
  let line = "";
  for (const [at, label] of ticks) {
    const middle = Math.round(at * (width - 1)) - (label.length >> 1);
    const start = Math.max(0, Math.min(middle, width - label.length));
    if (start < line.length + (line ? 2 : 0)) continue;
    line = line.padEnd(start) + label;
  }
  return line;
}

/** Draws a line of places from 0 to 1 into rows of Braille characters, each 2 dots wide and 4 high. */
function drawBraille(rows: string[][], xs: number[], ys: number[]): void {
  const [height, width] = [rows.length, rows[0]!.length];
  const bits = rows.map((row) => new Uint8Array(row.length));
  const dot = (a: number, b: number) => {
    const [column, row] = [Math.round(a), 4 * height - 1 - Math.round(b)];
    const weight = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]][row & 3]![column & 1]!;
    bits[row >> 2]![column >> 1]! |= weight;
  };
  let last: [number, number] | undefined;
  for (const [i, value] of ys.entries()) {
    const [a, b] = [xs[i]! * (2 * width - 1), value * (4 * height - 1)];
    if (!Number.isFinite(a) || !Number.isFinite(b)) {
      last = undefined;
      continue;
    }
    const [fromA, fromB] = last ?? [a, b];
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(a - fromA), Math.abs(b - fromB))));
    for (let k = 0; k <= steps; k++) {
      dot(fromA + (a - fromA) * k / steps, fromB + (b - fromB) * k / steps);
    }
    last = [a, b];
  }
  for (const [r, row] of rows.entries()) {
    for (let c = 0; c < width; c++) {
      if (bits[r]![c]) row[c] = String.fromCodePoint(0x2800 + bits[r]![c]!);
    }
  }
}
