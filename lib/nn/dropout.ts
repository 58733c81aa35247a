import type { Tensor } from "../tensor/mod.ts";
import { dropout } from "../ops/mod.ts";
import { Module } from "./module.ts";

/** Sets a share of the elements to 0 in training; does nothing in use. */
export class Dropout extends Module {
  /** @param rate The share that goes, in [0, 1). */
  constructor(readonly rate: number) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new RangeError(
        `Cannot make Dropout as rate must be in [0, 1): current value is ${rate}`,
      );
    }
  }

  /**
   * @param x Any shape.
   * @returns The same shape.
   */
  forward(x: Tensor): Tensor {
    return this.training ? dropout(x, this.rate) : x;
  }
}
