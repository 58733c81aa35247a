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
  /**
   * What the layers foretell. `"velocity"`: `v = √ᾱ_t ε − √(1 − ᾱ_t) x`, of which the model makes the noise,
   * `ε = √(1 − ᾱ_t) x_t + √ᾱ_t v`; it learns from fewer steps, as it need not find all of the image in what is nearly noise.
   * Train it with `denoisingWith({ weight: "velocity" })`. @default {"noise"}
   */
  predicts?: "noise" | "velocity";
  /** Steps from an image to noise. @default {1000} */
  timesteps?: number;
}
