/** The sizes of a {@link DiffusionUNet}. */
export interface DiffusionConfig {
  /** Pixels down, a multiple of twice the `patchSize`. */
  height: number;
  /** Pixels across, a multiple of twice the `patchSize`. */
  width: number;
  /** Numbers a pixel. @default {1} */
  channels?: number;
  /** Channels of the widest pictures inside, a multiple of 8; the narrower have twice as many. @default {32} */
  baseChannels?: number;
  /**
   * Pixels down and across that are one place of the pictures inside, side by side in its channels: 2 makes the model about
   * four times as fast, and lets it see twice as far. @default {1}
   */
  patchSize?: number;
  /** Steps from an image to noise. @default {1000} */
  timesteps?: number;
}
