/** The sizes of a {@link DiffusionUNet}. */
export interface DiffusionConfig {
  /** Pixels down, a multiple of 4. */
  height: number;
  /** Pixels across, a multiple of 4. */
  width: number;
  /** Numbers a pixel. @default {1} */
  channels?: number;
  /** Channels of the widest pictures inside, a multiple of 8; the narrower have twice as many. @default {32} */
  baseChannels?: number;
  /** Steps from an image to noise. @default {1000} */
  timesteps?: number;
}
