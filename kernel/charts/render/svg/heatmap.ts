import { encode } from "fast-png";
import { escape } from "../../../view.ts";
import { colorAt, isLight, rgbAt } from "../../colors.ts";
import type { HeatmapTrace } from "../../figure.ts";
import { cut, n, type Plot, textWidth } from "./plot.ts";

/** Above this many cells they are pixels of an image, which is smaller. */
const MOST_CELLS = 900;

/** The coloured cells of a matrix, and what is written on them. */
export function heatmap(trace: HeatmapTrace, plot: Plot): string[] {
  const cells = trace.z.length * trace.z[0]!.length;
  return [...(cells > MOST_CELLS ? image(trace, plot) : paths(trace, plot)), ...texts(trace, plot)];
}

function place(trace: HeatmapTrace, value: number): number {
  const { zmin, zmax } = trace;
  return zmax > zmin ? (value - zmin) / (zmax - zmin) : 0.5;
}

/** One path for each colour. */
function paths(trace: HeatmapTrace, { px, py }: Plot): string[] {
  const byColor = new Map<string, string>();
  for (const [r, row] of trace.z.entries()) {
    for (const [c, value] of row.entries()) {
      if (value === null) continue;
      const color = colorAt(trace.colorscale, place(trace, value));
      const [left, right] = [px(c - 0.5), px(c + 0.5)];
      const [top, bottom] = [py(r - 0.5), py(r + 0.5)];
      const cell = `M${n(left)} ${n(top)}H${n(right)}V${n(bottom)}H${n(left)}Z`;
      byColor.set(color, (byColor.get(color) ?? "") + cell);
    }
  }
  return [
    `<g shape-rendering="crispEdges">`,
    ...[...byColor].map(([color, d]) => `<path d="${d}" fill="${color}"/>`),
    `</g>`,
  ];
}

/** One pixel for each cell. */
function image(trace: HeatmapTrace, { px, py }: Plot): string[] {
  const [height, width] = [trace.z.length, trace.z[0]!.length];
  const data = new Uint8Array(4 * width * height);
  for (const [r, row] of trace.z.entries()) {
    for (const [c, value] of row.entries()) {
      if (value === null) continue;
      data.set([...rgbAt(trace.colorscale, place(trace, value)), 255], 4 * (r * width + c));
    }
  }
  const png = encode({ width, height, data, channels: 4 });
  const [left, top] = [px(-0.5), py(-0.5)];
  return [
    `<image x="${n(left)}" y="${n(top)}" width="${n(px(width - 0.5) - left)}" height="${
      n(py(height - 0.5) - top)
    }" preserveAspectRatio="none" image-rendering="optimizeSpeed" style="image-rendering:pixelated" ` +
    `href="data:image/png;base64,${png.toBase64()}"/>`,
  ];
}

function texts(trace: HeatmapTrace, { px, py }: Plot): string[] {
  if (!trace.text) return [];
  const [wide, high] = [Math.abs(px(1) - px(0)), Math.abs(py(1) - py(0))];
  const widest = Math.max(...trace.text.flat().map((t) => textWidth(cut(t), 1)));
  const size = Math.min(13, 0.6 * high, 0.9 * wide / widest);
  if (!(size >= 5)) return []; // nobody could read them
  return trace.text.flatMap((row, r) =>
    row.map((text, c) => {
      const value = trace.z[r]![c];
      const light = value === null || value === undefined ||
        isLight(rgbAt(trace.colorscale, place(trace, value)));
      return `<text x="${n(px(c))}" y="${n(py(r) + size * 0.36)}" text-anchor="middle" font-size="${
        n(size)
      }" fill="${light ? "#000" : "#fff"}">${escape(cut(text))}</text>`;
    })
  );
}
