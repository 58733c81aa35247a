import type { DType, Tensor } from "../../lib/tensor/mod.ts";
import { DrawnView } from "../drawn_view.ts";
import { View } from "../view.ts";
import { colourScale, paint } from "./colours.ts";
import { drawHeatMap, drawHistogram } from "./drawings.ts";
import { contactSheet } from "./contact_sheet.ts";
import {
  bytes,
  card,
  count,
  image,
  note,
  png,
  pngSource,
  pre,
  type Raster,
  short,
  svgSource,
  textPicture,
} from "./markup.ts";
import { enlarge, enlargement, isChannels, pixelRange, thin, toRaster } from "./pixels.ts";
import { histogram, type Statistics, statistics } from "./statistics.ts";
import { type Element, nested } from "./values.ts";

/** How {@link tensorView} draws. */
export interface TensorViewOptions {
  /** What it is called. @default {"Tensor", or the name of a variable} */
  title?: string;
  /** How many elements at each end of a long axis are told. @default {3} */
  edge?: number;
  /** Bars of the histogram. @default {40} */
  intervals?: number;
}

/** Whether a value is a tensor or a variable. */
export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== "object" || value === null) return false;
  const it = value as Partial<Tensor>;
  return typeof it.dtype === "string" && Array.isArray(it.shape) && "dataId" in it &&
    typeof it.data === "function" && typeof it.dispose === "function";
}

/**
 * Shows a tensor: shape, dtype, values, what they are like and how they are spread, a matrix `[R, C]` as a heat map, and
 * `[Y, X, 1 | 3 | 4]` and `[B, Y, X, 1 | 3 | 4]` as pictures.
 *
 * The values are asked for at once, so that the tensor may be disposed before they are there.
 *
 * @param tensor The tensor; it stays the caller's.
 * @param options What it is called, and how much is told.
 */
export async function tensorView(tensor: Tensor, options: TensorViewOptions = {}): Promise<View> {
  const { edge = 3, intervals = 40 } = options;
  const { dtype, size } = tensor;
  const shape = [...tensor.shape];
  const variable = (tensor as { trainable?: boolean }).trainable !== undefined;
  const name = options.title ??
    (variable ? `Variable ${(tensor as unknown as { name: string }).name}` : "Tensor");
  const what = `${name} ${dtype} [${shape.join(", ")}]`;
  if (tensor.isDisposed) return text(what, "disposed: its values are gone");
  const values = elements(await tensor.data<DType>(), dtype);
  const title = `${what}, ${count(size)} ${size === 1 ? "value" : "values"}${
    dtype === "string" ? "" : `, ${bytes(size * WIDTH[dtype])}`
  }`;
  const told = nested(values, shape, edge);
  if (dtype === "string" || dtype === "complex64" || size <= 1) return text(title, told);
  const numbers = values as ArrayLike<number>;
  const facts = statistics(numbers);
  const line = describe(facts);
  const picture = pictureOf(numbers, shape, facts);
  const bars = facts.min <= facts.max
    ? svgSource(drawHistogram(histogram(numbers, intervals, facts)))
    : undefined;
  return new DrawnView({
    "text/plain": [title, line, ...picture ? [picture.caption] : [], told].join("\n"),
    "text/html": card(title, [
      note(line),
      ...picture ? [picture.html, note(picture.caption)] : [],
      ...bars ? [image(bars, "The histogram of the values", "margin:.4em 0;")] : [],
      pre(told),
    ]),
    ...(picture
      ? { "image/png": picture.png }
      : { "image/svg+xml": drawAll(facts, numbers, intervals, title, told) }),
  });
}

const WIDTH: Record<DType, number> = { float32: 4, int32: 4, bool: 1, complex64: 8, string: 0 };

/** The most cells of a heat map each way. */
const MAX_CELLS = 224;

/** The elements as they are told: those of complex64 come as pairs. */
function elements(data: ArrayLike<number> | string[], dtype: DType): ArrayLike<Element> {
  if (dtype !== "complex64") return data;
  const pairs = data as ArrayLike<number>;
  return Array.from({ length: pairs.length / 2 }, (_, i) => {
    const [re, im] = [pairs[2 * i]!, pairs[2 * i + 1]!];
    return { name: `${short(re)}${im < 0 ? "-" : "+"}${short(Math.abs(im))}i` };
  });
}

