import {
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Embedding,
  type ImageTokenizer,
  Module,
  type QuantizedImages,
  type QuantizingEncoder,
} from "../../nn/mod.ts";
import { noGradient, stopGradient } from "../../ops/mod.ts";
import { checkShape, Rng, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { VQVAEConfig } from "./config.ts";

/** Two convolutions whose result is added to what they read: `x + conv2(relu(conv1(relu(x))))`. */
export class VQResidual extends Module {
  /** Over 3 × 3 pixels. */
  readonly conv1: Conv2d;
  /** Of each pixel. */
  readonly conv2: Conv2d;

  /** Makes both convolutions. */
  constructor(channels: number) {
    super();
    this.conv1 = new Conv2d(channels, channels, 3, { padding: 1 });
    this.conv2 = new Conv2d(channels, channels, 1);
  }

  /** Applies the block to `[B, H, W, C]`. */
  forward(x: Tensor): Tensor {
    return tf.add(x, this.conv2.forward(tf.relu(this.conv1.forward(tf.relu(x)))));
  }
}

/** From images to a vector for each square of 4 × 4 pixels. */
export class VQEncoder extends Module {
  /** To a half, and to a quarter of height and width. */
  readonly smaller: Conv2d[];
  /** At that size. */
  readonly residuals: VQResidual[];
  /** To the vectors. */
  readonly head: Conv2d;
  /** After it: the vectors of a batch are spread as the codebook is at first, so that many codes are in use from the start. */
  readonly norm: BatchNorm2d;

  /** Makes the layers. */
  constructor(config: Required<VQVAEConfig>) {
    super();
    const { channels, hiddenDim: n, numResiduals, codeDim } = config;
    const half = { stride: 2, padding: 1 };
    this.smaller = [new Conv2d(channels, n / 2, 4, half), new Conv2d(n / 2, n, 4, half)];
    this.residuals = Array.from({ length: numResiduals }, () => new VQResidual(n));
    this.head = new Conv2d(n, codeDim, 1);
    this.norm = new BatchNorm2d(codeDim);
  }

  /** Gives `[B, H / 4, W / 4, D]` of images, `[B, H, W, C]`. */
  forward(images: Tensor): Tensor {
    let x = this.smaller[1]!.forward(tf.relu(this.smaller[0]!.forward(images)));
    for (const block of this.residuals) x = block.forward(x);
    return this.norm.forward(this.head.forward(tf.relu(x)));
  }
}

/** From a vector for each square of 4 × 4 pixels back to images. */
export class VQDecoder extends Module {
  /** From the vectors. */
  readonly stem: Conv2d;
  /** At a quarter of height and width. */
  readonly residuals: VQResidual[];
  /** To a half, and to the whole. */
  readonly larger: ConvTranspose2d[];

  /** Makes the layers. */
  constructor(config: Required<VQVAEConfig>) {
    super();
    const { channels, hiddenDim: n, numResiduals, codeDim } = config;
    const twice = { stride: 2, padding: 1 };
    this.stem = new Conv2d(codeDim, n, 3, { padding: 1 });
    this.residuals = Array.from({ length: numResiduals }, () => new VQResidual(n));
    this.larger = [
      new ConvTranspose2d(n, n / 2, 4, twice),
      new ConvTranspose2d(n / 2, channels, 4, twice),
    ];
  }

  /** Makes images, `[B, H, W, C]`, of `[B, H / 4, W / 4, D]`. */
  forward(vectors: Tensor): Tensor {
    let x = this.stem.forward(vectors);
    for (const block of this.residuals) x = block.forward(x);
    return this.larger[1]!.forward(tf.relu(this.larger[0]!.forward(tf.relu(x))));
  }
}

/**
 * Says images in the vectors of a codebook, one for each square of 4 × 4 pixels, and makes them again: an image becomes a short
 * row of whole numbers, as a text does.
 *
 * `codebookLoss` of `@tome/tome/train` teaches it. Vectors of the codebook that no image uses any more would never learn again;
 * {@link VQVAE.reviveCodes} gives them new places.
 *
 * @see Oord et al., 2017, "Neural Discrete Representation Learning", https://arxiv.org/abs/1711.00937
 * @see Łańcucki et al., 2020, "Robust Training of Vector Quantized Bottleneck Models", https://arxiv.org/abs/2005.08520, for
 *   the norm in front of the codebook and the codes that get new places
 */
export class VQVAE extends Module implements ImageTokenizer, QuantizingEncoder {
  /** The sizes of this model. */
  readonly config: Readonly<Required<VQVAEConfig>>;
  /** From images to vectors. */
  readonly encoder: VQEncoder;
  /** The vectors that images are said in, `[codebookSize, codeDim]`. */
  readonly codebook: Embedding;
  /** Back to images. */
  readonly decoder: VQDecoder;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If height or width is no multiple of 4, or `hiddenDim` is odd.
   */
  constructor(config: VQVAEConfig) {
    super();
    this.config = {
      channels: 3,
      hiddenDim: 64,
      numResiduals: 2,
      codebookSize: 64,
      codeDim: 32,
      pixelMean: 0,
      pixelStd: 1,
      ...config,
    };
    const { height, width, hiddenDim, codebookSize, codeDim } = this.config;
    if (height % 4 !== 0 || width % 4 !== 0 || hiddenDim % 2 !== 0) {
      throw new RangeError(
        `Cannot make a VQVAE as height and width must be multiples of 4 and hiddenDim of 2: ` +
          `current values are ${height}, ${width} and ${hiddenDim}`,
      );
    }
    this.encoder = new VQEncoder(this.config);
    this.codebook = new Embedding(codebookSize, codeDim, { std: 1 }); // as the vectors of images are
    this.decoder = new VQDecoder(this.config);
  }

  /** The number of vectors in the codebook. */
  get codebookSize(): number {
    return this.config.codebookSize;
  }

  /** Codes down and across an image. */
  get gridShape(): readonly [rows: number, columns: number] {
    return [this.config.height / 4, this.config.width / 4];
  }

  /** What the encoder gives, `[B, H / 4, W / 4, D]`. */
  #encode(images: Tensor): Tensor {
    const { height, width, channels, pixelMean, pixelStd } = this.config;
    checkShape("quantize images", "images", images, [-1, height, width, channels]);
    return this.encoder.forward(tf.div(tf.sub(images, pixelMean), pixelStd));
  }

  /** Images of vectors, `[B, H / 4, W / 4, D]`. */
  #decode(vectors: Tensor): Tensor {
    const { pixelMean, pixelStd } = this.config;
    return tf.add(tf.mul(this.decoder.forward(vectors), pixelStd), pixelMean);
  }

  /** The nearest vectors of the codebook to `[N, D]`: their codes, `[N]`, int32. */
  #nearest(vectors: Tensor): Tensor {
    return noGradient(() => {
      const weight = this.codebook.weight as unknown as tf.Tensor2D;
      const products = tf.matMul(vectors as tf.Tensor2D, weight, false, true); // [N, K]
      // |z − e|² without |z|², which is the same for all
      return tf.argMax(tf.sub(tf.mul(products, 2), tf.sum(tf.square(weight), 1)), 1);
    });
  }

  /**
   * Makes images again through the codebook; the gradient of what the decoder reads goes straight to what the encoder gave.
   *
   * @param images `[B, H, W, C]`, from 0 to 1.
   * @throws {ShapeError} If they are of another size.
   */
  quantize(images: Tensor): QuantizedImages {
    const z = this.#encode(images);
    const vectors = tf.reshape(z, [-1, this.config.codeDim]); // [N, D]
    const nearest = this.codebook.forward(this.#nearest(vectors));
    const straight = tf.add(vectors, stopGradient(tf.sub(nearest, vectors)));
    return { images: this.#decode(tf.reshape(straight, z.shape)), vectors, nearest };
  }

  /**
   * Makes images again through the codebook.
   *
   * @param images `[B, H, W, C]`, from 0 to 1.
   * @returns The same shape.
   */
  forward(images: Tensor): Tensor {
    return this.quantize(images).images;
  }

  /**
   * Says images in codes.
   *
   * @param images `[B, H, W, C]`, from 0 to 1.
   * @returns `[B, H / 4, W / 4]`, int32.
   */
  codes(images: Tensor): Tensor {
    const vectors = tf.reshape(this.#encode(images), [-1, this.config.codeDim]);
    return tf.reshape(this.#nearest(vectors), [images.shape[0]!, ...this.gridShape]);
  }

  /**
   * Makes images of codes.
   *
   * @param codes `[B, H / 4, W / 4]`, int32.
   * @returns `[B, H, W, C]`, from 0 to 1.
   */
  imagesOf(codes: Tensor): Tensor {
    return tf.clipByValue(this.#decode(this.codebook.forward(codes)), 0, 1);
  }

  /**
   * Counts how often images use each vector of the codebook, and puts those that none uses where vectors of the images are.
   *
   * @param images `[B, H, W, C]`, from 0 to 1; many, as what they do not use is moved.
   * @param seed Which of the images' vectors are taken. @default {0}
   * @returns How many vectors were moved.
   */
  async reviveCodes(images: Tensor, seed = 0): Promise<number> {
    const { codebookSize, codeDim } = this.config;
    const [vectors, ids] = tf.tidy(() => {
      const vectors = tf.reshape(this.#encode(images), [-1, codeDim]);
      return [vectors, this.#nearest(vectors)] as const;
    });
    const [found, used, weight] = await Promise.all([
      vectors.data<"float32">(),
      ids.data(),
      this.codebook.weight.data(),
    ]);
    tf.dispose([vectors, ids]);
    const living = new Set(used);
    const values = Float32Array.from(weight);
    const rng = new Rng(seed);
    for (let code = 0; code < codebookSize; code++) {
      if (living.has(code)) continue;
      const from = rng.int(found.length / codeDim) * codeDim;
      values.set(found.subarray(from, from + codeDim), code * codeDim);
    }
    const moved = codebookSize - living.size;
    if (moved > 0) {
      const next = tf.tensor2d(values, [codebookSize, codeDim]);
      this.codebook.weight.assign(next as Tensor);
      next.dispose();
    }
    return moved;
  }
}
