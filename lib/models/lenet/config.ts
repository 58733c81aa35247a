import type { ImageLabels } from "../image_folder.ts";

/** The form of a LeNet-5. */
export interface LeNetConfig extends ImageLabels {
  /** Channels of the images. @default {1} */
  inChannels?: number;
  /** Height and width of the images: 28, around which the first layer adds 2 zeros on each side, or 32. @default {28} */
  imageSize?: 28 | 32;
  /** What follows each layer: LeCun's hyperbolic tangent, or today's rectifier. @default {"tanh"} */
  activation?: "tanh" | "relu";
  /** How images are made smaller: by means, as LeCun did, or by the largest number. @default {"average"} */
  pooling?: "average" | "max";
}
