import { scale } from "../charts/render/scale.ts";
import { colourBar, type ColourScale } from "./colours.ts";
import {
  BLUE,
  FAINT,
  label,
  png,
  pngSource,
  type Raster,
  round,
  short,
  SOFT,
  svg,
} from "./markup.ts";
import type { Histogram } from "./statistics.ts";

/** A histogram as a drawing. */
export function drawHistogram({ low, high, counts }: Histogram, width = 360, height = 150): string {
  const top = Math.max(1, ...counts);
  const box = { left: 14, right: width - 14, top: 14, bottom: height - 24 };
  const step = (box.right - box.left) / counts.length;
  const bars = counts.map((n, i) => {
    const tall = (box.bottom - box.top) * n / top;
    return n === 0
      ? ""
      : `<rect x="${round(box.left + step * i + 0.5)}" y="${round(box.bottom - tall)}" width="${
        round(Math.max(0.5, step - 1))
      }" height="${round(tall)}" fill="${BLUE}"/>`;
  });
  const axis = scale([low, high], { count: width / 50, snug: true });
  const ticks = axis.ticks.map((value) =>
    label(box.left + axis.at(value) * (box.right - box.left), height - 8, axis.label(value), {
      anchor: "middle",
      fill: SOFT,
      size: 11,
    })
  );
  return svg(width, height, `Histogram from ${short(low)} to ${short(high)}`, [
    ...bars.filter(Boolean),
    `<path d="M${box.left} ${box.bottom}H${box.right}" stroke="${SOFT}"/>`,
    ...ticks,
  ]);
}

/** A heat map as a drawing: the pixels, and what their colours mean. */
export function drawHeatMap(raster: Raster, colours: ColourScale, title: string): string {
  const [width, height] = [raster.width, raster.height];
  const bar = Math.min(160, Math.max(64, height));
  const top = 12;
  const x = 12 + width + 14;
  const picture = (source: string, x: number, w: number, h: number) =>
    `<image href="${source}" x="${x}" y="${top}" width="${w}" height="${h}" preserveAspectRatio="none" ` +
    `style="image-rendering:pixelated"/>` +
    `<rect x="${x}" y="${top}" width="${w}" height="${h}" fill="none" stroke="${FAINT}"/>`;
  const middle = (colours.low + colours.high) / 2;
  return svg(x + 90, Math.max(height, bar) + 2 * top, title, [
    picture(pngSource(png(raster)), 12, width, height),
    picture(pngSource(png(colourBar(colours))), x, 14, bar),
    ...[[colours.high, 0], [middle, 0.5], [colours.low, 1]].map(([value, place]) =>
      label(x + 20, top + 4 + bar * place!, short(value!), { fill: SOFT, size: 11 })
    ),
  ]);
}
