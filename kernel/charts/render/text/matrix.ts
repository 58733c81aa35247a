import type { HeatmapTrace, Layout, SurfaceTrace } from "../../figure.ts";
import { short } from "../../values.ts";
import { fit, textWidth } from "./width.ts";

const SHADES = " ░▒▓█";

/** Draws a matrix as a table of its texts where they fit, else in shades, two characters a cell where there is room. */
export function matrixText(
  trace: HeatmapTrace | SurfaceTrace,
  layout: Layout,
  width: number,
): string {
  const columns = labels(layout.xaxis, trace.x);
  const rows = labels(layout.yaxis, trace.y);
  const margin = Math.min(16, Math.max(...rows.map(textWidth)));
  const order = trace.type === "surface"
    ? trace.y.map((_, i) => trace.y.length - 1 - i)
    : trace.y.map((_, i) => i);
  if (trace.type === "heatmap" && trace.text) {
    const wide = Math.min(10, Math.max(...[...columns, ...trace.text.flat()].map(textWidth)));
    if ((wide + 2) * columns.length <= width + 20) {
      return [
        `${trace.colorbar.title.text}: ${layout.yaxis.title.text} downwards, ${layout.xaxis.title.text} across`,
        " ".repeat(margin) + columns.map((c) => "  " + fit(c, wide)).join(""),
        ...order.map((r) =>
          fit(rows[r]!, margin) + trace.text![r]!.map((t) => "  " + fit(t, wide)).join("")
        ),
      ].join("\n");
    }
  }
  const [low, high] = trace.type === "heatmap"
    ? [trace.zmin, trace.zmax]
    : [trace.cmin, trace.cmax];
  const stepX = Math.max(1, Math.ceil(columns.length / width));
  const stepY = Math.max(1, Math.ceil(rows.length / 32));
  const twice = columns.length * 2 <= width ? 2 : 1;
  const shade = (r: number, c: number) => {
    const values: number[] = [];
    for (const row of trace.z.slice(r, r + stepY)) {
      for (const v of row.slice(c, c + stepX)) if (v !== null) values.push(v);
    }
    if (values.length === 0) return "·".repeat(twice);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const place = high > low ? (mean - low) / (high - low) : 0.5;
    return SHADES[Math.min(4, Math.max(0, Math.floor(place * 5)))]!.repeat(twice);
  };
  const starts = trace.x.map((_, i) => i).filter((i) => i % stepX === 0);
  return [
    `${trace.colorbar.title.text}: ${layout.yaxis.title.text} ${
      trace.type === "surface" ? "upwards" : "downwards"
    }, ${layout.xaxis.title.text} across; ${[...SHADES].map((s) => `[${s}]`).join("")} from ${
      short(low)
    } to ${short(high)}`,
    ...order.filter((r) => r % stepY === 0).map((r) =>
      `${fit(rows[r]!, margin)} │${starts.map((c) => shade(r, c)).join("")}│`
    ),
  ].join("\n");
}

function labels(
  axis: { tickvals?: number[]; ticktext?: string[] },
  places: readonly number[],
): string[] {
  const names = new Map(axis.tickvals?.map((v, i) => [v, axis.ticktext![i]!]));
  return places.map((p) => axis.tickvals ? names.get(p) ?? "" : short(p));
}
