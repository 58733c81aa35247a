import * as tf from "../tensor/_tf.ts";
import { type Rng, rng as ownRng, type Tensor } from "../tensor/mod.ts";
import type { ImageBatch } from "./image_batch.ts";

/** How {@link mixUp} and {@link cutMix} mix. */
export interface MixOptions {
  /** The number of classes. */
  numLabels: number;
  /** How evenly two images are mixed: their shares are drawn from `Beta(alpha, alpha)`. @default {mixUp 0.2, cutMix 1} */
  alpha?: number;
  /** Where chance comes from. @default {the library's own generator} */
  rng?: Rng;
}

/** A number of the gamma distribution. @see Marsaglia and Tsang, 2000, "A simple method for generating gamma variables" */
function gamma(shape: number, rng: Rng): number {
  if (shape < 1) return gamma(shape + 1, rng) * (1 - rng.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  while (true) {
    const x = rng.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < x * x / 2 + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** A number from 0 to 1, of the distribution `Beta(alpha, alpha)`. */
function evenShare(alpha: number, rng: Rng): number {
  const [a, b] = [gamma(alpha, rng), gamma(alpha, rng)];
  return a / (a + b);
}

function check({ images, labels }: ImageBatch, alpha: number): void {
  if (labels.rank !== 1 || labels.dtype !== "int32") {
    throw new TypeError(
      `Cannot mix images as labels must be classes, [B], int32: current labels are [${labels.shape}], ${labels.dtype}`,
    );
  }
  if (!(alpha > 0)) {
    throw new RangeError(`Cannot mix images as alpha must be above 0: current alpha is ${alpha}`);
  }
  if (images.rank !== 4) {
    throw new RangeError(
      `Cannot mix images as they must have shape [B, H, W, C]: current shape is [${images.shape}]`,
    );
  }
}

/** Each row beside another one, in an order drawn by chance. */
function partners(count: number, rng: Rng): Tensor {
  return tf.tensor1d(rng.shuffle(Array.from({ length: count }, (_, i) => i)), "int32");
}

function mixedLabels(labels: Tensor, order: Tensor, share: number, classes: number): Tensor {
  const hot = tf.cast(tf.oneHot(labels, classes), "float32");
  return tf.add(tf.mul(hot, share), tf.mul(tf.gather(hot, order), 1 - share));
}

/**
 * Lays another image of the batch over each, faintly, and mixes the classes alike.
 *
 * `x = λ x_i + (1 − λ) x_j` and `y = λ y_i + (1 − λ) y_j`, with one `λ` for the batch.
 *
 * @param batch Images and classes; it stays the caller's.
 * @returns A new batch, whose labels are the share of each class, `[B, K]`, float32.
 * @throws {TypeError} If the labels are not classes.
 * @see Zhang et al., 2017, "mixup: Beyond Empirical Risk Minimization", https://arxiv.org/abs/1710.09412
 */
export function mixUp(batch: ImageBatch, options: MixOptions): ImageBatch {
  const { numLabels, alpha = 0.2, rng = ownRng } = options;
  check(batch, alpha);
  return tf.tidy(() => {
    const { images, labels } = batch;
    const order = partners(images.shape[0]!, rng);
    const share = evenShare(alpha, rng);
    const others = tf.gather(images, order);
    return {
      images: tf.add(tf.mul(images, share), tf.mul(others, 1 - share)),
      labels: mixedLabels(labels, order, share, numLabels),
    };
  });
}

/**
 * Puts a rectangle of another image of the batch into each; the classes count by the area that is left to them.
 *
 * @param batch Images and classes; it stays the caller's.
 * @returns A new batch, whose labels are the share of each class, `[B, K]`, float32.
 * @throws {TypeError} If the labels are not classes.
 * @see Yun et al., 2019, "CutMix", https://arxiv.org/abs/1905.04899
 */
export function cutMix(batch: ImageBatch, options: MixOptions): ImageBatch {
  const { numLabels, alpha = 1, rng = ownRng } = options;
  check(batch, alpha);
  return tf.tidy(() => {
    const { images, labels } = batch;
    const [B, H, W] = images.shape as [number, number, number, number];
    const order = partners(B, rng);
    const side = Math.sqrt(1 - evenShare(alpha, rng));
    const [height, width] = [Math.round(H * side), Math.round(W * side)];
    const [top, left] = [rng.int(H) - (height >> 1), rng.int(W) - (width >> 1)];
    const kept = new Float32Array(H * W).fill(1);
    for (let y = Math.max(0, top); y < Math.min(H, top + height); y++) {
      const [from, to] = [Math.max(0, left), Math.min(W, left + width)];
      kept.fill(0, y * W + from, y * W + Math.max(from, to));
    }
    const share = kept.reduce((sum, v) => sum + v, 0) / kept.length;
    const mask = tf.tensor4d(kept, [1, H, W, 1]);
    const others = tf.gather(images, order);
    return {
      images: tf.add(tf.mul(images, mask), tf.mul(others, tf.sub(1, mask))),
      labels: mixedLabels(labels, order, share, numLabels),
    };
  });
}
