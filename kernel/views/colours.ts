import type { Raster } from "./markup.ts";

/** A colour as red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** Dark to bright, even to the eye and told apart with any kind of colour vision: nine stations of viridis. */
const VIRIDIS: readonly Colour[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** Blue below zero, red above, near white at zero. */
const DIVERGING: readonly Colour[] = [
  [33, 102, 172],
  [103, 169, 207],
  [209, 229, 240],
  [247, 247, 247],
  [253, 219, 199],
  [239, 138, 98],
  [178, 24, 43],
];

/** What has no value. */
export const MISSING: Colour = [150, 150, 150];

/** How many colours a scale has but one; few enough that pictures stay small, too many to be told apart. */
const LEVELS = 96;

/** Gives each value a colour. */
export interface ColourScale {
  /** The value at the lower end. */
  low: number;
  /** The value at the upper end. */
  high: number;
  /** The colour of a value; ±Infinity takes that of the end, NaN is grey. */
  at(value: number): Colour;
}

/** The scale from the least to the greatest value; where they lie on both sides of zero, zero is in the middle. */
export function colourScale(low: number, high: number): ColourScale {
  const both = low < 0 && high > 0;
  if (both) [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
  const stations = both ? DIVERGING : VIRIDIS;
  const at = (value: number): Colour => {
    if (Number.isNaN(value)) return MISSING;
    const share = high > low
      ? Math.min(1, Math.max(0, (value - low) / (high - low)))
      : value > high
      ? 1
      : value < low
      ? 0
      : 0.5;
    const place = Math.round(share * LEVELS) / LEVELS * (stations.length - 1);
    const i = Math.min(stations.length - 2, Math.floor(place));
    const [a, b] = [stations[i]!, stations[i + 1]!];
    const mix = (k: 0 | 1 | 2) => Math.round(a[k] + (b[k] - a[k]) * (place - i));
    return [mix(0), mix(1), mix(2)];
  };
  return { low, high, at };
}

/** Values of a matrix as coloured pixels, each `across` pixels wide and `down` pixels high. */
export function paint(
  values: ArrayLike<number>,
  width: number,
  height: number,
  scale: ColourScale,
  [across, down]: readonly [number, number] = [1, 1],
): Raster {
  const data = new Uint8Array(width * across * height * down * 3);
  for (let y = 0, o = 0; y < height * down; y++) {
    for (let x = 0; x < width * across; x++, o += 3) {
      data.set(scale.at(values[Math.floor(y / down) * width + Math.floor(x / across)]!), o);
    }
  }
  return { width: width * across, height: height * down, channels: 3, data };
}

/** The scale as a column of pixels, the upper end above. */
export function colourBar(scale: ColourScale, height = 64): Raster {
  const values = Array.from(
    { length: height },
    (_, i) => scale.high - (scale.high - scale.low) * i / (height - 1),
  );
  return paint(values, 1, height, scale);
}
