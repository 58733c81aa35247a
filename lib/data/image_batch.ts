import * as tf from "../tensor/_tf.ts";
import { ShapeError, type Tensor } from "../tensor/mod.ts";
import type { Image } from "./image.ts";

/** An image whose class is known. */
export interface LabelledImage {
  /** The image. */
  image: Image;
  /** Its class, from 0. */
  label: number;
}

/** Images and their classes, for training. */
export interface ImageBatch {
  /** `[B, H, W, C]`, float32. */
  images: Tensor;
  /** The class of each image, `[B]`, int32; or, where images are mixed, the share of each class, `[B, K]`, float32. */
  labels: Tensor;
}

/** How {@link collateImages} makes numbers of pixels: `(value / 255 − mean) / std`. */
export interface ImageScale {
  /** Subtracted from each channel, or from all. @default {0} */
  mean?: number | readonly number[];
  /** What each channel, or all, is divided by. @default {1} */
  std?: number | readonly number[];
}

/** The mean and the standard deviation of ImageNet's photographs, which published models were trained with. */
export const IMAGENET_SCALE: Readonly<Required<ImageScale>> = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/**
 * Puts images of one size into one array.
 *
 * @param images At least one image.
 * @returns `[B, H, W, C]`, float32; the caller frees it.
 * @throws {ShapeError} If sizes or channels differ.
 */
export function imagesToTensor(
  images: readonly Image[],
  { mean = 0, std = 1 }: ImageScale = {},
): Tensor {
  const { width, height, channels } = images[0]!;
  const size = width * height * channels;
  const values = new Float32Array(images.length * size);
  const at = (numbers: number | readonly number[], c: number) =>
    typeof numbers === "number" ? numbers : numbers[c]!;
  // a table of what each value of a pixel becomes
  const tables = Array.from(
    { length: channels },
    (_, c) => Float32Array.from({ length: 256 }, (_, v) => (v / 255 - at(mean, c)) / at(std, c)),
  );
  for (const [b, image] of images.entries()) {
    if (image.width !== width || image.height !== height || image.channels !== channels) {
      throw new ShapeError(
        `Cannot make a batch as all images must have shape [${height}, ${width}, ${channels}]: current shape of image ${b} is [${image.height}, ${image.width}, ${image.channels}]; resize it`,
        [height, width, channels],
        [image.height, image.width, image.channels],
      );
    }
    for (let i = 0, start = b * size; i < size;) {
      for (let c = 0; c < channels; c++, i++) values[start + i] = tables[c]![image.data[i]!]!;
    }
  }
  return tf.tensor4d(values, [images.length, height, width, channels]);
}

/**
 * Makes a batch of images and classes; what a `DataLoader` takes as `collate`.
 *
 * @param examples Images of one size, and their classes.
 * @param scale What is subtracted and divided by.
 * @throws {ShapeError} If sizes or channels differ.
 */
export function collateImages(examples: readonly LabelledImage[], scale?: ImageScale): ImageBatch {
  return {
    images: imagesToTensor(examples.map(({ image }) => image), scale),
    labels: tf.tensor1d(examples.map(({ label }) => label), "int32"),
  };
}
