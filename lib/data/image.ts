import { extname } from "node:path";
import { decode as decodePng, encode as encodePng } from "fast-png";
import jpeg from "jpeg-js";
import { writeAtomic } from "../checkpoint/mod.ts";

/** An image in memory: its pixels row by row, the channels of a pixel side by side. */
export interface Image {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** 1 for grey, 3 for red, green and blue, 4 with opacity besides. */
  readonly channels: number;
  /** `height × width × channels` values, 0 to 255. */
  readonly data: Uint8Array;
}

/** How an image is stored. */
export type ImageFormat = "png" | "jpeg";

/** How {@link encodeImage} writes. */
export interface EncodeImageOptions {
  /** How an image is stored. @default {"png"} */
  format?: ImageFormat;
  /** How much a JPEG keeps, from 1 to 100. @default {90} */
  quality?: number;
}

/** Gives an image other channels: grey to colour by copies, colour to grey by brightness (Rec. 601); opacity is laid over black. */
export function withChannels(image: Image, channels: 1 | 3): Image {
  const { width, height, data } = image;
  if (image.channels === channels) return image;
  const out = new Uint8Array(width * height * channels);
  const step = image.channels;
  for (let i = 0; i < width * height; i++) {
    const at = i * step;
    const share = step === 4 ? data[at + 3]! / 255 : step === 2 ? data[at + 1]! / 255 : 1;
    const [r, g, b] = step < 3
      ? [data[at]!, data[at]!, data[at]!]
      : [data[at]!, data[at + 1]!, data[at + 2]!];
    if (channels === 1) out[i] = Math.round(share * (0.299 * r + 0.587 * g + 0.114 * b));
    else out.set([r, g, b].map((value) => Math.round(share * value)), 3 * i);
  }
  return { width, height, channels, data: out };
}

/**
 * Reads an image from the bytes of a PNG or JPEG file; what it is, its first bytes say.
 *
 * @param bytes The bytes of the file.
 * @returns The image: of PNG the channels that it has, a palette as colours and 16 bits as 8; of JPEG three.
 * @throws {SyntaxError} If the bytes are neither, or damaged.
 */
export function decodeImage(bytes: Uint8Array): Image {
  const kind = bytes[0] === 0x89 && bytes[1] === 0x50
    ? "png"
    : bytes[0] === 0xff && bytes[1] === 0xd8
    ? "jpeg"
    : undefined;
  if (!kind) {
    throw new SyntaxError(
      `Cannot decode an image as it must be PNG or JPEG: current first bytes are ${
        bytes.subarray(0, 4).toHex() || "missing"
      }`,
    );
  }
  try {
    if (kind === "jpeg") {
      const { width, height, data } = jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false });
      return { width, height, channels: 3, data };
    }
    return fromPng(decodePng(bytes));
  } catch (cause) {
    throw new SyntaxError(`Cannot decode an image as its ${kind.toUpperCase()} data are damaged`, {
      cause,
    });
  }
}

function fromPng({ width, height, channels, depth, data, palette }: ReturnType<typeof decodePng>) {
  const count = width * height;
  // fewer than 8 bits: each row is filled up to whole bytes
  const rowBytes = Math.ceil(width * channels * depth / 8);
  const value = (row: number, i: number) => {
    const bit = i * depth;
    const byte = data[row * rowBytes + (bit >> 3)]!;
    return (byte >> (8 - depth - bit % 8)) & ((1 << depth) - 1);
  };
  const levels = Uint8Array.from({ length: count * channels }, (_, i) => {
    if (depth === 16) return data[i]! >> 8;
    const raw = depth === 8
      ? data[i]!
      : value(Math.floor(i / (width * channels)), i % (width * channels));
    return palette || depth === 8 ? raw : Math.round(raw * 255 / (2 ** depth - 1));
  });
  if (!palette) return { width, height, channels, data: levels };
  const depthOf = palette[0]!.length;
  const colours = new Uint8Array(count * depthOf);
  levels.forEach((level, i) => colours.set(palette[level]!, i * depthOf));
  return { width, height, channels: depthOf, data: colours };
}

/**
 * Writes an image as the bytes of a file.
 *
 * @param image The image; JPEG knows no opacity, which is laid over black.
 * @throws {RangeError} If the image has not as many values as its sizes say, or `quality` is out of range.
 */
