import type { ImageLabels } from "../image_folder.ts";

/** The sizes of a Vision Transformer. */
export interface ViTConfig extends ImageLabels {
  /** Height and width of the images. */
  imageSize: number;
  /** Height and width of a patch, which is one token. */
  patchSize: number;
  /** Channels of the images. @default {3} */
  inChannels?: number;
  /** The number of blocks. */
  numLayers: number;
  /** Heads of attention in each block; they divide `embedDim`. */
  numHeads: number;
  /** Width of a token's vector. */
  embedDim: number;
  /** Width between the two layers of a block's network. @default {4 embedDim} */
  hiddenDim?: number;
  /** The share of activations dropped in training: after the embeddings and after each part of a block. @default {0} */
  dropout?: number;
  /** The share of attention weights dropped in training. @default {0} */
  attentionDropout?: number;
  /** Added to the variance in norms. @default {1e-12} */
  normEps?: number;
}

const PHOTO = { imageSize: 224, patchSize: 16, numLabels: 1000 };

/**
 * Published sizes, and one for digits of 28 × 28.
 *
 * Parameters: vit-tiny 5,717,416, vit-small 22,050,664, vit-base 86,567,656, digits 88,666.
 *
 * @see Dosovitskiy et al., 2020, "An Image is Worth 16x16 Words", https://arxiv.org/abs/2010.11929, table 1
 * @see Touvron et al., 2020, "Training data-efficient image transformers", https://arxiv.org/abs/2012.12877, table 1, for the
 *   small ones
 */
export const VIT_PRESETS: Readonly<
  Record<"vit-tiny" | "vit-small" | "vit-base" | "digits", Readonly<ViTConfig>>
> = {
  "vit-tiny": { ...PHOTO, numLayers: 12, numHeads: 3, embedDim: 192 },
  "vit-small": { ...PHOTO, numLayers: 12, numHeads: 6, embedDim: 384 },
  "vit-base": { ...PHOTO, numLayers: 12, numHeads: 12, embedDim: 768 },
  "digits": {
    imageSize: 28,
    patchSize: 4,
    inChannels: 1,
    numLayers: 3,
    numHeads: 4,
    embedDim: 48,
    numLabels: 10,
    dropout: 0.1,
  },
};
