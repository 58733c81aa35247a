import * as tf from "../tensor/_tf.ts";
import { ShapeError, type Tensor } from "../tensor/mod.ts";

/** A number for height and width, or one for each. */
export type Pair = number | readonly [height: number, width: number];

/** Both numbers of a {@link Pair}. */
export function pairOf(pair: Pair): [height: number, width: number] {
  return typeof pair === "number" ? [pair, pair] : [...pair];
}

/** How {@link conv2d} slides a filter. */
export interface Conv2dOptions {
  /** Steps between neighbouring places of the filter. @default {1} */
  stride?: Pair;
  /** Zeros added on each side; `"same"` adds what keeps the size at a stride of 1. @default {0} */
  padding?: Pair | "same";
  /** Steps between neighbouring taps of the filter. @default {1} */
  dilation?: Pair;
  /** Groups that the channels are divided into; each group of outputs sees one group of inputs. @default {1} */
  groups?: number;
}

/** Zeros before and after each axis, as TensorFlow.js wants them. */
function explicit([h, w]: [number, number], [top, left] = [h, w]) {
  return [[0, 0], [top, h], [left, w], [0, 0]] as tf.backend_util.ExplicitPadding;
}

function paddingOf(padding: Pair | "same", taps: number[], dilation: number[]) {
  if (padding !== "same") return explicit(pairOf(padding));
  const total = taps.map((n, i) => (n - 1) * dilation[i]!); // PyTorch puts the odd zero after
  const before = total.map((n) => n >> 1) as [number, number];
  return explicit(total.map((n, i) => n - before[i]!) as [number, number], before);
}

function fail(must: string, x: Tensor, filter: Tensor): never {
  throw new ShapeError(
    `Cannot apply conv2d as ${must}: current shapes are [${x.shape}] and [${filter.shape}]`,
    [-1, -1, -1, -1],
    x.shape,
  );
}

/** Every `stride`-th row and column. */
function thin(x: Tensor, [sy, sx]: [number, number]): Tensor {
  if (sy === 1 && sx === 1) return x;
  return tf.avgPool(x as tf.Tensor4D, 1, [sy, sx], "valid");
}

/**
 * Slides a filter over images: a cross-correlation, as every library's convolution is.
 *
 * `y[b, i, j, o] = Σ_{p, q, c} x[b, i s + p d − pad, j s + q d − pad, c] · filter[p, q, c, o]`, with stride `s` and dilation `d`.
 *
 * Channels come last: WebAssembly's convolution of TensorFlow.js knows no other order, and its GPU programs read four
 * channels at once only then.
 *
 * @param x Images, `[B, H, W, C]`, float32.
 * @param filter `[height, width, C / groups, O]`, float32.
 * @param options Stride, padding, dilation, groups.
 * @returns `[B, H', W', O]`, with `H' = floor((H + 2 padding − dilation (height − 1) − 1) / stride) + 1`.
 * @throws {ShapeError} If the channels do not fit.
 */
export function conv2d(x: Tensor, filter: Tensor, options: Conv2dOptions = {}): Tensor {
  const { groups = 1, padding = 0 } = options;
  if (x.rank !== 4 || filter.rank !== 4) fail("images and filter must have rank 4", x, filter);
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number];
  const channels = x.shape[3]!;
  if (channels !== inputs * groups || outputs % groups !== 0) {
    fail(`${groups} groups of channels must fit`, x, filter);
  }
  const dilation = pairOf(options.dilation ?? 1);
  const stride = pairOf(options.stride ?? 1);
  const pad = paddingOf(padding, [height, width], dilation);
  // TensorFlow.js has no stride beside a dilation: what lies between the steps is computed and left out
  const apart = Math.max(...stride) > 1 && Math.max(...dilation) > 1;
  const step: [number, number] = apart ? [1, 1] : stride;
  let y: Tensor;
  if (groups === 1) {
    y = plain(x, filter, step, pad, dilation);
  } else if (inputs === 1) {
    const taps = tf.reshape(filter, [height, width, channels, outputs / channels]);
    y = depthwise(x, taps, step, pad, dilation);
  } else {
    const images = tf.split(x, groups, 3);
    const filters = tf.split(filter, groups, 3);
    y = tf.concat(
      images.map((image, g) => plain(image, filters[g]!, step, pad, dilation) as tf.Tensor4D),
      3,
    );
  }
  return apart ? thin(y, stride) : y;
}

type Explicit = tf.backend_util.ExplicitPadding;
type Numbers = [number, number];

