/** The form of an {@link ImageEmbedder}. */
export interface ImageEmbedderConfig {
  /** Channels of the images. @default {1} */
  inChannels?: number;
  /** Filters of each level; images are halved between two. @default {[16, 32, 64]} */
  widths?: readonly number[];
  /** Numbers in the vector of an image. @default {32} */
  embedDim?: number;
}
