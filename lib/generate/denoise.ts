import type { NoisePredictor } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { nextTurn, randomNormal, record, Rng, type Tensor } from "../tensor/mod.ts";

/** How {@link denoise} makes images. */
export interface DenoiseOptions {
  /** How many images. @default {1} */
  count?: number;
  /** Steps from noise to the image, spread evenly over those of the training. @default {50} */
  steps?: number;
  /** How much new noise comes in: 0 is DDIM, the same image from the same noise; 1 is DDPM. @default {0} */
  eta?: number;
  /** Equal seeds make equal images. @default {0} */
  seed?: number;
}

/**
 * Makes images of noise, by a model that foretells the noise in them.
 *
 * With `x̂ = (x_t − √(1 − ᾱ_t) ε) / √ᾱ_t`, kept within −1 and 1:
 * `x_s = √ᾱ_s x̂ + √(1 − ᾱ_s − σ²) ε + σ z`, `σ = η √((1 − ᾱ_s) / (1 − ᾱ_t) (1 − ᾱ_t / ᾱ_s))`
 *
 * @param model The model; it is left in the mode it was in.
 * @param options How many images, and in how many steps.
 * @returns `[B, H, W, C]`, from −1 to 1; it is the caller's.
 * @throws {RangeError} If there are more steps than the model has, or none.
 * @see Song et al., 2021, "Denoising Diffusion Implicit Models", https://arxiv.org/abs/2010.02502, equations 12 and 16
 */
export async function denoise(
  model: NoisePredictor,
  { count = 1, steps = 50, eta = 0, seed = 0 }: DenoiseOptions = {},
): Promise<Tensor> {
  const { signal, imageShape } = model;
  if (!(Number.isSafeInteger(steps) && steps >= 1 && steps <= signal.length)) {
    throw new RangeError(
      `Cannot make images as steps must be a whole number from 1 to ${signal.length}: current value is ${steps}`,
    );
  }
  const random = new Rng(seed);
  const shape = [count, ...imageShape];
  const modes = [...model.namedModules()].map(([, one]) => [one, one.training] as const);
  model.eval();
  using once = record(({ x, t, z, rates }: { x: Tensor; t: Tensor; z: Tensor; rates: Tensor }) => {
    const noise = model.forward(x, t);
    const [a, b, c, d, e] = tf.unstack(rates) as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const seen = tf.clipByValue(tf.div(tf.sub(x, tf.mul(b, noise)), a), -1, 1);
    const left = tf.div(tf.sub(x, tf.mul(a, seen)), b); // the noise that goes with it
    return tf.add(tf.add(tf.mul(c, seen), tf.mul(d, left)), tf.mul(e, z));
  }, { name: "denoising" });
  let x = randomNormal(shape, 0, 1, { rng: random });
  try {
    for (let k = steps - 1; k >= 0; k--) {
      const place = (i: number) => Math.round((i + 1) * signal.length / steps) - 1;
      const now = signal[place(k)]!;
      const next = k > 0 ? signal[place(k - 1)]! : 1;
      const sigma = eta * Math.sqrt((1 - next) / (1 - now) * (1 - now / next));
      const rates = [
        Math.sqrt(now),
        Math.sqrt(1 - now),
        Math.sqrt(next),
        Math.sqrt(Math.max(0, 1 - next - sigma * sigma)),
        sigma,
      ];
      const input = {
        x,
        t: tf.fill([count], place(k), "int32") as Tensor,
        z: sigma > 0 ? randomNormal(shape, 0, 1, { rng: random }) : tf.zeros(shape) as Tensor,
        rates: tf.tensor1d(rates) as Tensor,
      };
      x = once(input);
      tf.dispose(input);
      await nextTurn();
    }
    return x;
  } catch (error) {
    x.dispose();
    throw error;
  } finally {
    for (const [one, training] of modes) one.training = training;
  }
}
