import type { Raster } from "./markup.ts";

/** The most pixels that a picture inside a notebook has, so that the notebook stays small. */
export const MAX_PIXELS = 224 ** 2;

/** Which range of values means dark to bright. */
export type PixelRange = readonly [dark: number, bright: number];

/**
 * The range that the values of a picture most likely have: 0 to 1, 0 to 255, or, where they fit neither, from their least to
 * their greatest.
 */
export function pixelRange(min: number, max: number): PixelRange {
  if (!(min <= max)) return [0, 1]; // no value at all
  if (min >= 0 && max <= 1) return [0, 1];
  if (min >= 0 && max <= 255) return [0, 255];
  return [min, max];
}

/**
 * Turns numbers into pixels; a NaN is black.
 *
 * @param values The numbers `[Y, X, C]`.
 * @param size `[Y, X, C]`.
 * @param range What is dark, and what is bright.
 */
export function toRaster(
  values: ArrayLike<number>,
  [height, width, channels]: readonly [number, number, 1 | 3 | 4],
  [dark, bright]: PixelRange,
): Raster {
  const scale = bright > dark ? 255 / (bright - dark) : 0;
  const data = Uint8Array.from(
    { length: height * width * channels },
    (_, i) => Math.round(Math.min(255, Math.max(0, (values[i]! - dark) * scale))) || 0,
  );
  return { width, height, channels, data };
}

/** The picture with the mean of each square of pixels, if it has more than `limit` of them; else itself. */
export function thin(raster: Raster, limit: number = MAX_PIXELS): Raster {
  const side = Math.ceil(Math.sqrt(raster.width * raster.height / limit));
  if (side <= 1) return raster;
  const { channels } = raster;
  const [width, height] = [Math.ceil(raster.width / side), Math.ceil(raster.height / side)];
  const sums = new Float64Array(width * height * channels);
  const parts = new Float64Array(width * height);
  for (let y = 0, from = 0; y < raster.height; y++) {
    for (let x = 0; x < raster.width; x++) {
      const to = Math.floor(y / side) * width + Math.floor(x / side);
      parts[to]!++;
      for (let c = 0; c < channels; c++) sums[to * channels + c]! += raster.data[from++]!;
    }
  }
  const data = Uint8Array.from(
    sums,
    (sum, i) => Math.round(sum / parts[Math.floor(i / channels)]!),
  );
  return { width, height, channels, data };
}

/** The picture `times` as wide and high, each pixel a square. */
export function enlarge(raster: Raster, times: number): Raster {
  if (times <= 1) return raster;
  const { channels } = raster;
  const [width, height] = [raster.width * times, raster.height * times];
  const data = new Uint8Array(width * height * channels);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += channels) {
      const from = (Math.floor(y / times) * raster.width + Math.floor(x / times)) * channels;
      data.set(raster.data.subarray(from, from + channels), o);
    }
  }
  return { width, height, channels, data };
}

/** How often a small picture is enlarged to be about `size` pixels wide and high. */
export function enlargement(width: number, height: number, size: number): number {
  return Math.max(1, Math.floor(size / Math.max(width, height, 1)));
}

/** Whether a number of channels makes a picture. */
export function isChannels(value: number | undefined): value is 1 | 3 | 4 {
  return value === 1 || value === 3 || value === 4;
}
