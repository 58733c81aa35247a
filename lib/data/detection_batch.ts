import type { Box } from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { ShapeError, type Tensor } from "../tensor/mod.ts";
import { type ImageScale, imagesToTensor } from "./image_batch.ts";
import type { Image } from "./image.ts";

/** An image and the boxes in it; a `Scene` is one. */
export interface BoxedImage {
  /** The image. */
  image: Image;
  /** What is in it: the class of each thing, from 0, and its box. */
  objects: readonly { label: number; box: Box }[];
}

/** Images and what a detector of centres is to say of their cells, for training. */
export interface DetectionBatch {
  /** `[B, H, W, C]`, float32. */
  images: Tensor;
  /**
   * How near each cell is to a centre of each class, `[B, H / stride, W / stride, K]`: 1 in the cell of a centre, and less around it.
   */
  heat: Tensor;
  /** How far the edges are from the middle of each cell, in cells: left, upper, right, lower, `[B, H / stride, W / stride, 4]`. */
  boxes: Tensor;
  /** How much the box of each cell counts, `[B, H / stride, W / stride]`: 0 away from centres. */
  weights: Tensor;
}

/** How {@link collateDetections} makes targets. */
export interface CollateDetectionsOptions extends ImageScale {
  /** The number of classes. */
  numLabels: number;
  /** Pixels of a cell's side. @default {4} */
  stride?: number;
}

/** Below this share a cell says nothing of a box. */
const NEAR = 0.3;

/**
 * Makes the function that a `DataLoader` takes as `collate` for a detector of centres.
 *
 * The share of a cell `d` cells away from a centre is `exp(−d_x² / 2σ_x² − d_y² / 2σ_y²)`, with `σ` a tenth of the box's
 * side, and at least 0.7 cells.
 *
 * @param options Classes, cells, and the scale of pixels.
 * @throws {RangeError} If a class is out of range.
 * @throws {ShapeError} If images differ in size, or the cells do not divide them.
 * @see Zhou, Wang and Krähenbühl, 2019, "Objects as Points", https://arxiv.org/abs/1904.07850, §3
 */
export function collateDetections(
  { numLabels, stride = 4, ...scale }: CollateDetectionsOptions,
): (examples: readonly BoxedImage[]) => DetectionBatch {
  return (examples) => {
    const { width, height } = examples[0]!.image;
    if (width % stride !== 0 || height % stride !== 0) {
      throw new ShapeError(
        `Cannot divide images into cells as both sides must be multiples of ${stride}: current shape is [${height}, ${width}]`,
        [-1, -1],
        [height, width],
      );
    }
    const images = imagesToTensor(examples.map(({ image }) => image), scale);
    const [rows, columns] = [height / stride, width / stride];
    const cells = rows * columns;
    const heat = new Float32Array(examples.length * cells * numLabels);
    const boxes = new Float32Array(examples.length * cells * 4).fill(1);
    const weights = new Float32Array(examples.length * cells);
    for (const [b, { objects }] of examples.entries()) {
      for (const { label, box } of objects) {
        if (!(label >= 0 && label < numLabels)) {
          images.dispose();
          throw new RangeError(
            `Cannot make targets as classes must be below ${numLabels}: current class is ${label}`,
          );
        }
        const [left, top, right, bottom] = box.map((edge) => edge / stride) as [
          number,
          number,
          number,
          number,
        ];
        const [column, row] = [
          Math.min(columns - 1, Math.floor((left + right) / 2)),
          Math.min(rows - 1, Math.floor((top + bottom) / 2)),
        ];
        const [sx, sy] = [Math.max(0.7, (right - left) / 10), Math.max(0.7, (bottom - top) / 10)];
        for (let y = 0; y < rows; y++) {
          for (let x = 0; x < columns; x++) {
            const near = Math.exp(-0.5 * (((x - column) / sx) ** 2 + ((y - row) / sy) ** 2));
            if (near < 1e-3) continue;
            const cell = b * cells + y * columns + x;
            const at = cell * numLabels + label;
            heat[at] = Math.max(heat[at]!, near);
            if (near < NEAR || near <= weights[cell]!) continue; // the nearer thing has the cell
            weights[cell] = near;
            boxes.set(
              [x + 0.5 - left, y + 0.5 - top, right - x - 0.5, bottom - y - 0.5]
                .map((distance) => Math.max(0.05, distance)),
              4 * cell,
            );
          }
        }
      }
    }
    const B = examples.length;
    return {
      images,
      heat: tf.tensor4d(heat, [B, rows, columns, numLabels]),
      boxes: tf.tensor4d(boxes, [B, rows, columns, 4]),
      weights: tf.tensor3d(weights, [B, rows, columns]),
    };
  };
}

/** An image and the class of each of its pixels; a `Scene` is one. */
export interface MaskedImage {
  /** The image. */
  image: Image;
  /** The class of each pixel, row by row. */
  mask: ArrayLike<number>;
}

/**
 * Makes a batch of images and the classes of their pixels; what a `DataLoader` takes as `collate` for `segmentationLoss`.
 *
 * @param examples Images of one size, and their masks.
 * @param scale What is subtracted from pixels and what they are divided by.
 * @returns `images`, `[B, H, W, C]`, float32, and `labels`, `[B, H, W]`, int32; the caller frees both.
 * @throws {ShapeError} If sizes or channels differ, or a mask has another size than its image.
 */
export function collateMasks(
  examples: readonly MaskedImage[],
  scale?: ImageScale,
): { images: Tensor; labels: Tensor } {
  const { width, height } = examples[0]!.image;
  const labels = new Int32Array(examples.length * width * height);
  for (const [b, { mask }] of examples.entries()) {
    if (mask.length !== width * height) {
      throw new ShapeError(
        `Cannot make a batch as all masks must have ${
          width * height
        } pixels: current length of mask ${b} is ${mask.length}`,
        [width * height],
        [mask.length],
      );
    }
    labels.set(mask, b * width * height);
  }
  const images = imagesToTensor(examples.map(({ image }) => image), scale);
  return { images, labels: tf.tensor3d(labels, [examples.length, height, width], "int32") };
}