function plain(x: Tensor, filter: Tensor, stride: Numbers, pad: Explicit, dilation: Numbers) {
  return tf.conv2d(
    x as tf.Tensor4D,
    filter as tf.Tensor4D,
    stride,
    pad,
    "NHWC",
    dilation,
    "floor",
  ) as Tensor;
}

/** Depthwise convolution; with unequal strides, which TensorFlow.js lacks, every column is computed. */
function depthwise(x: Tensor, filter: Tensor, stride: Numbers, pad: Explicit, dilation: Numbers) {
  const equal = stride[0] === stride[1];
  const padded = tf.pad(x, pad as unknown as Numbers[]);
  const y = tf.depthwiseConv2d(
    padded as tf.Tensor4D,
    filter as tf.Tensor4D,
    equal ? stride : 1,
    "valid",
    "NHWC",
    dilation,
  ) as Tensor;
  return equal ? y : thin(y, stride);
}

/** How {@link convTranspose2d} slides a filter. */
export interface ConvTranspose2dOptions {
  /** Steps between neighbouring places of the filter in the output. @default {1} */
  stride?: Pair;
  /** Rows and columns cut from each side of the output. @default {0} */
  padding?: Pair;
}

/**
 * Slides a filter over the output, each input laying down a multiple of it: the gradient of {@link conv2d} by its images.
 *
 * @param x Images, `[B, H, W, C]`, float32.
 * @param filter `[height, width, O, C]`, float32.
 * @param options Stride and padding.
 * @returns `[B, H', W', O]`, with `H' = (H − 1) stride − 2 padding + height`.
 * @throws {ShapeError} If the channels do not fit.
 */
export function convTranspose2d(
  x: Tensor,
  filter: Tensor,
  options: ConvTranspose2dOptions = {},
): Tensor {
  const [height, width, outputs, inputs] = filter.shape as [number, number, number, number];
  if (x.rank !== 4 || x.shape[3] !== inputs) fail("their last axes must be equal", x, filter);
  const [sy, sx] = pairOf(options.stride ?? 1);
  const [py, px] = pairOf(options.padding ?? 0);
  const [B, H, W] = x.shape as [number, number, number, number];
  const whole = tf.conv2dTranspose(
    x as tf.Tensor4D,
    filter as tf.Tensor4D,
    [B, (H - 1) * sy + height, (W - 1) * sx + width, outputs],
    [sy, sx],
    "valid",
  );
  if (py === 0 && px === 0) return whole;
  const [, rows, columns] = whole.shape;
  return tf.slice(whole, [0, py, px, 0], [B, rows - 2 * py, columns - 2 * px, outputs]);
}

/** {@link conv2d} as a sum over the taps of shifted images: the definition that tests compare with. */
export function conv2dReference(x: Tensor, filter: Tensor, options: Conv2dOptions = {}): Tensor {
  const [sy, sx] = pairOf(options.stride ?? 1);
  const [dy, dx] = pairOf(options.dilation ?? 1);
  const { groups = 1, padding = 0 } = options;
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number];
  const padded = tf.pad(x, paddingOf(padding, [height, width], [dy, dx]) as unknown as Numbers[]);
  const [B, H, W] = padded.shape as [number, number, number];
  const [rows, columns] = [
    Math.floor((H - dy * (height - 1) - 1) / sy) + 1,
    Math.floor((W - dx * (width - 1) - 1) / sx) + 1,
  ];
  const at = (count: number, stride: number, first: number) =>
    tf.tensor1d(Array.from({ length: count }, (_, i) => first + i * stride), "int32");
  const terms: Tensor[] = [];
  for (let p = 0; p < height; p++) {
    for (let q = 0; q < width; q++) {
      const seen = tf.gather(
        tf.gather(padded, at(rows, sy, p * dy), 1),
        at(columns, sx, q * dx),
        2,
      );
      const tap = tf.reshape(tf.slice(filter, [p, q, 0, 0], [1, 1, inputs, outputs]), [
        inputs,
        outputs,
      ]);
      const parts = Array.from({ length: groups }, (_, g) => {
        const [from, to] = [inputs * g, outputs / groups];
        const mine = tf.slice(seen, [0, 0, 0, from], [B, rows, columns, inputs]);
        const weights = tf.slice(tap, [0, g * to], [inputs, to]);
        return tf.reshape(tf.matMul(tf.reshape(mine, [-1, inputs]), weights), [
          B,
          rows,
          columns,
          to,
        ]);
      });
      terms.push(tf.concat(parts, 3));
    }
  }
  return terms.reduce((sum, term) => tf.add(sum, term));
}
