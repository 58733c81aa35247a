import { escape } from "../../../view.ts";
import type { Figure, Trace } from "../../figure.ts";
import { legendPlace } from "../scales.ts";
import { type Box, cut, FAINT, INK, n, textWidth } from "./plot.ts";

/** The names of the traces, in a white box in a corner or in rows above the picture. */
export function legend(figure: Figure, box: Box): string[] {
  const place = legendPlace(figure);
  if (place.above) return above(figure.data, box);
  const width = 44 + 7.2 * Math.max(...figure.data.map((t) => name(t).length));
  const height = 18 * figure.data.length + 8;
  const left = place.right ? box.right - width - 6 : box.left + 8;
  const top = place.top ? box.top + 6 : box.bottom - height - 6;
  const rows = figure.data.map((trace, i) => {
    const y = top + 17 + 18 * i;
    return sign(trace, left + 8, y) +
      `<text x="${n(left + 34)}" y="${y}" fill="${INK}">${escape(name(trace))}</text>`;
  });
  const frame = `<rect x="${n(left)}" y="${top}" width="${n(width)}" height="${height}" rx="3" ` +
    `fill="#fff" fill-opacity="0.9" stroke="${FAINT}"/>`;
  return [frame, ...rows];
}

/** How many pixels high the legend above a picture is. */
export function legendHeight(figure: Figure, width: number): number {
  if (!figure.layout.showlegend || !legendPlace(figure).above) return 0;
  return 20 * rows(figure.data, width).length;
}

function above(data: readonly Trace[], box: Box): string[] {
  const lines = rows(data, box.right - box.left);
  return lines.flatMap((line, i) => {
    let x = box.right - line.reduce((sum, trace) => sum + entryWidth(trace), 0);
    const y = box.top - 8 - 20 * (lines.length - 1 - i);
    return line.map((trace) => {
      const entry = sign(trace, x, y) +
        `<text x="${n(x + 26)}" y="${y}" fill="${INK}">${escape(name(trace))}</text>`;
      x += entryWidth(trace);
      return entry;
    });
  });
}

function rows(data: readonly Trace[], width: number): Trace[][] {
  const made: Trace[][] = [[]];
  let used = 0;
  for (const trace of data) {
    const wide = entryWidth(trace);
    if (used + wide > width && made.at(-1)!.length > 0) {
      made.push([]);
      used = 0;
    }
    made.at(-1)!.push(trace);
    used += wide;
  }
  return made;
}

function entryWidth(trace: Trace): number {
  return 44 + textWidth(name(trace));
}

function name(trace: Trace): string {
  return "name" in trace ? cut(trace.name, 40) : "";
}

/** What stands for a trace before its name. */
function sign(trace: Trace, x: number, y: number): string {
  if (trace.type === "scatter" && trace.mode !== "markers") {
    const dash = trace.line.dash === "dot" ? ' stroke-dasharray="2 4"' : "";
    return `<path d="M${n(x)} ${y - 4}h20" stroke="${
      escape(trace.line.color)
    }" stroke-width="3"${dash}/>`;
  }
  const color = "marker" in trace && typeof trace.marker.color === "string"
    ? trace.marker.color
    : "line" in trace && typeof trace.line.color === "string"
    ? trace.line.color
    : "#8c959f";
  if (trace.type === "scatter") {
    return `<circle cx="${n(x + 10)}" cy="${y - 4}" r="4" fill="${escape(color)}"/>`;
  }
  const faint = trace.type === "bar" && trace.marker.opacity !== undefined
    ? ` fill-opacity="${trace.marker.opacity}"`
    : "";
  return `<rect x="${n(x + 6)}" y="${y - 10}" width="14" height="11" fill="${
    escape(color)
  }"${faint}/>`;
}
