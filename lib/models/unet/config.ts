import type { ImageLabels } from "../image_folder.ts";

/** The form of a U-Net. */
export interface UNetConfig extends ImageLabels {
  /** Channels of the images. @default {1} */
  inChannels?: number;
  /** Filters at full size; each level down has twice as many. @default {64} */
  width?: number;
  /** How often images are halved. @default {4} */
  depth?: number;
}
