import type { Tensor } from "../../lib/tensor/mod.ts";
import { DrawnView } from "../drawn_view.ts";
import type { View } from "../view.ts";
import {
  commonRange,
  type ImagePixels,
  isImagePixels,
  ofPixels,
  ofTensor,
  type Pixels,
} from "./images.ts";
import { label as text, png, pngSource, type Raster, round, svg } from "./markup.ts";
import { enlarge, enlargement, MAX_PIXELS, type PixelRange, thin, toRaster } from "./pixels.ts";
import { isTensor } from "./tensor.ts";
import { columns as widthOf } from "./token_text.ts";

/** A thing in an image. */
export interface MarkedBox {
  /** Its left, upper, right and lower edge, in pixels of the image. */
  box: readonly [left: number, top: number, right: number, bottom: number];
  /** Its class, from 0. @default {none} */
  label?: number;
  /** How sure it is, from 0 to 1. @default {not shown} */
  score?: number;
  /** The number of its track; tracks have colours then, and classes have none. @default {none} */
  track?: number;
}

/** An image, and what is marked in it. */
export interface MarkedImage {
  /** The image, in memory or as a tensor `[Y, X, C]`. */
  image: ImagePixels | Tensor;
  /** What has a box. @default {none} */
  objects?: readonly MarkedBox[];
  /** The class of each pixel, row by row; 0 is left as it is. @default {none} */
  mask?: ArrayLike<number>;
}

/** How {@link markedImages} draws. */
export interface MarkedImagesOptions {
  /** What stands above. @default {how many images, and how large} */
  title?: string;
  /** A title below each image. @default {none} */
  titles?: readonly string[];
  /** The names of the classes of boxes. @default {their numbers} */
  classes?: readonly string[];
  /** How many stand side by side. @default {about as many as rows} */
  columns?: number;
  /** The most images that are drawn. @default {16} */
  limit?: number;
  /** About how many pixels a small image is enlarged to. @default {192} */
  size?: number;
  /** How much of an image its mask hides, from 0 to 1. @default {0.55} */
  opacity?: number;
  /** The values that are black and white. @default {as for `imageGrid()`} */
  range?: PixelRange;
}

/** Colours that are told apart on dark and on light ground, and with any kind of colour vision as far as their number allows. */
const COLOURS = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [204, 121, 167],
  [213, 94, 0],
  [0, 114, 178],
  [153, 221, 85],
  [187, 134, 252],
  [255, 153, 153],
] as const;

const GAP = 10;
const HEAD = 26;

/** The colour of a class or a track. */
const colourOf = (i: number) => COLOURS[i % COLOURS.length]!;

/** Whether a value is an image with marks, or a list of some. */
export function isMarked(value: unknown): value is MarkedImage | readonly MarkedImage[] {
  const one = (some: unknown): boolean => {
    if (typeof some !== "object" || some === null) return false;
    const { image, objects, mask } = some as Partial<MarkedImage>;
    return (isImagePixels(image) || isTensor(image)) &&
      (Array.isArray(objects) || (typeof mask === "object" && mask !== null && "length" in mask));
  };
  return one(value) || (Array.isArray(value) && value.length > 0 && value.every(one));
}

/**
 * Shows images with what was found in them, or what is there: boxes with their classes, scores or tracks, and the classes of
 * pixels as colours over the image.
 *
 * @param images One image with its marks, or several.
 * @param options Names of the classes, titles and layout.
 * @throws {RangeError} If a shape is no image's, a mask has another size than its image, or there are other than as many
 *   titles as images.
 *
 * @example
 * ```ts
 * import { markedImages } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const image = { width: 4, height: 4, channels: 1, data: new Uint8Array(16) };
 * const view = await markedImages({ image, objects: [{ box: [1, 1, 3, 4], label: 0 }] }, { classes: ["cat"] });
 * assert.match(`${view}`, /cat 1, 1 to 3, 4/);
 * ```
 */
export async function markedImages(
  images: MarkedImage | readonly MarkedImage[],
  options: MarkedImagesOptions = {},
): Promise<View> {
  const { titles, limit = 16, size = 192 } = options;
  const all = Array.isArray(images) ? images as readonly MarkedImage[] : [images as MarkedImage];
  if (titles && titles.length !== all.length) {
    throw new RangeError(
      `Cannot set titles below images as there must be one for each of ${all.length}: current length is ${titles.length}`,
    );
  }
  const few = all.slice(0, limit);
  const pixels = await Promise.all(
    few.map(async ({ image }) => isTensor(image) ? (await ofTensor(image))[0]! : ofPixels(image)),
  );
  const range = options.range ?? commonRange(pixels);
  const room = MAX_PIXELS / Math.max(1, few.length);
  const cells = few.map((marked, i) =>
    drawCell(marked, pixels[i]!, { ...options, range, room, size })
  );
  const [first] = pixels;
  const title = options.title ??
    `${all.length === 1 ? "1 image" : `${all.length} images`}${
      first ? ` of ${first.shape[0]} × ${first.shape[1]}` : ""
    }`;
  const cut = all.length > few.length ? `, the first ${few.length} shown` : "";
  const across = options.columns ?? Math.max(1, Math.ceil(Math.sqrt(few.length)));
  return new DrawnView({
    "text/plain": [
      title + cut,
      ...few.map((marked, i) => described(marked, i, options)),
    ].join("\n"),
    "image/svg+xml": sheet(cells, title + cut, across, titles),
  });
}

