import type { CLIPVisionConfig } from "../clip/mod.ts";

/** The sizes of an {@link ImageCaptioner}. */
export interface CaptionerConfig {
  /** The Transformer that reads images; that of a CLIP may be put in its place. */
  vision: CLIPVisionConfig;
  /** The number of different tokens. */
  vocabSize: number;
  /** The most tokens of a caption. */
  contextLength: number;
  /** Width of a token's vector. */
  embedDim: number;
  /** Heads of attention in each layer of the decoder; they divide `embedDim`. */
  numHeads: number;
  /** The number of layers of the decoder. */
  numLayers: number;
  /** The share of activations dropped in training, in the decoder. @default {0} */
  dropout?: number;
  /** The token that captions start with. */
  startId: number;
  /** The token that ends a caption. */
  endId: number;
  /** The token that fills rows up. @default {0} */
  padId?: number;
}
