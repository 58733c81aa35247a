/**
 * Sheets of pictures.
 *
 * @module
 */
import type { Image } from "@tome/tome/data";

/** Images side by side, with a line between them. */
export function sheet(images: readonly Image[], columns: number): Image {
  const { width, height, channels } = images[0]!;
  const [w, h] = [width + 1, height + 1];
  const across = Math.min(columns, images.length) * w;
  const down = Math.ceil(images.length / columns) * h;
  const data = new Uint8Array(across * down * channels).fill(128);
  for (const [i, image] of images.entries()) {
    const [left, top] = [(i % columns) * w, Math.floor(i / columns) * h];
    for (let y = 0; y < height; y++) {
      const row = image.data.subarray(y * width * channels, (y + 1) * width * channels);
      data.set(row, ((top + y) * across + left) * channels);
    }
  }
  return { width: across, height: down, channels, data };
}