export function encodeImage(image: Image, options: EncodeImageOptions = {}): Uint8Array {
  const { format = "png", quality = 90 } = options;
  const { width, height, channels, data } = image;
  if (data.length !== width * height * channels || ![1, 2, 3, 4].includes(channels)) {
    throw new RangeError(
      `Cannot encode an image as it must have height × width × channels values, and 1 to 4 channels: ` +
        `current sizes are ${height}, ${width} and ${channels}, with ${data.length} values`,
    );
  }
  if (!(quality >= 1 && quality <= 100)) {
    throw new RangeError(
      `Cannot encode an image as quality must be from 1 to 100: current value is ${quality}`,
    );
  }
  if (format === "png") return encodePng({ width, height, channels, depth: 8, data });
  const { data: colours } = withChannels(image, 3);
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(colours.subarray(3 * i, 3 * i + 3), 4 * i);
  return Uint8Array.from(jpeg.encode({ width, height, data: rgba }, quality).data);
}

/**
 * Reads an image from a PNG or JPEG file.
 *
 * @param path The file.
 * @throws {SyntaxError} If it is neither, or damaged.
 */
export async function readImage(path: string): Promise<Image> {
  return decodeImage(await Deno.readFile(path));
}

/**
 * Writes an image to a file; its ending, `.png`, `.jpg` or `.jpeg`, says how.
 *
 * @param path Where to.
 * @param image The image.
 * @throws {RangeError} If the ending is another one.
 */
export async function writeImage(
  path: string,
  image: Image,
  options: Omit<EncodeImageOptions, "format"> = {},
): Promise<void> {
  const formats: Record<string, ImageFormat> = { ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg" };
  const format = formats[extname(path).toLowerCase()];
  if (!format) {
    throw new RangeError(
      `Cannot write ${path} as it must end in ${Object.keys(formats).join(", ")}`,
    );
  }
  await writeAtomic(path, encodeImage(image, { ...options, format }));
}

/** The value of a channel between pixels: a mean of the four around, weighted by nearness; outside, `outside`. */
export function sampleImage(
  { width, height, channels, data }: Image,
  x: number,
  y: number,
  channel: number,
  outside?: number,
): number {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  let sum = 0;
  for (const [column, wx] of [[x0, 1 - (x - x0)], [x0 + 1, x - x0]] as const) {
    for (const [row, wy] of [[y0, 1 - (y - y0)], [y0 + 1, y - y0]] as const) {
      if (wx * wy === 0) continue;
      const inside = column >= 0 && column < width && row >= 0 && row < height;
      if (!inside && outside !== undefined) sum += wx * wy * outside;
      else {
        const c = Math.min(Math.max(column, 0), width - 1);
        const r = Math.min(Math.max(row, 0), height - 1);
        sum += wx * wy * data[(r * width + c) * channels + channel]!;
      }
    }
  }
  return sum;
}

/**
 * Makes an image larger or smaller, by bilinear interpolation between the centres of pixels; an image that is to be much smaller
 * is averaged first, so that no pixel goes unseen.
 *
 * @param image The image.
 * @param width Pixels across.
 * @param height Pixels down.
 */
export function resizeImage(image: Image, width: number, height: number): Image {
  if (image.width === width && image.height === height) return image;
  if (image.width >= 2 * width && image.height >= 2 * height) {
    return resizeImage(halved(image), width, height);
  }
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  const [sx, sy] = [image.width / width, image.height / height];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        data[i++] = Math.round(sampleImage(image, (x + 0.5) * sx - 0.5, (y + 0.5) * sy - 0.5, c));
      }
    }
  }
  return { width, height, channels, data };
}

function halved({ width, height, channels, data }: Image): Image {
  const [w, h] = [width >> 1, height >> 1];
  const out = new Uint8Array(w * h * channels);
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < channels; c++) {
        const at = (2 * y * width + 2 * x) * channels + c;
        const below = at + width * channels;
        out[i++] = Math.round(
          (data[at]! + data[at + channels]! + data[below]! + data[below + channels]!) / 4,
        );
      }
    }
  }
  return { width: w, height: h, channels, data: out };
}