/** A drawn image. */
interface Cell {
  width: number;
  height: number;
  parts: string[];
}

function drawCell(
  { objects = [], mask }: MarkedImage,
  { data, shape }: Pixels,
  options: MarkedImagesOptions & { range: PixelRange; room: number; size: number },
): Cell {
  const [height, width] = shape;
  if (mask && mask.length !== width * height) {
    throw new RangeError(
      `Cannot lay a mask over an image as it must have a class for each of ${width} × ${height} pixels: current length is ${mask.length}`,
    );
  }
  const shown = (raster: Raster) => {
    const thinned = thin(raster, options.room);
    return enlarge(thinned, enlargement(thinned.width, thinned.height, options.size));
  };
  const layers = [shown(toRaster(data, shape, options.range))];
  if (mask) layers.push(shown(tinted(mask, width, height, options.opacity ?? 0.55)));
  const [picture] = layers as [Raster];
  const scale = picture.width / Math.max(1, width);
  const parts = layers.map((layer) =>
    `<image x="0" y="0" width="${picture.width}" height="${picture.height}" href="${
      pngSource(png(layer))
    }"/>`
  );
  for (const object of objects) parts.push(...drawBox(object, scale, picture, options));
  return { width: picture.width, height: picture.height, parts };
}

/** The classes of pixels as colours; class 0 is clear. */
function tinted(mask: ArrayLike<number>, width: number, height: number, opacity: number): Raster {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    if (mask[i]! > 0) data.set([...colourOf(mask[i]! - 1), Math.round(255 * opacity)], 4 * i);
  }
  return { width, height, channels: 4, data };
}

function drawBox(
  object: MarkedBox,
  scale: number,
  picture: { width: number; height: number },
  options: MarkedImagesOptions,
): string[] {
  const [left, top, right, bottom] = object.box.map((edge) => edge * scale) as [
    number,
    number,
    number,
    number,
  ];
  const fill = `rgb(${colourOf(object.track ?? object.label ?? 0).join(",")})`;
  const parts = [
    `<rect x="${round(left)}" y="${round(top)}" width="${
      round(Math.max(0, right - left))
    }" height="${
      round(Math.max(0, bottom - top))
    }" fill="none" stroke="${fill}" stroke-width="2"/>`,
  ];
  const name = nameOf(object, options);
  if (name) {
    const width = 6.4 * widthOf(name) + 5;
    const x = Math.max(0, Math.min(left - 1, picture.width - width));
    const y = top >= 14 ? top - 14 : Math.min(bottom, picture.height - 14);
    parts.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="14" fill="${fill}"/>`,
      text(x + 2.5, y + 10.5, name, { size: 11, fill: "#111" }),
    );
  }
  return parts;
}

function nameOf({ label, score, track }: MarkedBox, { classes }: MarkedImagesOptions): string {
  return [
    ...(track === undefined ? [] : [`#${track}`]),
    ...(label === undefined ? [] : [classes?.[label] ?? String(label)]),
    ...(score === undefined ? [] : [score.toFixed(2)]),
  ].join(" ");
}

/** What is marked in an image, in words. */
function described(
  { objects, mask }: MarkedImage,
  i: number,
  options: MarkedImagesOptions,
): string {
  const edges = ({ box: [left, top, right, bottom] }: MarkedBox) =>
    `${round(left)}, ${round(top)} to ${round(right)}, ${round(bottom)}`;
  const boxes = (objects ?? []).map((one) =>
    `${nameOf(one, options) || "box"} ${edges(one)}`.trim()
  );
  const counts = new Map<number, number>();
  for (let p = 0; p < (mask?.length ?? 0); p++) {
    if (mask![p]! > 0) counts.set(mask![p]!, (counts.get(mask![p]!) ?? 0) + 1);
  }
  const areas = [...counts].sort(([a], [b]) => a - b)
    .map(([k, count]) => `class ${k}: ${count} pixels`);
  return `${options.titles?.[i] ?? i}: ${[...boxes, ...areas].join("; ") || "nothing"}`;
}

function sheet(
  cells: readonly Cell[],
  title: string,
  columns: number,
  titles: readonly string[] | undefined,
): string {
  const width = Math.max(0, ...cells.map((cell) => cell.width)) + GAP;
  const height = Math.max(0, ...cells.map((cell) => cell.height)) + GAP + (titles ? 16 : 0);
  const across = Math.min(columns, Math.max(1, cells.length));
  const down = Math.ceil(cells.length / columns);
  const parts = cells.map((cell, i) => {
    const [x, y] = [GAP + i % columns * width, HEAD + Math.floor(i / columns) * height];
    const below = titles ? [text(0, cell.height + 13, titles[i]!)] : [];
    return `<g transform="translate(${x},${y})">${[...cell.parts, ...below].join("")}</g>`;
  });
  return svg(
    Math.max(GAP + across * width, 12 + 7 * title.length),
    HEAD + down * height,
    title,
    [text(GAP, 18, title, { more: 'font-weight="600"' }), ...parts],
  );
}
