/** The sizes of one of CLIP's two Transformers. */
export interface CLIPTowerConfig {
  /** The number of layers. */
  numLayers: number;
  /** Heads of attention in each layer; they divide `embedDim`. */
  numHeads: number;
  /** Width of a token's vector. */
  embedDim: number;
  /** Width between the two layers of a layer's network. @default {4 embedDim} */
  hiddenDim?: number;
  /** The activation of the networks: `"quick_gelu"` is `x σ(1.702 x)`. @default {"quick_gelu"} */
  activation?: "quick_gelu" | "gelu";
  /** The share of attention weights dropped in training. @default {0} */
  attentionDropout?: number;
  /** Added to the variance in norms. @default {1e-5} */
  normEps?: number;
}

/** The sizes of the Transformer that reads images. */
export interface CLIPVisionConfig extends CLIPTowerConfig {
  /** Height and width of the images. */
  imageSize: number;
  /** Height and width of a patch, which is one token. */
  patchSize: number;
  /** Channels of the images. @default {3} */
  inChannels?: number;
}

/** The sizes of the Transformer that reads texts. */
export interface CLIPTextConfig extends CLIPTowerConfig {
  /** The number of different tokens. */
  vocabSize: number;
  /** The most tokens of a text. */
  contextLength: number;
  /** The token that ends a text: its vector is that of the text. @default {vocabSize − 1} */
  endId?: number;
}

/** The sizes of a CLIP. */
export interface CLIPConfig {
  /** The Transformer that reads images. */
  vision: CLIPVisionConfig;
  /** The Transformer that reads texts. */
  text: CLIPTextConfig;
  /** Width of the vectors of images and of texts. */
  projectionDim: number;
  /** The logarithm of what products are multiplied by at first. @default {ln (1 / 0.07)} */
  logitScale?: number;
}

const TEXT = { vocabSize: 49408, contextLength: 77, endId: 49407, numLayers: 12 };
const VISION = { imageSize: 224, numLayers: 12, numHeads: 12, embedDim: 768 };

/**
 * Published sizes by their published names, and one for the composed scenes of `@tome/tome/data`, without its vocabulary.
 *
 * Parameters: clip-vit-base-patch32 151,277,313, clip-vit-base-patch16 149,620,737.
 *
 * @see Radford et al., 2021, "Learning Transferable Visual Models From Natural Language Supervision",
 *   https://arxiv.org/abs/2103.00020, table 20
 */
export const CLIP_PRESETS: Readonly<
  Record<"clip-vit-base-patch32" | "clip-vit-base-patch16" | "scenes", Readonly<CLIPConfig>>
> = {
  "clip-vit-base-patch32": {
    vision: { ...VISION, patchSize: 32 },
    text: { ...TEXT, numHeads: 8, embedDim: 512 },
    projectionDim: 512,
  },
  "clip-vit-base-patch16": {
    vision: { ...VISION, patchSize: 16 },
    text: { ...TEXT, numHeads: 8, embedDim: 512 },
    projectionDim: 512,
  },
  "scenes": {
    vision: { imageSize: 28, patchSize: 7, numLayers: 3, numHeads: 4, embedDim: 64 },
    text: { vocabSize: 64, contextLength: 18, numLayers: 2, numHeads: 4, embedDim: 64 },
    projectionDim: 32,
  },
};
