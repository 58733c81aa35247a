import type { BarTrace, Layout } from "../../figure.ts";
import { short } from "../../values.ts";
import { fit, textWidth } from "./width.ts";

const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** More bars than this are joined, a few at a time, by adding them up. */
const MOST_LINES = 24;

/** Draws bars lying, one a line; those of several series follow one another. */
export function barText(traces: readonly BarTrace[], layout: Layout, width: number): string {
  const { xaxis, yaxis } = layout;
  const heights = traces.flatMap((t) => t.y).filter(Number.isFinite);
  const names = new Map(xaxis.tickvals?.map((v, i) => [v, xaxis.ticktext![i]!]));
  const counted = traces.length > 0 && traces[0]!.width !== undefined;
  const join = counted ? Math.ceil(traces[0]!.x.length / MOST_LINES) : 1;
  const rows = traces.map((t) => {
    const starts = t.x.map((_, i) => i).filter((i) => i % join === 0);
    return starts.map((i) => ({
      label: counted
        ? short(Number((t.x[i]! - t.width! / 2).toPrecision(3)))
        : names.get(t.x[i]!) ?? "",
      height: total(t.y.slice(i, i + join)),
    }));
  });
  const all = counted ? rows.flat().map((r) => r.height) : heights;
  const far = Math.max(1e-300, ...all.map(Math.abs));
  const margin = Math.min(24, Math.max(0, ...rows.flat().map((r) => textWidth(r.label))));
  const below = all.some((h) => h < 0);
  const space = below ? Math.floor(width / 2) : width;
  const parts = rows.flatMap((series, k) => [
    ...(traces.length > 1 ? [`${traces[k]!.name}:`] : []),
    ...series.map(({ label, height }) => {
      const length = Number.isFinite(height) ? Math.abs(height) / far * space : 0;
      const bar = height < 0
        ? "█".repeat(Math.round(length)).padStart(space) + "│"
        : (below ? " ".repeat(space) + "│" : "│") + "█".repeat(Math.floor(length)) +
          PARTS[Math.floor(length % 1 * 8)];
      return `${fit(label, margin)} ${bar} ${short(height)}`;
    }),
  ]);
  const axis = [
    yaxis.title.text,
    counted ? `from ${xaxis.title.text}` : xaxis.title.text && `by ${xaxis.title.text}`,
  ];
  return [axis.filter(Boolean).join(" "), ...parts].join("\n");
}

/** Counts add up; densities are averaged. */
function total(heights: readonly number[]): number {
  const sum = heights.reduce((total, height) => total + height, 0);
  return heights.every(Number.isInteger) ? sum : sum / heights.length;
}
