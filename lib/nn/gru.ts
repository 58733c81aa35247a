import { RecurrentLayers, type RecurrentLayersOptions } from "./recurrent.ts";

/**
 * Layers of gated recurrent units, as PyTorch's `nn.GRU` with `batch_first`. Its reset gate acts after the product with
 * the state, which is what Keras calls `reset_after` and does as well.
 *
 * `r, z = σ(…)`, `n = tanh(W_in x_t + b_in + r (W_hn h_{t−1} + b_hn))`; `h_t = (1 − z) n + z h_{t−1}`.
 *
 * @see Cho et al., 2014, "Learning Phrase Representations using RNN Encoder–Decoder", https://arxiv.org/abs/1406.1078
 */
export class GRU extends RecurrentLayers {
  /**
   * Makes the layers.
   *
   * @param inputSize The width of the input.
   * @param hiddenSize H, the units of each direction of each layer.
   */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentLayersOptions = {}) {
    super("gru", inputSize, hiddenSize, options);
  }
}
