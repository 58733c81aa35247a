/** The sizes of a {@link VQVAE}. */
export interface VQVAEConfig {
  /** Pixels down, a multiple of 4. */
  height: number;
  /** Pixels across, a multiple of 4. */
  width: number;
  /** Numbers a pixel. @default {3} */
  channels?: number;
  /** Channels of the pictures inside. @default {64} */
  hiddenDim?: number;
  /** Blocks of convolutions on either side of the codebook, each added to what it reads. @default {2} */
  numResiduals?: number;
  /** The number of vectors in the codebook. @default {64} */
  codebookSize?: number;
  /** The length of a vector. @default {32} */
  codeDim?: number;
  /** The mean of the pixels, which encoder and decoder take for 0. @default {0} */
  pixelMean?: number;
  /** The standard deviation of the pixels, which encoder and decoder take for 1. @default {1} */
  pixelStd?: number;
}
