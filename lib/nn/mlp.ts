import type { Tensor } from "../tensor/mod.ts";
import { fusedLinear, gelu, type GeluOptions, swiglu } from "../ops/mod.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** How an {@link MLP} or a {@link SwiGLU} is made. */
export interface MLPOptions extends GeluOptions {
  /** Width between the two layers. @default {4 embedDim; for SwiGLU 8/3 embedDim} */
  hiddenDim?: number;
  /** Whether the layers add a bias. @default {true; for SwiGLU false} */
  bias?: boolean;
  /** Standard deviation of the initial weights of the second layer. @default {0.02} */
  outStd?: number;
}

/** A Transformer's two-layer network: `proj(gelu(fc(x)))`. */
export class MLP extends Module {
  /** `embedDim` to `hiddenDim`. */
  readonly fc: Linear;
  /** `hiddenDim` to `embedDim`. */
  readonly proj: Linear;
  readonly #approximate: "none" | "tanh";

  /**
   * Makes both layers with small random weights.
   *
   * @param embedDim Width of the input and the output.
   */
  constructor(embedDim: number, options: MLPOptions = {}) {
    super();
    const { hiddenDim = 4 * embedDim, bias = true, outStd = 0.02, approximate = "none" } = options;
    this.fc = new Linear(embedDim, hiddenDim, { bias });
    this.proj = new Linear(hiddenDim, embedDim, { bias, std: outStd });
    this.#approximate = approximate;
  }

  /**
   * Applies both layers, with GELU between them.
   *
   * @param x `[..., embedDim]`
   * @returns The same shape.
   */
  forward(x: Tensor): Tensor {
    const { fc } = this;
    const approximate = this.#approximate;
    const hidden = fc.forward === Linear.prototype.forward
      ? fusedLinear(x, fc.weight, fc.bias, {
        activation: approximate === "tanh" ? "gelu_tanh" : "gelu",
      })
      : gelu(fc.forward(x), { approximate }); // a layer that was exchanged computes in its own way
    return this.proj.forward(hidden);
  }
}

/** Llama's gated network: `down(swiglu(gate(x), up(x)))`. */
export class SwiGLU extends Module {
  /** `embedDim` to `hiddenDim`; decides how much passes. */
  readonly gate: Linear;
  /** `embedDim` to `hiddenDim`. */
  readonly up: Linear;
  /** `hiddenDim` to `embedDim`. */
  readonly down: Linear;

  /**
   * Makes the three layers with small random weights.
   *
   * @param embedDim Width of the input and the output.
   */
  constructor(embedDim: number, options: Omit<MLPOptions, "approximate"> = {}) {
    super();
    const { hiddenDim = Math.ceil(8 * embedDim / 3), bias = false, outStd = 0.02 } = options;
    this.gate = new Linear(embedDim, hiddenDim, { bias });
    this.up = new Linear(embedDim, hiddenDim, { bias });
    this.down = new Linear(hiddenDim, embedDim, { bias, std: outStd });
  }

  /**
   * Applies the gate and both layers.
   *
   * @param x `[..., embedDim]`
   * @returns The same shape.
   */
  forward(x: Tensor): Tensor {
    return this.down.forward(swiglu(this.gate.forward(x), this.up.forward(x)));
  }
}
