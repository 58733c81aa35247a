import type { ImageLabels } from "../image_folder.ts";

/** The form of Keras' convolutional network for digits. */
export interface KerasCNNConfig extends ImageLabels {
  /** Channels of the images. @default {1} */
  inChannels?: number;
  /** Height and width of the images. @default {28} */
  imageSize?: number;
  /** Filters of both convolutions. @default {[32, 64]} */
  widths?: readonly [number, number];
  /** The share of activations dropped before the last layer, in training. @default {0.5} */
  dropout?: number;
}
