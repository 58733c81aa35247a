import type { Tensor } from "../tensor/mod.ts";
import { dropout } from "../ops/mod.ts";
import { Module } from "./module.ts";

/** Sets a share of the elements to 0 in training; does nothing in use. */
export class Dropout extends Module {
  /**
   * Makes the layer.
   *
   * @param rate The share that goes, in [0, 1).
   */
  constructor(
    /** The share that goes. */
    readonly rate: number,
  ) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new RangeError(
        `Cannot make Dropout as rate must be in [0, 1): current value is ${rate}`,
      );
    }
  }

  /**
   * Drops in training; gives back `x` itself in use.
   *
   * @param x Any shape.
   * @returns The same shape.
   */
  forward(x: Tensor): Tensor {
    return this.training ? dropout(x, this.rate) : x;
  }
}
