import type { ColorScale } from "./figure.ts";

/** The names of the colour scales: for amounts, for shares of a whole, and for values on both sides of a middle. */
export type ColorScaleName = "viridis" | "blues" | "blue-red";

/**
 * Colour scales that stay readable in grey and with any kind of colour vision.
 *
 * @see van der Walt and Smith, 2015, "viridis", https://bids.github.io/colormap/
 * @see Harrower and Brewer, 2003, "ColorBrewer.org", https://colorbrewer2.org/
 */
export const COLOR_SCALES: Readonly<Record<ColorScaleName, ColorScale>> = {
  viridis: even(
    "#440154 #482878 #3e4989 #31688e #26828e #1f9e89 #35b779 #6ece58 #b5de2b #fde725",
  ),
  blues: even("#f7fbff #deebf7 #c6dbef #9ecae1 #6baed6 #4292c6 #2171b5 #08519c #08306b"),
  "blue-red": even(
    "#053061 #2166ac #4393c3 #92c5de #d1e5f0 #f7f7f7 #fddbc7 #f4a582 #d6604d " +
      "#b2182b #67001f",
  ),
};

function even(colors: string): ColorScale {
  const all = colors.split(" ");
  return all.map((color, i): [number, string] => [i / (all.length - 1), color]);
}

/** Red, green and blue, each from 0 to 255, at a place from 0 to 1. */
export function rgbAt(scale: ColorScale, place: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, place));
  const upper = Math.max(1, scale.findIndex(([p]) => p >= at));
  const [[from, a], [to, b]] = [scale[upper - 1]!, scale[upper]!];
  const share = to > from ? (at - from) / (to - from) : 0;
  const [low, high] = [parse(a), parse(b)];
  return [0, 1, 2].map((i) => Math.round(low[i]! + share * (high[i]! - low[i]!))) as [
    number,
    number,
    number,
  ];
}

/** The colour at a place from 0 to 1, as `#rrggbb`. */
export function colorAt(scale: ColorScale, place: number): string {
  return "#" + rgbAt(scale, place).map((c) => c.toString(16).padStart(2, "0")).join("");
}

/** Whether black is easier to read than white on a colour. */
export function isLight([r, g, b]: readonly [number, number, number]): boolean {
  return 0.299 * r + 0.587 * g + 0.114 * b > 140;
}

function parse(color: string): number[] {
  return [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
}
