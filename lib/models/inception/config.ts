import type { ImageLabels } from "../image_folder.ts";

/** Filters of the four branches of an Inception block. */
export interface InceptionWidths {
  /** Filters of 1 × 1. */
  one: number;
  /** Filters of 1 × 1 before those of 3 × 3, and those. */
  three: readonly [reduce: number, filters: number];
  /** Filters of 1 × 1 before those of 5 × 5, and those. */
  five: readonly [reduce: number, filters: number];
  /** Filters of 1 × 1 after the pool. */
  pool: number;
}

/** The form of a small Inception network. */
export interface InceptionConfig extends ImageLabels {
  /** Channels of the images. @default {1} */
  inChannels?: number;
  /** Filters of the first convolution, of 3 × 3. @default {16} */
  stemWidth?: number;
  /** The blocks; a pool halves the images before each but the first. @default {two small ones} */
  blocks?: readonly InceptionWidths[];
  /** The share dropped before the last layer, in training. @default {0.2} */
  dropout?: number;
}
