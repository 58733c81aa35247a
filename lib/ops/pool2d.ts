import * as tf from "../tensor/_tf.ts";
import { ShapeError, type Tensor } from "../tensor/mod.ts";
import { type Pair, pairOf } from "./conv2d.ts";

/** How {@link maxPool2d} and {@link avgPool2d} slide their window. */
export interface Pool2dOptions {
  /** Steps between neighbouring windows. @default {the size of the window} */
  stride?: Pair;
  /** Rows and columns added on each side, at most half the window; they are never the largest, and count as 0 in a mean. @default {0} */
  padding?: Pair;
}

function checkImages(what: string, x: Tensor): void {
  if (x.rank === 4) return;
  throw new ShapeError(
    `Cannot apply ${what} as images must have shape [B, H, W, C]: current shape is [${x.shape}]`,
    [-1, -1, -1, -1],
    x.shape,
  );
}

/**
 * The largest number in each window of each channel.
 *
 * @param x Images, `[B, H, W, C]`, float32.
 * @param size Height and width of the window.
 * @param options Stride and padding.
 * @returns `[B, H', W', C]`, with `H' = floor((H + 2 padding − size) / stride) + 1`.
 * @throws {ShapeError} If `x` does not have rank 4.
 */
export function maxPool2d(x: Tensor, size: Pair, options: Pool2dOptions = {}): Tensor {
  checkImages("maxPool2d", x);
  const window = pairOf(size);
  const [py, px] = pairOf(options.padding ?? 0);
  const pad = [[0, 0], [py, py], [px, px], [0, 0]] as tf.backend_util.ExplicitPadding;
  const stride = pairOf(options.stride ?? size);
  return tf.maxPool(x as tf.Tensor4D, window, stride, pad, "floor");
}

/**
 * The mean of each window of each channel.
 *
 * @param x Images, `[B, H, W, C]`, float32.
 * @param size Height and width of the window.
 * @param options Stride and padding; as in PyTorch, zeros of the padding count.
 * @returns `[B, H', W', C]`, with `H' = floor((H + 2 padding − size) / stride) + 1`.
 * @throws {ShapeError} If `x` does not have rank 4.
 */
export function avgPool2d(x: Tensor, size: Pair, options: Pool2dOptions = {}): Tensor {
  checkImages("avgPool2d", x);
  const [py, px] = pairOf(options.padding ?? 0);
  const padded = py + px === 0 ? x : tf.pad(x, [[0, 0], [py, py], [px, px], [0, 0]]);
  const stride = pairOf(options.stride ?? size);
  return tf.avgPool(padded as tf.Tensor4D, pairOf(size), stride, "valid");
}

/** Which numbers of `length` each of `count` means takes, and in what shares, `[count, length]`. */
function shares(count: number, length: number): Tensor {
  const matrix = new Float32Array(count * length);
  for (let i = 0; i < count; i++) {
    const [from, to] = [Math.floor(i * length / count), Math.ceil((i + 1) * length / count)];
    matrix.fill(1 / (to - from), i * length + from, i * length + to);
  }
  return tf.tensor2d(matrix, [count, length]);
}

/**
 * Means over as many windows as are wanted, whatever the size of the images; neighbours may overlap by a row.
 *
 * Window `i` of `n` goes from `floor(i H / n)` to `ceil((i + 1) H / n)`.
 *
 * @param x Images, `[B, H, W, C]`, float32.
 * @param size How many windows there are down and across. @default {1: the mean of each image}
 * @returns `[B, h, w, C]`
 * @throws {ShapeError} If `x` does not have rank 4.
 */
export function adaptiveAvgPool2d(x: Tensor, size: Pair = 1): Tensor {
  checkImages("adaptiveAvgPool2d", x);
  const [h, w] = pairOf(size);
  const [B, H, W, C] = x.shape as [number, number, number, number];
  if (h === 1 && w === 1) return tf.mean(x, [1, 2], true);
  const rows = tf.matMul(shares(h, H), tf.reshape(x, [B, H, W * C])); // [B, h, W C]
  const columns = tf.reshape(rows, [B * h, W, C]);
  return tf.reshape(tf.matMul(shares(w, W), columns), [B, h, w, C]);
}

/** The windows of images, `[B, H', W', size, C]`, with `outside` in place of what lies beyond an edge. */
function windows(x: Tensor, size: Pair, options: Pool2dOptions, outside: number): Tensor {
  const [py, px] = pairOf(options.padding ?? 0);
  const [sy, sx] = pairOf(options.stride ?? size);
  const [height, width] = pairOf(size);
  const padded = tf.pad(x, [[0, 0], [py, py], [px, px], [0, 0]], outside);
  const [, H, W] = padded.shape as [number, number, number];
  const at = (length: number, window: number, stride: number, first: number) =>
    tf.tensor1d(
      Array.from({ length: Math.floor((length - window) / stride) + 1 }, (_, i) =>
        first + i * stride),
      "int32",
    );
  const taps: Tensor[] = [];
  for (let p = 0; p < height; p++) {
    for (let q = 0; q < width; q++) {
      taps.push(
        tf.gather(tf.gather(padded, at(H, height, sy, p), 1), at(W, width, sx, q), 2),
      );
    }
  }
  return tf.stack(taps, 3);
}

/** {@link maxPool2d} by the windows' own numbers: the definition that tests compare with. */
export function maxPool2dReference(x: Tensor, size: Pair, options: Pool2dOptions = {}): Tensor {
  return tf.max(windows(x, size, options, -1e30), 3);
}

/** {@link avgPool2d} by the windows' own numbers: the definition that tests compare with. */
export function avgPool2dReference(x: Tensor, size: Pair, options: Pool2dOptions = {}): Tensor {
  return tf.mean(windows(x, size, options, 0), 3);
}
