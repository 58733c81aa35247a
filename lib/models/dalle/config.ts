/** The sizes of a {@link DALLE}. */
export interface DALLEConfig {
  /** The number of different tokens of texts. */
  textVocabSize: number;
  /** The tokens of a text, filled up to this length. */
  textLength: number;
  /** The number of different codes of images. */
  codebookSize: number;
  /** Codes down and across an image. */
  gridShape: readonly [rows: number, columns: number];
  /** The number of blocks. */
  numLayers: number;
  /** Heads of attention in each block; they divide `embedDim`. */
  numHeads: number;
  /** Width of a token's vector. */
  embedDim: number;
  /** The share of activations dropped in training. @default {0} */
  dropout?: number;
}