function describe({ min, mean, std, max, numNaN, numInfinite }: Statistics): string {
  const odd = [
    ...numNaN ? [`${count(numNaN)} NaN`] : [],
    ...numInfinite ? [`${count(numInfinite)} infinite`] : [],
  ].join(", ") || "all finite";
  if (!(min <= max)) return `${odd}, no finite value`;
  const of = numNaN + numInfinite ? "; of the finite values: " : " · ";
  return `${odd}${of}min ${short(min)} · mean ${short(mean)} · std ${short(std)} · max ${
    short(max)
  }`;
}

/** A view of words alone, with a picture of them. */
function text(title: string, body: string): View {
  const plain = `${title}\n${body}`;
  return new View({
    "text/plain": plain,
    "text/html": card(title, [pre(body)]),
    "image/svg+xml": textPicture(plain, title),
  });
}

function drawAll(
  facts: Statistics,
  values: ArrayLike<number>,
  intervals: number,
  title: string,
  told: string,
): string {
  return facts.min <= facts.max
    ? drawHistogram(histogram(values, intervals, facts))
    : textPicture(`${title}\n${told}`, title);
}

interface Picture {
  html: string;
  png: string;
  caption: string;
}

/** The picture of a matrix, an image or a batch of images; `undefined` for any other shape. */
function pictureOf(
  values: ArrayLike<number>,
  shape: readonly number[],
  facts: Statistics,
): Picture | undefined {
  if (shape.length === 2) return heatMap(values, shape as [number, number], facts);
  const channels = shape.at(-1);
  if (!isChannels(channels)) return;
  const range = pixelRange(facts.min, facts.max);
  const means = `black ${short(range[0])}, white ${short(range[1])}`;
  if (shape.length === 3) {
    const [height, width] = shape as [number, number, number];
    const all = toRaster(values, [height, width, channels], range);
    return still(all, `Image ${height} × ${width}; ${means}`);
  }
  if (shape.length !== 4) return;
  const [batch, height, width] = shape as [number, number, number, number];
  if (height < 8 || width < 8) return; // a stack of filters or heads, no pictures
  const one = height * width * channels;
  const rasters = Array.from({ length: Math.min(batch, 64) }, (_, i) =>
    toRaster(
      (values as Float32Array).subarray(i * one, (i + 1) * one),
      [height, width, channels],
      range,
    ));
  const shown = rasters.length < batch
    ? `the first ${rasters.length} of ${count(batch)} images`
    : `${batch} images`;
  const sheet = contactSheet(rasters);
  return still(sheet, `${shown}, each ${height} × ${width}; ${means}`);
}

function still(all: Raster, caption: string): Picture {
  const thinned = thin(all);
  const few = thinned === all ? "" : `; drawn ${thinned.height} × ${thinned.width}`;
  const times = enlargement(thinned.width, thinned.height, 256);
  const base64 = png(enlarge(thinned, times));
  const alt = `A picture of ${all.width} × ${all.height} pixels`;
  return {
    png: base64,
    html: image(pngSource(base64), alt, "image-rendering:pixelated;"),
    caption: caption + few,
  };
}

function heatMap(
  values: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  facts: Statistics,
): Picture {
  const [down, across] = [Math.ceil(rows / MAX_CELLS), Math.ceil(columns / MAX_CELLS)];
  const [height, width] = [Math.ceil(rows / down), Math.ceil(columns / across)];
  const few = Float64Array.from(
    { length: height * width },
    (_, i) => values[Math.floor(i / width) * down * columns + (i % width) * across]!,
  );
  const colours = colourScale(facts.min, facts.max);
  const cell = Math.min(32, enlargement(width, height, 320));
  const thick = (length: number) => Math.max(cell, Math.ceil(24 / length)); // one row is still seen
  const raster = paint(few, width, height, colours, [thick(width), thick(height)]);
  const title = `Heat map of ${rows} × ${columns} values`;
  return {
    png: png(raster),
    html: image(svgSource(drawHeatMap(raster, colours, title)), title),
    caption: height < rows || width < columns ? `${title}; drawn ${height} × ${width}` : title,
  };
}
