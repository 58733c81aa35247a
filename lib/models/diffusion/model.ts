import {
  Conv2d,
  ConvTranspose2d,
  GroupNorm,
  Linear,
  Module,
  type NoisePredictor,
} from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { DiffusionConfig } from "./config.ts";

const GROUPS = 8;

function silu(x: Tensor): Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

/**
 * How much of an image is left after each step, by a cosine: `ᾱ_t = f(t + 1) / f(0)`, `f(t) = cos²((t / T + s) / (1 + s) · π/2)`,
 * with `s = 0.008`, and each step's `β` at most 0.999.
 *
 * @param timesteps T, the number of steps.
 * @see Nichol and Dhariwal, 2021, "Improved Denoising Diffusion Probabilistic Models", https://arxiv.org/abs/2102.09672, equation 17
 */
export function cosineSchedule(timesteps: number): Float64Array {
  const f = (t: number) => Math.cos((t / timesteps + 0.008) / 1.008 * Math.PI / 2) ** 2;
  let left = 1;
  return Float64Array.from({ length: timesteps }, (_, t) => {
    const beta = Math.min(0.999, 1 - f(t + 1) / f(t));
    return left *= 1 - beta;
  });
}

/** Two convolutions that also see the step, added to what they read. */
export class TimedResidual extends Module {
  /** In front of the first convolution. */
  readonly norm1: GroupNorm;
  /** The first convolution. */
  readonly conv1: Conv2d;
  /** From the step's vector to the channels. */
  readonly time: Linear;
  /** In front of the second convolution. */
  readonly norm2: GroupNorm;
  /** The second convolution. */
  readonly conv2: Conv2d;
  /** What is added to, where the number of channels changes. */
  readonly skip?: Conv2d;

  /** Makes a block. */
  constructor(inChannels: number, outChannels: number, timeDim: number) {
    super();
    this.norm1 = new GroupNorm(GROUPS, inChannels);
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { padding: 1 });
    this.time = new Linear(timeDim, outChannels, { init: "torch" });
    this.norm2 = new GroupNorm(GROUPS, outChannels);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { padding: 1 });
    if (inChannels !== outChannels) this.skip = new Conv2d(inChannels, outChannels, 1);
  }

  /**
   * Adds what the convolutions find.
   *
   * @param x `[B, H, W, C]`
   * @param time The vector of each image's step, `[B, D]`.
   * @returns `[B, H, W, O]`
   */
  forward(x: Tensor, time: Tensor): Tensor {
    const seen = this.time.forward(time); // [B, O]
    const [B, O] = seen.shape as [number, number];
    let y = this.conv1.forward(silu(this.norm1.forward(x)));
    y = tf.add(y, tf.reshape(seen, [B, 1, 1, O]));
    y = this.conv2.forward(silu(this.norm2.forward(y)));
    return tf.add(this.skip ? this.skip.forward(x) : x, y);
  }
}

/**
 * A small U-Net that foretells the noise in an image: the model of DDPM, with two sizes of pictures and no attention.
 *
 * With a `patchSize` it sees patches of pixels, as in "simple diffusion".
 *
 * @see Ho et al., 2020, "Denoising Diffusion Probabilistic Models", https://arxiv.org/abs/2006.11239, appendix B
 * @see Salimans and Ho, 2022, "Progressive Distillation for Fast Sampling of Diffusion Models",
 *   https://arxiv.org/abs/2202.00512, §4, for the velocity
 * @see Hoogeboom et al., 2023, "simple diffusion", https://arxiv.org/abs/2301.11093, §3.4
 */
