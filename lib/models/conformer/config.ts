/** The form of a {@link Conformer}. */
export interface ConformerConfig {
  /** F, the features of a frame. */
  numFeatures: number;
  /** The number of classes: the labels, and the blank, which is class 0. */
  numLabels: number;
  /** What the classes stand for, the blank first. @default {none} */
  labels?: readonly string[];
  /** C, the width of a frame's vector. */
  embedDim: number;
  /** Blocks. */
  numLayers: number;
  /** Heads of attention in a block. */
  numHeads: number;
  /** Width within the feed-forward parts. @default {4 · embedDim} */
  hiddenDim?: number;
  /** Places that a block's convolution sees, an odd number. @default {15} */
  kernelSize?: number;
  /** Convolutions in front that halve the number of frames. @default {2} */
  numHalvings?: number;
  /** Filters of the convolutions in front. @default {embedDim} */
  frontWidth?: number;
  /** The share of activations dropped in training. @default {0.1} */
  dropout?: number;
}

/**
 * Sizes by what they are known by; the features and the labels are those of the data. `conformer-s` has the 16 blocks, 144 channels
 * and 4 heads of the paper's smallest encoder, `digits` is for a few spoken words.
 *
 * @see Gulati et al., 2020, "Conformer: Convolution-augmented Transformer for Speech Recognition",
 *   https://arxiv.org/abs/2005.08100, table 1
 */
export const CONFORMER_PRESETS: Readonly<
  Record<"conformer-s" | "digits", Readonly<Omit<ConformerConfig, "numFeatures" | "numLabels">>>
> = {
  "conformer-s": { embedDim: 144, numLayers: 16, numHeads: 4, kernelSize: 31 },
  "digits": {
    embedDim: 48,
    numLayers: 2,
    numHeads: 4,
    hiddenDim: 96,
    kernelSize: 7,
    numHalvings: 1,
    frontWidth: 16,
  },
};
