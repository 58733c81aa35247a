import {
  adaptiveAvgPool2d,
  avgPool2d,
  maxPool2d,
  type Pair,
  type Pool2dOptions,
} from "../ops/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { Module } from "./module.ts";

/** Takes the largest number in each window of each channel. */
export class MaxPool2d extends Module {
  /**
   * Makes the layer.
   *
   * @param size Height and width of the window.
   * @param options Stride and padding. @default {windows side by side}
   */
  constructor(
    /** Height and width of the window. */
    readonly size: Pair,
    /** Stride and padding. */
    readonly options: Readonly<Pool2dOptions> = {},
  ) {
    super();
  }

  /**
   * Pools.
   *
   * @param x `[B, H, W, C]`
   * @returns `[B, H', W', C]`
   */
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.size, this.options);
  }
}

/** Takes the mean of each window of each channel. */
export class AvgPool2d extends Module {
  /**
   * Makes the layer.
   *
   * @param size Height and width of the window.
   * @param options Stride and padding. @default {windows side by side}
   */
  constructor(
    /** Height and width of the window. */
    readonly size: Pair,
    /** Stride and padding. */
    readonly options: Readonly<Pool2dOptions> = {},
  ) {
    super();
  }

  /**
   * Pools.
   *
   * @param x `[B, H, W, C]`
   * @returns `[B, H', W', C]`
   */
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.size, this.options);
  }
}

/** Takes means over as many windows as are wanted, whatever the size of the images. */
export class AdaptiveAvgPool2d extends Module {
  /**
   * Makes the layer.
   *
   * @param size How many windows there are down and across. @default {1: the mean of each image}
   */
  constructor(
    /** How many windows there are down and across. */
    readonly size: Pair = 1,
  ) {
    super();
  }

  /**
   * Pools.
   *
   * @param x `[B, H, W, C]`
   * @returns `[B, h, w, C]`
   */
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.size);
  }
}
