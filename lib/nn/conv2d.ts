import {
  conv2d,
  type Conv2dOptions,
  convTranspose2d,
  type ConvTranspose2dOptions,
  type Pair,
  pairOf,
} from "../ops/mod.ts";
import type { Tensor, Variable } from "../tensor/mod.ts";
import { initialBias, initialWeights, type WeightInit } from "./initial.ts";
import { Module, parameter } from "./module.ts";

/** How a {@link Conv2d} is made. */
export interface Conv2dLayerOptions extends Conv2dOptions {
  /** Whether something is added to each channel. @default {true} */
  bias?: boolean;
  /** How weights and bias are drawn. @default {"torch"} */
  init?: WeightInit;
}

/** Slides filters over images, `[B, H, W, C]`; see `conv2d` of `@tome/tome/ops`. */
export class Conv2d extends Module {
  /** Filters, `[height, width, inChannels / groups, outChannels]`; PyTorch's are `[outChannels, inChannels / groups, height, width]`. */
  readonly weight: Variable;
  /** Bias, `[outChannels]`. */
  readonly bias?: Variable;
  /** Stride, padding, dilation and groups. */
  readonly options: Readonly<Conv2dOptions>;

  /**
   * Makes a layer with random filters.
   *
   * @param inChannels Channels of the images.
   * @param outChannels Channels of the result.
   * @param size Height and width of the filters.
   * @throws {RangeError} If the groups do not divide the channels.
   */
  constructor(
    inChannels: number,
    outChannels: number,
    size: Pair,
    { bias = true, init = "torch", ...options }: Conv2dLayerOptions = {},
  ) {
    super();
    const { groups = 1 } = options;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `Cannot make Conv2d as groups must divide both numbers of channels: current values are ${inChannels}, ${outChannels} and ${groups}`,
      );
    }
    const [height, width] = pairOf(size);
    const fanIn = height * width * inChannels / groups;
    const fanOut = height * width * outChannels / groups;
    const shape = [height, width, inChannels / groups, outChannels];
    this.options = options;
    this.weight = parameter(() => initialWeights(init, shape, fanIn, fanOut));
    if (bias) this.bias = parameter(() => initialBias(init, outChannels, fanIn));
  }

  /**
   * Applies the filters.
   *
   * @param x `[B, H, W, inChannels]`
   * @returns `[B, H', W', outChannels]`
   * @throws {ShapeError} If the channels do not fit.
   */
  forward(x: Tensor): Tensor {
    const y = conv2d(x, this.weight, this.options);
    return this.bias ? y.add(this.bias) : y;
  }
}

/** How a {@link ConvTranspose2d} is made. */
export interface ConvTranspose2dLayerOptions extends ConvTranspose2dOptions {
  /** Whether something is added to each channel. @default {true} */
  bias?: boolean;
}

/** Makes images larger by filters; see `convTranspose2d` of `@tome/tome/ops`. */
export class ConvTranspose2d extends Module {
  /** Filters, `[height, width, outChannels, inChannels]`; PyTorch's are `[inChannels, outChannels, height, width]`. */
  readonly weight: Variable;
  /** Bias, `[outChannels]`. */
  readonly bias?: Variable;
  /** Stride and padding. */
  readonly options: Readonly<ConvTranspose2dOptions>;

  /**
   * Makes a layer with random filters, drawn as PyTorch does.
   *
   * @param inChannels Channels of the images.
   * @param outChannels Channels of the result.
   * @param size Height and width of the filters.
   */
  constructor(
    inChannels: number,
    outChannels: number,
    size: Pair,
    { bias = true, ...options }: ConvTranspose2dLayerOptions = {},
  ) {
    super();
    const [height, width] = pairOf(size);
    const fanIn = height * width * outChannels; // what PyTorch takes for it
    const shape = [height, width, outChannels, inChannels];
    this.options = options;
    this.weight = parameter(() => initialWeights("torch", shape, fanIn, fanIn));
    if (bias) this.bias = parameter(() => initialBias("torch", outChannels, fanIn));
  }

  /**
   * Applies the filters.
   *
   * @param x `[B, H, W, inChannels]`
   * @returns `[B, H', W', outChannels]`
   * @throws {ShapeError} If the channels do not fit.
   */
  forward(x: Tensor): Tensor {
    const y = convTranspose2d(x, this.weight, this.options);
    return this.bias ? y.add(this.bias) : y;
  }
}
