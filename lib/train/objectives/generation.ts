import type { Module, NoisePredictor, VariationalEncoder } from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** The cross entropy of pixels from 0 to 1, summed over each image, `[B]`. */
function pixelLosses(logits: Tensor, images: Tensor): Tensor {
  const rest = tf.log1p(tf.exp(tf.neg(tf.abs(logits))));
  const losses = tf.add(tf.sub(tf.relu(logits), tf.mul(logits, images)), rest);
  return tf.sum(losses, [1, 2, 3]);
}

/** Images, `[B, H, W, C]`, from 0 to 1. */
export interface PictureBatch {
  /** The images. */
  images: Tensor;
}

/** The loss of autoencoders whose output are logits: the cross entropy of all pixels of an image, in nats, a mean over the images. */
export const reconstructionLoss: Objective<
  Module & { forward(images: Tensor): Tensor },
  PictureBatch
> = (model, { images }): Scalar => tf.mean(pixelLosses(model.forward(images), images)) as Scalar;

/** Images, and the numbers that chance brings. */
export interface NoisyBatch extends PictureBatch {
  /** Numbers from the normal distribution: `[B, D]` for latent ones, `[B, H, W, C]` for diffusion. */
  noise: Tensor;
}

/**
 * Makes the loss of variational autoencoders: the negative of the evidence's lower bound, in nats, a mean over the images.
 *
 * `−log p(x | z) + β KL(N(μ, σ²) ‖ N(0, 1))`, `z = μ + σ ε`, `KL = −½ Σ (1 + log σ² − μ² − σ²)`
 *
 * @param beta β: 1 is the bound itself. @default {1}
 * @see Kingma and Welling, 2014, "Auto-Encoding Variational Bayes", https://arxiv.org/abs/1312.6114, equation 10
 * @see Higgins et al., 2017, "β-VAE", https://openreview.net/forum?id=Sy2fzU9gl
 */
export function elboWith(beta = 1): Objective<VariationalEncoder, NoisyBatch> {
  return (model, { images, noise }) => {
    const { mean, logVariance } = model.encode(images); // [B, D]
    const latents = tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), noise));
    const inner = tf.sub(tf.sub(tf.add(logVariance, 1), tf.square(mean)), tf.exp(logVariance));
    const divergence = tf.mul(tf.sum(inner, 1), -0.5); // [B]
    const losses = tf.add(pixelLosses(model.decode(latents), images), tf.mul(divergence, beta));
    return tf.mean(losses) as Scalar;
  };
}

/** The loss of variational autoencoders; what {@link elboWith} makes of β = 1. */
export const elboLoss: Objective<VariationalEncoder, NoisyBatch> = elboWith();

/** Images, noise, and how far each image goes towards it. */
export interface DiffusionBatch extends NoisyBatch {
  /** The step of each image, `[B]`, int32. */
  steps: Tensor;
}

/** How {@link denoisingWith} counts. */
export interface DenoisingOptions {
  /**
   * `"noise"`: an error of the noise counts the same at each step. `"velocity"`: it counts `1 / ᾱ_t` times, more the less is left
   * of the image, which is the squared error of the velocity. @default {"noise"}
   */
  weight?: "noise" | "velocity";
}

/**
 * Makes the loss of diffusion: the mean squared error of the noise that the model sees in `√ᾱ_t x + √(1 − ᾱ_t) ε`.
 *
 * @param options How much the steps count.
 * @see Ho et al., 2020, "Denoising Diffusion Probabilistic Models", https://arxiv.org/abs/2006.11239, equation 14
 * @see Salimans and Ho, 2022, "Progressive Distillation for Fast Sampling of Diffusion Models",
 *   https://arxiv.org/abs/2202.00512, §4
 */
export function denoisingWith(
  { weight = "noise" }: DenoisingOptions = {},
): Objective<NoisePredictor, DiffusionBatch> {
  return (model, { images, noise, steps }) => {
    const share = (f: (signal: number) => number) => {
      const table = tf.tensor1d(Float32Array.from(model.signal, f));
      return tf.reshape(tf.gather(table, steps), [-1, 1, 1, 1]); // [B, 1, 1, 1]
    };
    const noisy = tf.add(
      tf.mul(images, share(Math.sqrt)),
      tf.mul(noise, share((x) => Math.sqrt(1 - x))),
    );
    const errors = tf.square(tf.sub(model.forward(noisy, steps), noise));
    return tf.mean(weight === "noise" ? errors : tf.mul(errors, share((x) => 1 / x))) as Scalar;
  };
}

/** The loss of diffusion that counts all steps the same; what {@link denoisingWith} makes of nothing. */
export const denoisingLoss: Objective<NoisePredictor, DiffusionBatch> = denoisingWith();
