import { randomNormal, Rng, type RngState, type Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { BatchSource, JsonValue } from "./batch_source.ts";

/** How {@link noisyBatches} draws. */
export interface NoisyBatchesOptions {
  /** How many numbers an image; without, as many as it has itself, in its shape. @default {those of the image} */
  latentDim?: number;
  /** If given, a step from 0 up to this is drawn for each image. @default {none} */
  timesteps?: number;
  /** Equal seeds draw equal numbers. @default {0} */
  seed?: number;
}

/**
 * Adds random numbers to batches of images, as training a variational autoencoder or a model of diffusion needs them: what
 * chance brings is part of the batch, so that a step is the same whenever it is made again.
 *
 * @param source Batches of images; what else they hold is freed.
 * @param options How many numbers.
 * @returns Batches with `noise`, from the normal distribution, and, with `timesteps`, `steps`, `[B]`, int32.
 */
export function noisyBatches(
  source: BatchSource<{ images: Tensor }>,
  { latentDim, timesteps, seed = 0 }: NoisyBatchesOptions = {},
): BatchSource<{ images: Tensor; noise: Tensor; steps: Tensor }> {
  const random = new Rng(seed);
  const draw = (images: Tensor) => {
    const B = images.shape[0]!;
    const shape = latentDim === undefined ? images.shape : [B, latentDim];
    const noise = randomNormal(shape, 0, 1, { rng: random });
    const steps = Int32Array.from({ length: B }, () => timesteps ? random.int(timesteps) : 0);
    return { images, noise, steps: tf.tensor1d(steps, "int32") as Tensor };
  };
  return {
    async *[Symbol.asyncIterator]() {
      for await (const { images, ...rest } of source) {
        tf.dispose(rest as tf.TensorContainer);
        yield draw(images);
      }
    },
    state: (): JsonValue => ({ source: source.state(), random: random.state }),
    restore(state) {
      const { source: place, random: numbers } = state as { source: JsonValue; random: RngState };
      random.state = numbers;
      source.restore(place);
    },
  };
}
