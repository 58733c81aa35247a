import type { RecurrentCell } from "../../ops/mod.ts";

/** The sizes of a recurrent tagger. */
export interface RNNTaggerConfig {
  /** The number of different tokens. */
  vocabSize: number;
  /** The names of the classes. */
  labels: readonly string[];
  /** What a step computes. @default {"lstm"} */
  cell?: RecurrentCell;
  /** Width of a token's vector. */
  embedDim: number;
  /** Units of each direction of each layer. */
  hiddenSize: number;
  /** Layers, each of which reads the one before. @default {1} */
  numLayers?: number;
  /** The share of activations dropped in training: after the vectors, between layers and before the classifier. @default {0} */
  dropout?: number;
}

/**
 * Sizes by what they are known by; the vocabulary and the classes are those of the data.
 *
 * `bilstm` is the network of Huang, Xu and Yu without its conditional random field: one layer of 300 units each way.
 *
 * @see Huang, Xu and Yu, 2015, "Bidirectional LSTM-CRF Models for Sequence Tagging", https://arxiv.org/abs/1508.01991
 */
export const RNN_TAGGER_PRESETS: Readonly<
  Record<"bilstm" | "bilstm-small", Readonly<Omit<RNNTaggerConfig, "vocabSize" | "labels">>>
> = {
  "bilstm": { embedDim: 100, hiddenSize: 300, dropout: 0.5 },
  "bilstm-small": { embedDim: 64, hiddenSize: 64, dropout: 0.2 },
};
