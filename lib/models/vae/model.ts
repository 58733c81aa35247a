import { type ImageGenerator, Linear, Module, type VariationalEncoder } from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { VAEConfig } from "./config.ts";

const complete = (config: VAEConfig): Required<VAEConfig> => ({
  channels: 1,
  hiddenDim: 400,
  latentDim: 20,
  ...config,
});

/** From latent numbers to the logits of an image. */
export class ImageDecoder extends Module {
  /** The first layer, with ReLU after it. */
  readonly fc: Linear;
  /** To the pixels. */
  readonly proj: Linear;
  readonly #shape: readonly [height: number, width: number, channels: number];

  /** Makes both layers. */
  constructor({ height, width, channels, hiddenDim, latentDim }: Required<VAEConfig>) {
    super();
    this.fc = new Linear(latentDim, hiddenDim, { init: "torch" });
    this.proj = new Linear(hiddenDim, height * width * channels, { init: "torch" });
    this.#shape = [height, width, channels];
  }

  /**
   * Makes the logits of images.
   *
   * @param latents `[B, D]`
   * @returns `[B, H, W, C]`
   */
  forward(latents: Tensor): Tensor {
    const y = this.proj.forward(tf.relu(this.fc.forward(latents)));
    return tf.reshape(y, [latents.shape[0]!, ...this.#shape]);
  }
}

/** Images as rows. @throws {ShapeError} If they are of another size. */
function rowsOf(images: Tensor, { height, width, channels }: Required<VAEConfig>): Tensor {
  checkShape("encode images", "images", images, [-1, height, width, channels]);
  return tf.reshape(images, [images.shape[0]!, height * width * channels]);
}

/**
 * Squeezes images through a few numbers, and makes them again.
 *
 * @see Hinton and Salakhutdinov, 2006, "Reducing the Dimensionality of Data with Neural Networks",
 *   https://doi.org/10.1126/science.1127647
 */
export class Autoencoder extends Module {
  /** The sizes of this model. */
  readonly config: Readonly<Required<VAEConfig>>;
  /** The encoder's first layer, with ReLU after it. */
  readonly fc: Linear;
  /** To the latent numbers. */
  readonly latent: Linear;
  /** Back to images. */
  readonly decoder: ImageDecoder;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   */
  constructor(config: VAEConfig) {
    super();
    this.config = complete(config);
    const { height, width, channels, hiddenDim, latentDim } = this.config;
    this.fc = new Linear(height * width * channels, hiddenDim, { init: "torch" });
    this.latent = new Linear(hiddenDim, latentDim, { init: "torch" });
    this.decoder = new ImageDecoder(this.config);
  }

  /** The numbers that describe images, `[B, D]`. */
  encode(images: Tensor): Tensor {
    return this.latent.forward(tf.relu(this.fc.forward(rowsOf(images, this.config))));
  }

  /**
   * Describes images and makes them again.
   *
   * @param images `[B, H, W, C]`, from 0 to 1.
   * @returns Logits of their pixels, `[B, H, W, C]`; `sigmoid` makes images of them.
   */
  forward(images: Tensor): Tensor {
    return this.decoder.forward(this.encode(images));
  }
}

/**
 * A variational autoencoder: images are described by normal distributions, and drawn numbers become images.
 *
 * @example
 * ```ts
 * import { VAE, VAE_PRESETS } from "@tome/tome/models/vae";
 * import { randomNormal, useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new VAE(VAE_PRESETS.mnist);
 * console.assert(model.numParameters() === 652_824);
 * console.assert(model.forward(randomNormal([2, 20])).shape.join() === "2,28,28,1");
 * ```
 * @see Kingma and Welling, 2014, "Auto-Encoding Variational Bayes", https://arxiv.org/abs/1312.6114, appendix C
 */
export class VAE extends Module implements VariationalEncoder, ImageGenerator {
  /** The sizes of this model. */
  readonly config: Readonly<Required<VAEConfig>>;
  /** The encoder's first layer, with ReLU after it. */
  readonly fc: Linear;
  /** To the means. */
  readonly mean: Linear;
  /** To the logarithms of the variances. */
  readonly logVariance: Linear;
  /** Back to images. */
  readonly decoder: ImageDecoder;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   */
  constructor(config: VAEConfig) {
    super();
    this.config = complete(config);
    const { height, width, channels, hiddenDim, latentDim } = this.config;
    this.fc = new Linear(height * width * channels, hiddenDim, { init: "torch" });
    this.mean = new Linear(hiddenDim, latentDim, { init: "torch" });
    this.logVariance = new Linear(hiddenDim, latentDim, { init: "torch" });
    this.decoder = new ImageDecoder(this.config);
  }

  /** Numbers that an image is made of. */
  get latentDim(): number {
    return this.config.latentDim;
  }

  /**
   * Describes images by normal distributions.
   *
   * @param images `[B, H, W, C]`, from 0 to 1.
   * @returns Means and logarithms of variances, `[B, D]` each.
   */
  encode(images: Tensor): { mean: Tensor; logVariance: Tensor } {
    const h = tf.relu(this.fc.forward(rowsOf(images, this.config)));
    return { mean: this.mean.forward(h), logVariance: this.logVariance.forward(h) };
  }

  /** Logits of the pixels of images, `[B, H, W, C]`, from latent numbers, `[B, D]`. */
  decode(latents: Tensor): Tensor {
    return this.decoder.forward(latents);
  }

  /**
   * Makes images.
   *
   * @param latents Numbers from the normal distribution, `[B, D]`.
   * @returns `[B, H, W, C]`, from 0 to 1.
   */
  forward(latents: Tensor): Tensor {
    return tf.sigmoid(this.decode(latents));
  }
}
