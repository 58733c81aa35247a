import type { Tensor } from "../../lib/tensor/mod.ts";
import { escape, View } from "../view.ts";
import { contactSheet } from "./contact_sheet.ts";
import { card, image, note, png, pngSource, type Raster } from "./markup.ts";
import {
  enlarge,
  enlargement,
  isChannels,
  MAX_PIXELS,
  type PixelRange,
  pixelRange,
  thin,
  toRaster,
} from "./pixels.ts";
import { statistics } from "./statistics.ts";
import { isTensor } from "./tensor.ts";

/** An image in memory: its pixels row by row, the channels of a pixel side by side. */
export interface ImagePixels {
  /** Pixels across. */
  width: number;
  /** Pixels down. */
  height: number;
  /** 1 for grey, 3 for colour, 4 for colour and opacity. @default {what the length of `data` tells} */
  channels?: number;
  /** `height × width × channels` values. */
  data: ArrayLike<number>;
}

/** How {@link imageGrid} draws. */
export interface ImageGridOptions {
  /** The title. @default {how many images, and how large} */
  title?: string;
  /** A title below each image. @default {none} */
  titles?: readonly string[];
  /** How many stand side by side. @default {about as many as rows} */
  columns?: number;
  /** The most images that are drawn. @default {64} */
  limit?: number;
  /** About how many pixels a small image is enlarged to. @default {96} */
  size?: number;
  /** The values that are black and white. @default {0 to 1 or 0 to 255, whichever holds all values; else the least and the greatest} */
  range?: PixelRange;
}

/** Whether a value is an image in memory. */
export function isImagePixels(value: unknown): value is ImagePixels {
  if (typeof value !== "object" || value === null) return false;
  const { width, height, data } = value as Partial<ImagePixels>;
  return Number.isInteger(width) && Number.isInteger(height) && typeof data === "object" &&
    data !== null && "length" in data;
}

/** Whether a value is one image in memory, or a list of some. */
export function isImages(value: unknown): value is ImagePixels | readonly ImagePixels[] {
  return isImagePixels(value) ||
    (Array.isArray(value) && value.length > 0 && value.every(isImagePixels));
}

/**
 * Shows images side by side, each with its title.
 *
 * @param images A tensor `[B, Y, X, C]` or `[Y, X, C]` with 1, 3 or 4 channels, tensors `[Y, X, C]`, or images in memory.
 * @param options Titles and layout.
 * @throws {RangeError} If a shape is no image's, or there are other than as many titles as images.
 */
export async function imageGrid(
  images: Tensor | ImagePixels | readonly (Tensor | ImagePixels)[],
  options: ImageGridOptions = {},
): Promise<View> {
  const { titles, limit = 64, size = 96 } = options;
  const all = (await Promise.all(
    (Array.isArray(images) ? images : [images]).map((image) =>
      isTensor(image) ? ofTensor(image) : [ofPixels(image)]
    ),
  )).flat();
  if (titles && titles.length !== all.length) {
    throw new RangeError(
      `Cannot set titles below images as there must be one for each of ${all.length}: current length is ${titles.length}`,
    );
  }
  const range = options.range ?? commonRange(all);
  const few = all.slice(0, limit);
  const room = MAX_PIXELS / Math.max(1, few.length);
  const rasters = few.map(({ data, shape }) => {
    const raster = thin(toRaster(data, shape, range), room);
    return enlarge(raster, enlargement(raster.width, raster.height, size));
  });
  const columns = options.columns ?? Math.max(1, Math.ceil(Math.sqrt(rasters.length)));
  const title = options.title ?? describe(all);
  const names = titles?.slice(0, limit);
  const cut = all.length > few.length ? `the first ${few.length} of ${all.length}` : "";
  const lines = [title, ...cut ? [cut] : [], ...names?.map((name, i) => `${i}: ${name}`) ?? []];
  return new View({
    "text/plain": lines.join("\n"),
    "text/html": card(title, [...cut ? [note(cut)] : [], grid(rasters, names, columns)]),
    "image/png": png(contactSheet(rasters, columns, 4)),
  });
}

/** The values of an image. */
export interface Pixels {
  /** `[Y, X, C]` */
  data: ArrayLike<number>;
  /** Height, width and channels. */
  shape: [height: number, width: number, channels: 1 | 3 | 4];
}

/** The images in a tensor, `[B, Y, X, C]` or `[Y, X, C]`. @throws {RangeError} If its shape is another. */
export async function ofTensor(tensor: Tensor): Promise<Pixels[]> {
  const [height, width, channels] = tensor.shape.slice(-3);
  if (tensor.rank < 3 || tensor.rank > 4 || !isChannels(channels)) {
    throw new RangeError(
      "Cannot show a tensor as images as its shape must be [B, Y, X, C] or [Y, X, C] with 1, 3 or 4 channels: " +
        `current shape is [${tensor.shape.join(", ")}]`,
    );
  }
  const number = tensor.rank === 4 ? tensor.shape[0]! : 1;
  const one = height! * width! * channels;
  const data = await tensor.data<"float32">();
  return Array.from({ length: number }, (_, i) => ({
    data: data.subarray(i * one, (i + 1) * one),
    shape: [height!, width!, channels],
  }));
}

/** The values of an image in memory. @throws {RangeError} If it has too few or too many. */
export function ofPixels({ width, height, data, ...rest }: ImagePixels): Pixels {
  const channels = rest.channels ?? data.length / (width * height || 1);
  if (width * height === 0) return { data: [], shape: [height, width, 1] };
  if (!isChannels(channels) || data.length !== width * height * channels) {
    throw new RangeError(
      `Cannot show an image as its data must have 1, 3 or 4 values for each of ${width} × ${height} pixels: ` +
        `current length is ${data.length}`,
    );
  }
  return { data, shape: [height, width, channels] };
}

/** One range for all, so that images can be compared. */
export function commonRange(images: readonly Pixels[]): PixelRange {
  const facts = images.map(({ data }) => statistics(data)).filter(({ min, max }) => min <= max);
  if (facts.length === 0) return [0, 1];
  return pixelRange(
    Math.min(...facts.map(({ min }) => min)),
    Math.max(...facts.map(({ max }) => max)),
  );
}

function describe(images: readonly Pixels[]): string {
  const sizes = [...new Set(images.map(({ shape: [y, x] }) => `${y} × ${x}`))];
  const what = images.length === 1 ? "1 image" : `${images.length} images`;
  return sizes.length === 1 ? `${what} of ${sizes[0]}` : what;
}

function grid(
  rasters: readonly Raster[],
  titles: readonly string[] | undefined,
  columns: number,
): string {
  const cells = rasters.map((raster, i) => {
    const name = titles?.[i];
    const alt = name ?? `Image ${i}`;
    const picture = raster.width * raster.height === 0
      ? "(empty)"
      : image(pngSource(png(raster)), alt, "image-rendering:pixelated;");
    return `<td style="text-align:center;vertical-align:top;padding:.2em .4em .4em 0">${picture}${
      name === undefined ? "" : `<div style="font-size:.85em">${escape(name)}</div>`
    }</td>`;
  });
  const rows: string[] = [];
  for (let i = 0; i < cells.length; i += columns) {
    rows.push(`<tr style="background:transparent">${cells.slice(i, i + columns).join("")}</tr>`);
  }
  return `<table style="border-collapse:collapse;background:transparent;color:inherit"><tbody>${
    rows.join("\n")
  }</tbody></table>`;
}
