import {
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  type ImageCritic,
  type ImageGenerator,
  type Layer,
  Linear,
  Module,
} from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { GANConfig } from "./config.ts";

function complete(config: GANConfig): Required<GANConfig> {
  const { kind, height, width } = config;
  if (kind === "conv" && (height % 4 !== 0 || width % 4 !== 0)) {
    throw new RangeError(
      `Cannot make a GAN of convolutions as height and width must be multiples of 4: current values are ${height} and ${width}`,
    );
  }
  const hiddenDim = kind === "mlp" ? 256 : 32;
  return { channels: 1, latentDim: 64, hiddenDim, numClasses: 0, ...config };
}

/** The classes as one-hot rows. @throws {TypeError} If labels are missing, or not wanted. */
function classes(numClasses: number, labels: Tensor | undefined): Tensor | undefined {
  if ((labels === undefined) !== (numClasses === 0)) {
    throw new TypeError(
      `Cannot run the GAN as ${
        numClasses === 0 ? "no labels" : "labels"
      } must be given: current model has ${numClasses} classes`,
    );
  }
  return labels && tf.oneHot(labels, numClasses, 1, 0, "float32");
}

/**
 * Makes images of random numbers, and of classes where there are any: the generator of GAN, DCGAN and conditional GAN.
 *
 * @see Goodfellow et al., 2014, "Generative Adversarial Networks", https://arxiv.org/abs/1406.2661
 * @see Radford et al., 2016, "Unsupervised Representation Learning with DCGANs", https://arxiv.org/abs/1511.06434, §3
 * @see Mirza and Osindero, 2014, "Conditional Generative Adversarial Nets", https://arxiv.org/abs/1411.1784
 */
export class Generator extends Module implements ImageGenerator {
  /** The sizes of this model. */
  readonly config: Readonly<Required<GANConfig>>;
  /** From the numbers to the first layer, or to the first small pictures. */
  readonly fc: Linear;
  /** To larger pictures and at last to the image; one layer of a matrix in `"mlp"`. */
  readonly layers: readonly Layer[];
  /** After each layer but the last. */
  readonly norms: readonly BatchNorm2d[];

  /**
   * Makes a model with small random weights.
   *
   * @param config The kind and the sizes.
   * @throws {RangeError} If the size does not suit the kind.
   */
  constructor(config: GANConfig) {
    super();
    this.config = complete(config);
    const { kind, height, width, channels, latentDim, hiddenDim: n, numClasses } = this.config;
    const input = latentDim + numClasses;
    if (kind === "mlp") {
      this.fc = new Linear(input, n, { init: "torch" });
      this.layers = [
        new Linear(n, n, { init: "torch" }),
        new Linear(n, height * width * channels, { init: "torch" }),
      ];
      this.norms = [new BatchNorm2d(n), new BatchNorm2d(n)];
    } else {
      this.fc = new Linear(input, height * width / 16 * 2 * n, { std: 0.02 });
      const larger = { stride: 2, padding: 1 };
      this.layers = [
        new ConvTranspose2d(2 * n, n, 4, larger),
        new ConvTranspose2d(n, channels, 4, larger),
      ];
      this.norms = [new BatchNorm2d(2 * n), new BatchNorm2d(n)];
    }
  }

  /** Numbers that an image is made of. */
  get latentDim(): number {
    return this.config.latentDim;
  }

  /** Classes that images are made by; 0 for none. */
  get numClasses(): number {
    return this.config.numClasses;
  }

  /**
   * Makes images.
   *
   * @param latents Numbers from the normal distribution, `[B, D]`.
   * @param labels Classes, `[B]`, int32, where there are any.
   * @returns `[B, H, W, C]`, from −1 to 1.
   * @throws {TypeError} If labels are missing, or not wanted.
   */
  forward(latents: Tensor, labels?: Tensor): Tensor {
    checkShape("make images", "latents", latents, [-1, this.latentDim]);
    const { kind, height, width, channels, hiddenDim } = this.config;
    const wanted = classes(this.numClasses, labels);
    const B = latents.shape[0]!;
    let x = this.fc.forward(wanted ? tf.concat([latents, wanted], 1) : latents);
    if (kind === "mlp") {
      this.layers.forEach((layer, i) =>
        x = layer.forward(tf.leakyRelu(this.norms[i]!.forward(x), 0.2))
      );
      return tf.tanh(tf.reshape(x, [B, height, width, channels]));
    }
    x = tf.reshape(x, [B, height / 4, width / 4, 2 * hiddenDim]);
    this.layers.forEach((layer, i) => x = layer.forward(tf.relu(this.norms[i]!.forward(x))));
    return tf.tanh(x);
  }
}

/**
 * Tells real images from made ones: the discriminator of GAN, DCGAN and conditional GAN, and the critic of WGAN-GP.
 *
 * It has no batch norm, which DCGAN has: the penalty of WGAN-GP is of each image's gradient alone.
 *
 * @see Gulrajani et al., 2017, "Improved Training of Wasserstein GANs", https://arxiv.org/abs/1704.00028, §4
 */
export class Critic extends Module implements ImageCritic {
  /** The sizes of this model. */
  readonly config: Readonly<Required<GANConfig>>;
  /** To smaller pictures, or the inner layers. */
  readonly layers: readonly Layer[];
  /** To the score. */
  readonly head: Linear;

  /**
   * Makes a model with small random weights.
   *
   * @param config The kind and the sizes, those of its generator.
   * @throws {RangeError} If the size does not suit the kind.
   */
  constructor(config: GANConfig) {
    super();
    this.config = complete(config);
    const { kind, height, width, channels, hiddenDim: n, numClasses } = this.config;
    if (kind === "mlp") {
      const input = height * width * channels + numClasses;
      this.layers = [new Linear(input, n, { init: "torch" }), new Linear(n, n, { init: "torch" })];
      this.head = new Linear(n, 1, { init: "torch" });
    } else {
      const smaller = { stride: 2, padding: 1 };
      this.layers = [
        new Conv2d(channels + numClasses, n, 4, smaller),
        new Conv2d(n, 2 * n, 4, smaller),
      ];
      this.head = new Linear(height * width / 16 * 2 * n, 1, { init: "torch" });
    }
  }

  /** Classes that images are made by; 0 for none. */
  get numClasses(): number {
    return this.config.numClasses;
  }

  /**
   * Scores images.
   *
   * @param images `[B, H, W, C]`, from −1 to 1.
   * @param labels Their classes, `[B]`, int32, where there are any.
   * @returns Logits of their being real, `[B]`.
   * @throws {ShapeError} If the images are of another size.
   * @throws {TypeError} If labels are missing, or not wanted.
   */
  forward(images: Tensor, labels?: Tensor): Tensor {
    const { kind, height, width, channels, numClasses } = this.config;
    checkShape("score images", "images", images, [-1, height, width, channels]);
    const wanted = classes(numClasses, labels);
    const B = images.shape[0]!;
    let x = images;
    if (kind === "mlp") {
      x = tf.reshape(x, [B, height * width * channels]);
      if (wanted) x = tf.concat([x, wanted], 1);
    } else if (wanted) { // a plane of ones for the class, and of zeros for the others
      const planes = tf.tile(tf.reshape(wanted, [B, 1, 1, numClasses]), [1, height, width, 1]);
      x = tf.concat([x, planes], 3);
    }
    for (const layer of this.layers) x = tf.leakyRelu(layer.forward(x), 0.2);
    return tf.reshape(this.head.forward(tf.reshape(x, [B, -1])), [B]);
  }
}