export class DiffusionUNet extends Module implements NoisePredictor {
  /** The sizes of this model. */
  readonly config: Readonly<Required<DiffusionConfig>>;
  /** How much of an image is left after each step. */
  readonly signal: Float64Array;
  /** From the sines of the step to its vector. */
  readonly time1: Linear;
  /** The second layer of that. */
  readonly time2: Linear;
  /** From the image. */
  readonly stem: Conv2d;
  /** At full size, on the way down. */
  readonly down: TimedResidual;
  /** To half the size. */
  readonly smaller: Conv2d;
  /** At half the size. */
  readonly middle: readonly TimedResidual[];
  /** Back to full size. */
  readonly larger: ConvTranspose2d;
  /** At full size, with what was there on the way down. */
  readonly up: TimedResidual;
  /** In front of the output. */
  readonly norm: GroupNorm;
  /** To the noise. */
  readonly head: Conv2d;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is no such multiple.
   */
  constructor(config: DiffusionConfig) {
    super();
    this.config = {
      ...{ channels: 1, baseChannels: 32, patchSize: 1, predicts: "noise", timesteps: 1000 },
      ...config,
    };
    const { height, width, channels, baseChannels: n, patchSize, timesteps } = this.config;
    const least = 2 * patchSize;
    if (height % least !== 0 || width % least !== 0 || n % GROUPS !== 0 || n < GROUPS) {
      throw new RangeError(
        `Cannot make a DiffusionUNet as height and width must be multiples of ${least} and baseChannels of ${GROUPS}: ` +
          `current values are ${height}, ${width} and ${n}`,
      );
    }
    const pixels = patchSize ** 2 * channels;
    this.signal = cosineSchedule(timesteps);
    const timeDim = 2 * n;
    this.time1 = new Linear(n, timeDim, { init: "torch" });
    this.time2 = new Linear(timeDim, timeDim, { init: "torch" });
    this.stem = new Conv2d(pixels, n, 3, { padding: 1 });
    this.down = new TimedResidual(n, n, timeDim);
    this.smaller = new Conv2d(n, 2 * n, 4, { stride: 2, padding: 1 });
    this.middle = [1, 2].map(() => new TimedResidual(2 * n, 2 * n, timeDim));
    this.larger = new ConvTranspose2d(2 * n, n, 4, { stride: 2, padding: 1 });
    this.up = new TimedResidual(2 * n, n, timeDim);
    this.norm = new GroupNorm(GROUPS, n);
    this.head = new Conv2d(n, pixels, 3, { padding: 1 });
  }

  /** Height, width and channels of the images. */
  get imageShape(): readonly [height: number, width: number, channels: number] {
    const { height, width, channels } = this.config;
    return [height, width, channels];
  }

  /**
   * Foretells the noise in images.
   *
   * @param noisy Images with noise, `[B, H, W, C]`.
   * @param steps How many steps each image has gone, from 0, `[B]`, int32.
   * @returns The noise, `[B, H, W, C]`.
   * @throws {ShapeError} If the shapes do not fit together.
   */
  forward(noisy: Tensor, steps: Tensor): Tensor {
    checkShape("foretell noise", "noisy", noisy, [-1, ...this.imageShape]);
    checkShape("foretell noise", "steps", steps, [noisy.shape[0]!]);
    const time = silu(this.time2.forward(silu(this.time1.forward(this.#sines(steps))))); // [B, D]
    const full = this.down.forward(this.stem.forward(this.#patches(noisy)), time); // [B, H/p, W/p, n]
    let x = this.smaller.forward(full); // [B, H/2p, W/2p, 2n]
    for (const block of this.middle) x = block.forward(x, time);
    x = this.up.forward(tf.concat([this.larger.forward(x), full], 3), time); // [B, H/p, W/p, n]
    const found = this.#pixels(this.head.forward(silu(this.norm.forward(x)))); // [B, H, W, C]
    if (this.config.predicts === "noise") return found;
    const share = (f: (signal: number) => number) => {
      const rates = tf.tensor1d(Float32Array.from(this.signal, f));
      return tf.reshape(tf.gather(rates, steps), [-1, 1, 1, 1]); // [B, 1, 1, 1]
    };
    return tf.add(tf.mul(noisy, share((s) => Math.sqrt(1 - s))), tf.mul(found, share(Math.sqrt)));
  }

  /** From pixels to patches: `[B, H, W, C]` to `[B, H/p, W/p, p²C]`. */
  #patches(x: Tensor): Tensor {
    const { height, width, channels, patchSize: p } = this.config;
    if (p === 1) return x;
    const apart = tf.reshape(x, [-1, height / p, p, width / p, p * channels]);
    return tf.reshape(tf.transpose(apart, [0, 1, 3, 2, 4]), [
      -1,
      height / p,
      width / p,
      p * p * channels,
    ]);
  }

  /** And back. */
  #pixels(x: Tensor): Tensor {
    const { height, width, channels, patchSize: p } = this.config;
    if (p === 1) return x;
    const apart = tf.reshape(x, [-1, height / p, width / p, p, p * channels]);
    return tf.reshape(tf.transpose(apart, [0, 1, 3, 2, 4]), [-1, height, width, channels]);
  }

  /** Sines and cosines of the steps, `[B, n]`. */
  #sines(steps: Tensor): Tensor {
    const half = this.config.baseChannels / 2;
    const rates = Float32Array.from({ length: half }, (_, i) => 10_000 ** (-i / half));
    const angles = tf.mul(
      tf.expandDims(tf.cast(steps, "float32"), 1),
      tf.tensor2d(rates, [1, half]),
    );
    return tf.concat([tf.sin(angles), tf.cos(angles)], 1);
  }
}
