import type { RecurrentCell } from "../../ops/mod.ts";

/** The sizes of a recurrent language model. */
export interface RNNLMConfig {
  /** The number of different tokens. */
  vocabSize: number;
  /** What a step computes. @default {"lstm"} */
  cell?: RecurrentCell;
  /** Width of a token's vector; without, tokens are one-hot vectors. @default {none} */
  embedDim?: number;
  /** Units of each layer. */
  hiddenSize: number;
  /** Layers, each of which reads the one before. @default {1} */
  numLayers?: number;
  /** The share of activations dropped in training: after the vectors, between layers and before the output. @default {0} */
  dropout?: number;
  /** Whether the output's matrix is that of the tokens' vectors; `embedDim` is then `hiddenSize`. @default {false} */
  tied?: boolean;
  /**
   * Whose form the layers have: `"torch"` has two biases and starts evenly; `"keras"` has one, but for a GRU, and starts
   * after Glorot. @default {"torch"}
   */
  style?: "torch" | "keras";
}

/**
 * Published sizes, by what they are known by.
 *
 * `word_language_model` is PyTorch's example at its defaults on WikiText-2 (`--emsize 200 --nhid 200 --nlayers 2`):
 * 13,987,678 parameters. `keras-lstm` is the generator of characters that Keras' book and many texts after it have: one
 * LSTM of 128 units on one-hot characters, 60 of them in Nietzsche's.
 *
 * @see https://github.com/pytorch/examples/tree/main/word_language_model
 * @see Chollet, 2017, "Deep Learning with Python", §8.1
 */
export const RNN_LM_PRESETS: Readonly<
  Record<"word_language_model" | "keras-lstm", Readonly<RNNLMConfig>>
> = {
  "word_language_model": {
    vocabSize: 33278,
    embedDim: 200,
    hiddenSize: 200,
    numLayers: 2,
    dropout: 0.2,
  },
  "keras-lstm": { vocabSize: 60, hiddenSize: 128, style: "keras" },
};
