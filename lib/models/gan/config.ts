/** The sizes of a {@link Generator} and of its {@link Critic}. */
export interface GANConfig {
  /** Layers of matrices, or, after DCGAN, of convolutions, for which height and width are multiples of 4. */
  kind: "mlp" | "conv";
  /** Pixels down. */
  height: number;
  /** Pixels across. */
  width: number;
  /** Numbers a pixel. @default {1} */
  channels?: number;
  /** Numbers that an image is made of. @default {64} */
  latentDim?: number;
  /** Width of the layers of `"mlp"`; channels of the widest pictures inside `"conv"`, the narrower have twice as many. @default {256; 32} */
  hiddenDim?: number;
  /** Classes that images are made by; 0 for none. @default {0} */
  numClasses?: number;
}
