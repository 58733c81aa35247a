import type { ImageLabels } from "../image_folder.ts";

/** The form of a {@link CenterDetector}. */
export interface CenterDetectorConfig extends ImageLabels {
  /** Channels of the images. @default {1} */
  inChannels?: number;
  /** Filters of the finest level that is looked at, a quarter of the image's size; each level down has twice as many. @default {24} */
  width?: number;
  /** How often the finest level is halved, so that cells see more around them. @default {2} */
  depth?: number;
}
