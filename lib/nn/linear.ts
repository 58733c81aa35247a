import * as tf from "../tensor/_tf.ts";
import { randomNormal, type Tensor, type Variable } from "../tensor/mod.ts";
import { linear } from "../ops/mod.ts";
import { initialBias, initialWeights, type WeightInit } from "./initial.ts";
import { Module, parameter } from "./module.ts";

/** How a {@link Linear} is made. */
export interface LinearOptions {
  /** Whether something is added. @default {true} */
  bias?: boolean;
  /** Standard deviation of the initial weights. @default {0.02} */
  std?: number;
  /** How weights and bias are drawn instead. @default {normally, by `std`} */
  init?: WeightInit;
}

/** An affine map of the last axis: `y = x Wᵀ + b`. */
export class Linear extends Module {
  /** Weight, `[outFeatures, inFeatures]`. */
  readonly weight: Variable;
  /** Bias, `[outFeatures]`. */
  readonly bias?: Variable;

  /**
   * Makes a layer with small random weights and a bias of 0.
   *
   * @param inFeatures Length of the last axis of the input.
   * @param outFeatures Length of the last axis of the output.
   */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    const { bias = true, std = 0.02, init } = options;
    const shape = [outFeatures, inFeatures];
    this.weight = parameter(() =>
      init ? initialWeights(init, shape, inFeatures, outFeatures) : randomNormal(shape, 0, std)
    );
    if (bias) {
      this.bias = parameter(() =>
        init ? initialBias(init, outFeatures, inFeatures) : tf.zeros([outFeatures])
      );
    }
  }

  /** Two operations a weight. */
  override get flopsPerToken(): number {
    return 2 * this.weight.size;
  }

  /**
   * Maps the last axis.
   *
   * @param x `[..., inFeatures]`
   * @returns `[..., outFeatures]`
   * @throws {ShapeError} If the last axis of `x` is not `inFeatures`.
   */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
