import * as tf from "../tensor/_tf.ts";
import type { Tensor, Variable } from "../tensor/mod.ts";
import { addLayerNorm, addRMSNorm, layerNorm, rmsNorm } from "../ops/mod.ts";
import { Module, parameter } from "./module.ts";

/** How a {@link LayerNorm} is made. */
export interface LayerNormOptions {
  /** Added to the variance. @default {1e-5} */
  eps?: number;
  /** Whether something is added after scaling. @default {true} */
  bias?: boolean;
}

/** Gives each vector along the last axis mean 0 and variance 1, then scales and shifts it. */
export class LayerNorm extends Module {
  /** Gain of each channel, `[features]`. */
  readonly weight: Variable;
  /** Bias of each channel, `[features]`. */
  readonly bias?: Variable;
  /** Added to the variance. */
  readonly eps: number;

  /**
   * Makes a norm with a gain of 1 and a bias of 0.
   *
   * @param features Length of the last axis.
   */
  constructor(features: number, { eps = 1e-5, bias = true }: LayerNormOptions = {}) {
    super();
    this.eps = eps;
    this.weight = parameter(() => tf.ones([features]));
    if (bias) this.bias = parameter(() => tf.zeros([features]));
  }

  /**
   * Normalises the last axis.
   *
   * @param x `[..., features]`
   * @returns The same shape.
   */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, { eps: this.eps });
  }

  /**
   * Adds a change to a stream and normalises the sum, both in one program.
   *
   * @param x The stream, `[..., features]`.
   * @param change What is added, the same shape. @default {nothing}
   * @returns The stream from here on, and its norm.
   */
  add(x: Tensor, change?: Tensor): [sum: Tensor, normed: Tensor] {
    return addLayerNorm(x, change, this.weight, this.bias, { eps: this.eps });
  }
}

/** How an {@link RMSNorm} is made. */
export interface RMSNormOptions {
  /** Added to the mean of the squares. @default {1e-5} */
  eps?: number;
}

/** Scales each vector along the last axis to unit root mean square, then by a gain. */
export class RMSNorm extends Module {
  /** Gain of each channel, `[features]`. */
  readonly weight: Variable;
  /** Added to the mean of the squares. */
  readonly eps: number;

  /**
   * Makes a norm with a gain of 1.
   *
   * @param features Length of the last axis.
   */
  constructor(features: number, { eps = 1e-5 }: RMSNormOptions = {}) {
    super();
    this.eps = eps;
    this.weight = parameter(() => tf.ones([features]));
  }

  /**
   * Scales the last axis.
   *
   * @param x `[..., features]`
   * @returns The same shape.
   */
  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight, { eps: this.eps });
  }

  /**
   * Adds a change to a stream and scales the sum, both in one program.
   *
   * @param x The stream, `[..., features]`.
   * @param change What is added, the same shape. @default {nothing}
   * @returns The stream from here on, and its scaled copy.
   */
  add(x: Tensor, change?: Tensor): [sum: Tensor, normed: Tensor] {
    return addRMSNorm(x, change, this.weight, { eps: this.eps });
  }
}
