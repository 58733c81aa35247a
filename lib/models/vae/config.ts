/** The sizes of an {@link Autoencoder} or a {@link VAE}. */
export interface VAEConfig {
  /** Pixels down. */
  height: number;
  /** Pixels across. */
  width: number;
  /** Numbers a pixel. @default {1} */
  channels?: number;
  /** Width of the layer inside encoder and decoder. @default {400} */
  hiddenDim?: number;
  /** Numbers that an image is described by. @default {20} */
  latentDim?: number;
}

/**
 * Published sizes: `mnist` is that of the paper's example in PyTorch's repository, 652,824 parameters.
 *
 * @see https://github.com/pytorch/examples/tree/main/vae
 */
export const VAE_PRESETS: Readonly<Record<"mnist", Readonly<VAEConfig>>> = {
  mnist: { height: 28, width: 28, channels: 1, hiddenDim: 400, latentDim: 20 },
};
