import { RecurrentLayers, type RecurrentLayersOptions } from "./recurrent.ts";

/**
 * Layers of long short-term memory, as PyTorch's `nn.LSTM` with `batch_first`; with `init: "keras"` and `bias: "input"`,
 * as Keras'.
 *
 * `i, f, o = σ(…)`, `g = tanh(…)` of `W_ih x_t + b_ih + W_hh h_{t−1} + b_hh`; `c_t = f c_{t−1} + i g`, `h_t = o tanh(c_t)`.
 *
 * @example
 * ```ts
 * import { LSTM } from "@tome/tome/nn";
 * import { randomNormal, useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * using lstm = new LSTM(3, 5, { numLayers: 2, bidirectional: true });
 * const { output, state } = lstm.forward(randomNormal([2, 7, 3]));
 * assert.deepEqual(output.shape, [2, 7, 10]);
 * assert.deepEqual(state.map(({ shape }) => shape), Array(4).fill([2, 2, 5])); // h and c, rows, units
 * ```
 * @see Hochreiter and Schmidhuber, 1997, "Long Short-Term Memory", https://doi.org/10.1162/neco.1997.9.8.1735
 */
export class LSTM extends RecurrentLayers {
  /**
   * Makes the layers.
   *
   * @param inputSize The width of the input.
   * @param hiddenSize H, the units of each direction of each layer.
   */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentLayersOptions = {}) {
    super("lstm", inputSize, hiddenSize, options);
  }
}
