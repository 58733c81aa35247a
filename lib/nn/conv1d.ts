import { conv1d, type Conv1dOptions } from "../ops/mod.ts";
import type { Tensor, Variable } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { initialBias, initialWeights, type WeightInit } from "./initial.ts";
import { Module, parameter } from "./module.ts";

/** How a {@link Conv1d} is made. */
export interface Conv1dLayerOptions extends Conv1dOptions {
  /** Whether something is added to each channel. @default {true} */
  bias?: boolean;
  /** How weights and bias are drawn. @default {"torch"} */
  init?: WeightInit;
}

/**
 * Slides filters over sequences, `[B, T, C]`; see `conv1d` of `@tome/tome/ops`.
 *
 * @example
 * ```ts
 * import { Conv1d } from "@tome/tome/nn";
 * import { randomNormal, useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * using conv = new Conv1d(3, 5, 2, { dilation: 4, padding: "causal" });
 * assert.deepEqual(conv.forward(randomNormal([2, 9, 3])).shape, [2, 9, 5]);
 * ```
 */
export class Conv1d extends Module {
  /** Filters, `[taps, inChannels / groups, outChannels]`; PyTorch's are `[outChannels, inChannels / groups, taps]`. */
  readonly weight: Variable;
  /** Bias, `[outChannels]`. */
  readonly bias?: Variable;
  /** Stride, padding, dilation and groups. */
  readonly options: Readonly<Conv1dOptions>;

  /**
   * Makes a layer with random filters.
   *
   * @param inChannels Channels of the sequences.
   * @param outChannels Channels of the result.
   * @param taps Length of the filters.
   * @throws {RangeError} If the groups do not divide the channels.
   */
  constructor(
    inChannels: number,
    outChannels: number,
    taps: number,
    { bias = true, init = "torch", ...options }: Conv1dLayerOptions = {},
  ) {
    super();
    const { groups = 1 } = options;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `Cannot make Conv1d as groups must divide both numbers of channels: current values are ${inChannels}, ${outChannels} and ${groups}`,
      );
    }
    const fanIn = taps * inChannels / groups;
    const fanOut = taps * outChannels / groups;
    this.options = options;
    this.weight = parameter(() =>
      initialWeights(init, [taps, inChannels / groups, outChannels], fanIn, fanOut)
    );
    if (bias) this.bias = parameter(() => initialBias(init, outChannels, fanIn));
  }

  /** Two operations a weight. */
  override get flopsPerToken(): number {
    return 2 * this.weight.size;
  }

  /**
   * Applies the filters.
   *
   * @param x `[B, T, inChannels]`
   * @returns `[B, T', outChannels]`
   * @throws {ShapeError} If the channels do not fit, or the sequences are too short.
   */
  forward(x: Tensor): Tensor {
    const y = conv1d(x, this.weight, this.options);
    return this.bias ? tf.add(y, this.bias) : y;
  }
}
