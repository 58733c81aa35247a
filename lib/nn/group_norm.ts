import { layerNorm } from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Tensor, Variable } from "../tensor/mod.ts";
import { Module, parameter } from "./module.ts";

/** How a {@link GroupNorm} is made. */
export interface GroupNormOptions {
  /** Added to the variance. @default {1e-5} */
  eps?: number;
}

/**
 * Gives each group of channels of each image mean 0 and variance 1, then scales and shifts each channel.
 *
 * It does not depend on the other images of a batch, so that training and use are the same.
 *
 * @see Wu and He, 2018, "Group Normalization", https://arxiv.org/abs/1803.08494
 */
export class GroupNorm extends Module {
  /** Gain of each channel, `[channels]`. */
  readonly weight: Variable;
  /** Bias of each channel, `[channels]`. */
  readonly bias: Variable;
  /** The number of groups. */
  readonly groups: number;
  /** Added to the variance. */
  readonly eps: number;

  /**
   * Makes a norm with a gain of 1 and a bias of 0.
   *
   * @param groups The number of groups.
   * @param channels Length of the last axis.
   * @throws {RangeError} If the groups do not divide the channels.
   */
  constructor(groups: number, channels: number, { eps = 1e-5 }: GroupNormOptions = {}) {
    super();
    if (channels % groups !== 0) {
      throw new RangeError(
        `Cannot make GroupNorm as groups must divide channels: current values are ${groups} and ${channels}`,
      );
    }
    this.groups = groups;
    this.eps = eps;
    this.weight = parameter(() => tf.ones([channels]));
    this.bias = parameter(() => tf.zeros([channels]));
  }

  /**
   * Normalises each group.
   *
   * @param x `[B, ..., channels]`
   * @returns The same shape.
   */
  forward(x: Tensor): Tensor {
    const [B, C] = [x.shape[0]!, this.weight.size];
    const members = C / this.groups;
    const apart = tf.transpose(tf.reshape(x, [B, -1, this.groups, members]), [0, 2, 1, 3]);
    const [, G, P] = apart.shape as [number, number, number];
    const rows = tf.reshape(apart, [B * G, P * members]);
    const normed = layerNorm(rows, tf.ones([P * members]), undefined, { eps: this.eps });
    const back = tf.transpose(tf.reshape(normed, [B, G, P, members]), [0, 2, 1, 3]);
    return tf.add(tf.mul(tf.reshape(back, x.shape), this.weight), this.bias);
  }
}
