import type { ImageLabels } from "../image_folder.ts";

/** The form of a ResNet. */
export interface ResNetConfig extends ImageLabels {
  /** What a block is: two convolutions of 3 × 3, or one between two of 1 × 1. */
  block: "basic" | "bottleneck";
  /** Blocks of each stage. */
  depths: readonly number[];
  /** Channels that each stage gives; those of a bottleneck are 4 times the width of its 3 × 3. */
  hiddenDims: readonly number[];
  /** Channels of the first convolution. @default {64} */
  embedDim?: number;
  /** Channels of the images. @default {3} */
  inChannels?: number;
  /**
   * What comes first: 7 × 7 filters of stride 2 and a pool of stride 2, for photographs; or 3 × 3 filters of stride 1, for images
   * of 32 × 32, which only this library's files know. @default {"large"}
   */
  stem?: "large" | "small";
  /**
   * Whose names files are written with; either's are read. With torchvision's names the weights are those of
   * `torchvision.models.resnet18()` and its like. @default {"huggingface", with a small stem "torchvision"}
   */
  names?: "huggingface" | "torchvision";
}

const IMAGENET = { numLabels: 1000, embedDim: 64 };
const CIFAR = {
  numLabels: 10,
  block: "basic",
  hiddenDims: [16, 32, 64],
  embedDim: 16,
  stem: "small",
} as const;

/**
 * Published sizes, and resnet-8-cifar, the least of the form 6n + 2 that those for small images have.
 *
 * Parameters: resnet-18 11,689,512, resnet-34 21,797,672, resnet-50 25,557,032, resnet-20-cifar 272,474, resnet-8-cifar 78,042.
 *
 * @see He et al., 2015, "Deep Residual Learning for Image Recognition", https://arxiv.org/abs/1512.03385, tables 1 and 6
 */
export const RESNET_PRESETS: Readonly<
  Record<
    "resnet-18" | "resnet-34" | "resnet-50" | "resnet-20-cifar" | "resnet-8-cifar",
    Readonly<ResNetConfig>
  >
> = {
  "resnet-18": {
    ...IMAGENET,
    block: "basic",
    depths: [2, 2, 2, 2],
    hiddenDims: [64, 128, 256, 512],
  },
  "resnet-34": {
    ...IMAGENET,
    block: "basic",
    depths: [3, 4, 6, 3],
    hiddenDims: [64, 128, 256, 512],
  },
  "resnet-50": {
    ...IMAGENET,
    block: "bottleneck",
    depths: [3, 4, 6, 3],
    hiddenDims: [256, 512, 1024, 2048],
  },
  "resnet-20-cifar": { ...CIFAR, depths: [3, 3, 3] },
  "resnet-8-cifar": { ...CIFAR, depths: [1, 1, 1] },
};
