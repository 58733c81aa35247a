import { escape } from "../../../view.ts";
import type { ColorScale, Figure } from "../../figure.ts";
import { scale } from "../scale.ts";
import { type Box, INK, n, SOFT, textWidth } from "./plot.ts";

/** What a bar of colours shows. */
export interface Colorbar {
  /** Its colours, from below. */
  colorscale: ColorScale;
  /** The number at its lower end. */
  min: number;
  /** The number at its upper end. */
  max: number;
  /** What it measures. */
  title: string;
}

/** The bar of colours of a figure, if it has one. */
export function findColorbar({ data }: Figure): Colorbar | undefined {
  for (const trace of data) {
    if (trace.type === "heatmap" && trace.showscale) {
      return {
        colorscale: trace.colorscale,
        min: trace.zmin,
        max: trace.zmax,
        title: trace.colorbar.title.text,
      };
    }
    const colors = trace.type === "surface"
      ? trace
      : trace.type === "parcoords"
      ? trace.line
      : trace.type === "scatter"
      ? trace.marker
      : undefined;
    if (!colors?.showscale || !colors.colorscale) continue;
    return {
      colorscale: colors.colorscale,
      min: colors.cmin!,
      max: colors.cmax!,
      title: colors.colorbar!.title.text,
    };
  }
  return undefined;
}

/** How many pixels a bar of colours takes at the right. */
export function colorbarWidth(bar: Colorbar): number {
  const { ticks, label } = scaleOf(bar);
  return 72 + Math.max(0, ...ticks.map((t) => textWidth(label(t))));
}

/** Draws a bar of colours between two heights, its right end at `right`. */
export function colorbar(bar: Colorbar, box: Box, right: number): string[] {
  const { at, ticks, label } = scaleOf(bar);
  const left = right - colorbarWidth(bar) + 20;
  const [top, height] = [box.top, box.bottom - box.top];
  const stops = bar.colorscale.map(([place, color]) =>
    `<stop offset="${n(100 * place)}%" stop-color="${color}"/>`
  ).join("");
  const middle = top + height / 2;
  return [
    `<linearGradient id="colors" x1="0" y1="1" x2="0" y2="0">${stops}</linearGradient>`,
    `<rect x="${
      n(left)
    }" y="${top}" width="14" height="${height}" fill="url(#colors)" stroke="${SOFT}" stroke-width="0.5"/>`,
    ...ticks.map((t) =>
      `<path d="M${n(left + 14)} ${n(top + height * (1 - at(t)))}h4" stroke="${SOFT}"/>` +
      `<text x="${n(left + 21)}" y="${n(top + height * (1 - at(t)) + 4)}" fill="${SOFT}">${
        label(t)
      }</text>`
    ),
    `<text x="${n(right - 10)}" y="${middle}" text-anchor="middle" transform="rotate(-90 ${
      n(right - 10)
    } ${middle})" fill="${INK}">${escape(bar.title)}</text>`,
  ];
}

function scaleOf({ min, max }: Colorbar) {
  return scale([min, max], { count: 5, snug: true });
}
