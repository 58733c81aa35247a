import type { Raster } from "./markup.ts";

/**
 * Sets pictures side by side and below one another on white ground.
 *
 * @param pictures The pictures; they may differ in size and channels.
 * @param columns How many stand side by side. @default {about as many as rows}
 * @param gap Pixels between two.
 */
export function contactSheet(
  pictures: readonly Raster[],
  columns: number = Math.ceil(Math.sqrt(pictures.length)),
  gap = 2,
): Raster {
  const across = Math.max(1, Math.min(columns, pictures.length));
  const cell = {
    width: Math.max(0, ...pictures.map((p) => p.width)) + gap,
    height: Math.max(0, ...pictures.map((p) => p.height)) + gap,
  };
  const width = Math.max(1, across * cell.width - gap);
  const height = Math.max(1, Math.ceil(pictures.length / across) * cell.height - gap);
  const data = new Uint8Array(width * height * 3).fill(255);
  for (const [i, picture] of pictures.entries()) {
    const [left, top] = [i % across * cell.width, Math.floor(i / across) * cell.height];
    for (let y = 0; y < picture.height; y++) {
      for (let x = 0; x < picture.width; x++) {
        data.set(
          colourAt(picture, (y * picture.width + x) * picture.channels),
          ((top + y) * width + left + x) * 3,
        );
      }
    }
  }
  return { width, height, channels: 3, data };
}

/** The colour of a pixel, laid on white where it is transparent. */
function colourAt({ data, channels }: Raster, at: number): [number, number, number] {
  if (channels === 1) return [data[at]!, data[at]!, data[at]!];
  const opacity = channels === 4 ? data[at + 3]! / 255 : 1;
  const mix = (k: number) => Math.round(data[at + k]! * opacity + 255 * (1 - opacity));
  return [mix(0), mix(1), mix(2)];
}
