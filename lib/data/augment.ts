import { Rng } from "../tensor/mod.ts";
import { type Image, sampleImage } from "./image.ts";

/** Turns an image over, so that left and right, or above and below, are exchanged. */
export function flipImage(image: Image, axis: "horizontal" | "vertical" = "horizontal"): Image {
  const { width, height, channels } = image;
  const data = new Uint8Array(image.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, row] = axis === "horizontal" ? [width - 1 - x, y] : [x, height - 1 - y];
      const at = (row * width + from) * channels;
      data.set(image.data.subarray(at, at + channels), (y * width + x) * channels);
    }
  }
  return { width, height, channels, data };
}

/**
 * Takes a part of an image; what lies outside is 0.
 *
 * @param image The image.
 * @param left The first column, which may be negative.
 * @param top The first row, which may be negative.
 * @param width Columns of the part.
 * @param height Rows of the part.
 */
export function cropImage(
  image: Image,
  left: number,
  top: number,
  width: number,
  height: number,
): Image {
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  const [from, to] = [Math.max(0, left), Math.min(image.width, left + width)];
  for (let y = Math.max(0, -top); y < height && top + y < image.height && from < to; y++) {
    const row = (top + y) * image.width;
    data.set(
      image.data.subarray((row + from) * channels, (row + to) * channels),
      (y * width + from - left) * channels,
    );
  }
  return { width, height, channels, data };
}

/**
 * Turns an image about its centre, counter-clockwise; corners that open are 0.
 *
 * @param image The image.
 * @param degrees How far.
 */
export function rotateImage(image: Image, degrees: number): Image {
  const { width, height, channels } = image;
  const [cos, sin] = [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const data = new Uint8Array(image.data.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // where this pixel was; rows grow downwards
      const fromX = cx + (x - cx) * cos - (y - cy) * sin;
      const fromY = cy + (x - cx) * sin + (y - cy) * cos;
      for (let c = 0; c < channels; c++) {
        data[i++] = Math.round(sampleImage(image, fromX, fromY, c, 0));
      }
    }
  }
  return { width, height, channels, data };
}

/** How {@link adjustColours} changes an image; 1 changes nothing. */
export interface ColourChange {
  /** Every value is multiplied by this. @default {1} */
  brightness?: number;
  /** How far values keep from the image's mean grey. @default {1} */
  contrast?: number;
  /** How far colours keep from their own grey; grey images have none. @default {1} */
  saturation?: number;
}

/**
 * Changes brightness, then contrast, then saturation of an image.
 *
 * @param image The image, of 1 or 3 channels.
 */
export function adjustColours(
  image: Image,
  { brightness = 1, contrast = 1, saturation = 1 }: ColourChange,
): Image {
  const { channels } = image;
  const values = Float64Array.from(image.data, (v) => Math.min(255, v * brightness));
  const greyAt = (i: number) =>
    channels < 3
      ? values[i]!
      : 0.299 * values[i]! + 0.587 * values[i + 1]! + 0.114 * values[i + 2]!;
  let mean = 0;
  for (let i = 0; i < values.length; i += channels) mean += greyAt(i);
  mean /= values.length / channels;
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.min(255, Math.max(0, mean + contrast * (values[i]! - mean)));
  }
  if (channels >= 3) {
    for (let i = 0; i < values.length; i += channels) {
      const grey = greyAt(i);
      for (let c = i; c < i + 3; c++) values[c] = grey + saturation * (values[c]! - grey);
    }
  }
  const data = Uint8Array.from(values, (v) => Math.round(Math.min(255, Math.max(0, v))));
  return { ...image, data };
}

/**
 * Sets a square of an image to 0; parts of it may lie outside.
 *
 * @param image The image.
 * @param x The column of its centre.
 * @param y The row of its centre.
 * @param size Its side.
 * @see DeVries and Taylor, 2017, "Improved Regularization of Convolutional Neural Networks with Cutout",
 *   https://arxiv.org/abs/1708.04552
 */
export function cutOut(image: Image, x: number, y: number, size: number): Image {
  const { width, height, channels } = image;
  const data = image.data.slice();
  const [left, top] = [x - (size >> 1), y - (size >> 1)];
  for (let row = Math.max(0, top); row < Math.min(height, top + size); row++) {
    const [from, to] = [Math.max(0, left), Math.min(width, left + size)];
    data.fill(0, (row * width + from) * channels, (row * width + Math.max(from, to)) * channels);
  }
  return { width, height, channels, data };
}

/** How {@link augmenter} changes images; what is not named is not done. */
export interface AugmentOptions {
  /** Whether every second image is turned over, left to right. @default {false} */
  flip?: boolean;
  /** An image is moved by up to so many pixels in each direction. @default {0} */
  shift?: number;
  /** An image is turned by up to so many degrees either way. @default {0} */
  rotate?: number;
  /** Brightness, contrast and saturation are each multiplied by up to 1 ± this. @default {0} */
  colour?: number;
  /** The side of a square that is set to 0. @default {0} */
  cutOut?: number;
  /** Equal seeds change the same images in the same way. @default {0} */
  seed?: number;
}

/**
 * Makes a function that changes each image it is given by chance, the size kept.
 *
 * @example
 * ```ts
 * import { augmenter } from "@tome/tome/data";
 *
 * const augment = augmenter({ shift: 2, rotate: 10, seed: 1 });
 * const image = { width: 4, height: 4, channels: 1, data: new Uint8Array(16).fill(9) };
 * console.assert(augment(image).data.length === 16);
 * ```
 * @param options What may happen to an image.
 */
export function augmenter(options: AugmentOptions): (image: Image) => Image {
  const { flip = false, shift = 0, rotate = 0, colour = 0, cutOut: hole = 0, seed = 0 } = options;
  const rng = new Rng(seed);
  return (image) => {
    const { width, height } = image;
    let changed = image;
    if (flip && rng.uniform() < 0.5) changed = flipImage(changed);
    if (rotate > 0) changed = rotateImage(changed, rng.uniform(-rotate, rotate));
    if (shift > 0) {
      const by = () => rng.int(2 * shift + 1) - shift;
      changed = cropImage(changed, by(), by(), width, height);
    }
    if (colour > 0) {
      const factor = () => rng.uniform(1 - colour, 1 + colour);
      changed = adjustColours(changed, {
        brightness: factor(),
        contrast: factor(),
        saturation: factor(),
      });
    }
    return hole > 0 ? cutOut(changed, rng.int(width), rng.int(height), hole) : changed;
  };
}
