import type { Tensor } from "../tensor/mod.ts";
import { Module } from "./module.ts";

/** A module of one input and one output. */
export interface Layer extends Module {
  /** From the input to the output. */
  forward(x: Tensor): Tensor;
}

/** Layers one after another. */
export class Sequential extends Module implements Layer {
  /** The layers, in order; a function stands for a layer without parameters. */
  readonly layers: readonly (Layer | ((x: Tensor) => Tensor))[];

  /**
   * Takes the layers in order.
   *
   * @param layers Modules and functions, in order.
   */
  constructor(...layers: (Layer | ((x: Tensor) => Tensor))[]) {
    super();
    this.layers = layers;
  }

  /** Passes `x` through every layer. */
  forward(x: Tensor): Tensor {
    for (const layer of this.layers) x = layer instanceof Module ? layer.forward(x) : layer(x);
    return x;
  }
}
