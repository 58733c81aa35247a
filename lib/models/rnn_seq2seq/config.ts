import type { AttentionScore } from "../../nn/mod.ts";

/** The sizes of a recurrent encoder–decoder. */
export interface RNNSeq2SeqConfig {
  /** The number of different tokens that it reads. */
  sourceVocabSize: number;
  /** The number of different tokens that it writes. */
  vocabSize: number;
  /** What a step computes. @default {"lstm"} */
  cell?: "lstm" | "gru";
  /** Width of a token's vector. */
  embedDim: number;
  /** Width of the states; both directions of an encoder share it. */
  hiddenSize: number;
  /** Layers of the encoder, and of the decoder. @default {1} */
  numLayers?: number;
  /** Whether the encoder reads from both ends. @default {false} */
  bidirectional?: boolean;
  /** How the decoder looks at the source; `"none"` leaves it the encoder's last state alone. @default {"none"} */
  attention?: AttentionScore | "none";
  /** The share of activations dropped in training: after the vectors, between layers and before the output. @default {0} */
  dropout?: number;
  /** The token that what it writes starts with. */
  startId: number;
  /** The token that ends what it writes. */
  endId: number;
  /** The token that fills rows up. @default {endId} */
  padId?: number;
}

/**
 * The published size of the first of its kind: 4 layers of 1,000 LSTM units, 160,000 words read and 80,000 written.
 *
 * The paper counts 384 million parameters, which biases make 384,144,000. Its sources are read from their end, which is
 * for the caller to do: their ids are reversed.
 *
 * @see Sutskever et al., 2014, "Sequence to Sequence Learning with Neural Networks", https://arxiv.org/abs/1409.3215, §3.4
 */
export const RNN_SEQ2SEQ_PRESETS: Readonly<Record<"sutskever-2014", Readonly<RNNSeq2SeqConfig>>> = {
  "sutskever-2014": {
    sourceVocabSize: 160_000,
    vocabSize: 80_000,
    embedDim: 1000,
    hiddenSize: 1000,
    numLayers: 4,
    startId: 0,
    endId: 1,
  },
};
