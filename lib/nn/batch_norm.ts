import { batchNorm, normalizeChannels } from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { defineUpdate, type Tensor, type Variable } from "../tensor/mod.ts";
import { buffer, Module, parameter } from "./module.ts";

/** How a {@link BatchNorm2d} is made. */
export interface BatchNorm2dOptions {
  /** Added to the variance. @default {1e-5} */
  eps?: number;
  /** The share of a batch's statistics in the running ones: PyTorch's `momentum`, and 1 minus Keras'. @default {0.1} */
  momentum?: number;
}

const follow = defineUpdate({
  name: "follow a batch's statistics",
  targets: ["average"],
  inputs: ["batch"],
  scalars: ["rate", "gain"],
  wgsl: "fn update(i : u32) { average[i] += rate() * (gain() * batch[i] - average[i]); }",
  host({ average, batch }, { rate, gain }, size) {
    for (let i = 0; i < size; i++) average[i]! += rate * (gain * batch[i]! - average[i]!);
  },
});

/**
 * Batch normalisation of images: in training by the statistics of the batch, which running ones follow; in use by the running
 * ones.
 *
 * The running variance follows `Σ (x − mean)² / (n − 1)`, while the batch is divided by the root of `Σ (x − mean)² / n`; both are
 * as in PyTorch. The running statistics are buffers: checkpoints hold them, optimizers do not see them, and they are updated on
 * the device without a read.
 *
 * @see Ioffe and Szegedy, 2015, "Batch Normalization", https://arxiv.org/abs/1502.03167
 */
export class BatchNorm2d extends Module {
  /** Gain of each channel, `[channels]`. */
  readonly weight: Variable;
  /** Bias of each channel, `[channels]`. */
  readonly bias: Variable;
  /** The running mean of each channel, `[channels]`. */
  readonly runningMean: Variable;
  /** The running variance of each channel, `[channels]`. */
  readonly runningVar: Variable;
  /** Added to the variance. */
  readonly eps: number;
  /** The share of a batch's statistics in the running ones. */
  readonly momentum: number;

  /**
   * Makes a norm with a gain of 1, a bias of 0, and running statistics of 0 and 1.
   *
   * @param channels Length of the last axis.
   */
  constructor(channels: number, { eps = 1e-5, momentum = 0.1 }: BatchNorm2dOptions = {}) {
    super();
    this.eps = eps;
    this.momentum = momentum;
    this.weight = parameter(() => tf.ones([channels]));
    this.bias = parameter(() => tf.zeros([channels]));
    this.runningMean = buffer(() => tf.zeros([channels]));
    this.runningVar = buffer(() => tf.ones([channels]));
  }

  /**
   * Normalises each channel.
   *
   * @param x `[..., channels]`
   * @returns The same shape.
   * @throws {RangeError} If, in training, there is only one number a channel, which has no variance.
   */
  forward(x: Tensor): Tensor {
    const { weight, bias, eps, runningMean: mean, runningVar: variance, momentum: rate } = this;
    if (!this.training) return normalizeChannels(x, { mean, variance }, weight, bias, { eps });
    const count = x.size / weight.size;
    if (count <= 1) {
      throw new RangeError(
        `Cannot train BatchNorm2d as there must be more than one number a channel: current shape is [${x.shape}]`,
      );
    }
    const batch = batchNorm(x, weight, bias, { eps });
    follow.many([
      [{ average: mean }, { batch: batch.mean }, { rate, gain: 1 }],
      [{ average: variance }, { batch: batch.variance }, { rate, gain: count / (count - 1) }],
    ]);
    return batch.y;
  }
}
