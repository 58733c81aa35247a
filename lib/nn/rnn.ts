import { RecurrentLayers, type RecurrentLayersOptions } from "./recurrent.ts";

/** How an {@link RNN} is made. */
export interface RNNOptions extends RecurrentLayersOptions {
  /** What bends the sum. @default {"tanh"} */
  nonlinearity?: "tanh" | "relu";
}

/**
 * A plain recurrent network, as PyTorch's `nn.RNN` with `batch_first`.
 *
 * `h_t = f(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh)`
 *
 * @see Elman, 1990, "Finding Structure in Time", https://doi.org/10.1207/s15516709cog1402_1
 */
export class RNN extends RecurrentLayers {
  /**
   * Makes the layers.
   *
   * @param inputSize The width of the input.
   * @param hiddenSize H, the units of each direction of each layer.
   */
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    super(options.nonlinearity ?? "tanh", inputSize, hiddenSize, options);
  }
}
