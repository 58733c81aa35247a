import type { ImageLabels } from "../image_folder.ts";

/** The sizes of a network of fully connected layers. */
export interface MLPConfig extends ImageLabels {
  /** Numbers in an example: for images height × width × channels. */
  inFeatures: number;
  /** Widths of the hidden layers; none makes logistic regression. */
  hiddenDims: readonly number[];
  /** What follows each hidden layer. @default {"relu"} */
  activation?: "relu" | "tanh" | "sigmoid";
  /** The share of activations dropped after each hidden layer, in training. @default {0} */
  dropout?: number;
  /** How weights are drawn. @default {"torch"} */
  init?: "torch" | "glorot" | "he";
}

/**
 * Networks that tutorials begin with.
 *
 * `keras-mnist` is Keras' first example, 784-128-10 with dropout, 101,770 parameters; `softmax` is regression on the pixels
 * of digits, 7,850; `logistic` is one neuron on two numbers, 3; `two-layer` is an MLP of one hidden layer as PyTorch's tutorials
 * write it, 784-500-10, 397,510.
 */
export const MLP_PRESETS: Readonly<
  Record<"keras-mnist" | "softmax" | "logistic" | "two-layer", Readonly<MLPConfig>>
> = {
  "keras-mnist": {
    inFeatures: 784,
    hiddenDims: [128],
    numLabels: 10,
    dropout: 0.2,
    init: "glorot",
  },
  "softmax": { inFeatures: 784, hiddenDims: [], numLabels: 10 },
  "logistic": { inFeatures: 2, hiddenDims: [], numLabels: 1, init: "glorot" },
  "two-layer": { inFeatures: 784, hiddenDims: [500], numLabels: 10 },
};
