/** The sizes of a T5. */
export interface T5Config {
  /** The number of different tokens. */
  vocabSize: number;
  /** Width of a token's vector. */
  embedDim: number;
  /** The number of blocks of the encoder. */
  numLayers: number;
  /** The number of blocks of the decoder. @default {numLayers} */
  decoderLayers?: number;
  /** Heads of attention in each block. */
  numHeads: number;
  /** The length of a head; the heads need not fill `embedDim`. @default {64} */
  headDim?: number;
  /** Width between the two layers of a block's network. */
  hiddenDim: number;
  /** The share of activations dropped in training. @default {0.1} */
  dropout?: number;
  /** A block's network: `"relu"` as T5 was published, or `"gated-gelu"` as version 1.1 and Flan-T5 have it. @default {"relu"} */
  network?: "relu" | "gated-gelu";
  /** Whether the output shares the embedding's weights, as T5 was published. @default {true} */
  tied?: boolean;
  /** Whether the output is scaled by `embedDim^-1/2`. @default {tied} */
  scaled?: boolean;
  /** The number of distances that attention tells apart. @default {32} */
  numBuckets?: number;
  /** The distance from which on all are alike. @default {128} */
  maxDistance?: number;
  /** Added to the mean square in norms. @default {1e-6} */
  normEps?: number;
  /** The token that fills rows up. @default {0} */
  padId?: number;
  /** The token that what is written starts with. @default {0} */
  startId?: number;
  /** The token that ends a text. @default {1} */
  endId?: number;
}

/** A config with nothing left to choose. */
export type CompleteT5Config = Readonly<Required<T5Config>>;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If a size is no positive integer.
 */
export function completeT5Config(config: T5Config): CompleteT5Config {
  for (const name of ["vocabSize", "embedDim", "numLayers", "numHeads", "hiddenDim"] as const) {
    if (Number.isSafeInteger(config[name]) && config[name] > 0) continue;
    throw new RangeError(
      `Cannot make a T5 as ${name} must be a positive integer: current value is ${config[name]}`,
    );
  }
  return {
    decoderLayers: config.numLayers,
    headDim: 64,
    dropout: 0.1,
    network: "relu",
    tied: true,
    scaled: config.tied ?? true,
    numBuckets: 32,
    maxDistance: 128,
    normEps: 1e-6,
    padId: 0,
    startId: 0,
    endId: 1,
    ...config,
  };
}

/** T5 as published: ReLU, and an output that shares the embedding's weights. */
const FIRST = { vocabSize: 32128, headDim: 64, network: "relu", tied: true } as const;

/** Version 1.1: a gated network, and an output of its own. */
const SECOND = { vocabSize: 32128, headDim: 64, network: "gated-gelu", tied: false } as const;

/** Sizes of version 1.1, which Flan-T5 has too. */
const SMALL = { ...SECOND, embedDim: 512, numLayers: 8, numHeads: 6, hiddenDim: 1024 };
const BASE = { ...SECOND, embedDim: 768, numLayers: 12, numHeads: 12, hiddenDim: 2048 };
const LARGE = { ...SECOND, embedDim: 1024, numLayers: 24, numHeads: 16, hiddenDim: 2816 };

/**
 * Published sizes, by their published names.
 *
 * Parameters: t5-small 60,506,624, t5-base 222,903,552, t5-large 737,668,096; version 1.1 and Flan-T5: small 76,961,152,
 * base 247,577,856, large 783,150,080.
 *
 * @see Raffel et al., 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer",
 *   https://arxiv.org/abs/1910.10683, §3.7
 * @see Shazeer, 2020, "GLU Variants Improve Transformer", https://arxiv.org/abs/2002.05202
 * @see Chung et al., 2022, "Scaling Instruction-Finetuned Language Models", https://arxiv.org/abs/2210.11416
 */
export const T5_PRESETS: Readonly<
  Record<
    | "t5-small"
    | "t5-base"
    | "t5-large"
    | "t5-v1_1-small"
    | "t5-v1_1-base"
    | "t5-v1_1-large"
    | "flan-t5-small"
    | "flan-t5-base"
    | "flan-t5-large",
    Readonly<T5Config>
  >
> = {
  "t5-small": { ...FIRST, embedDim: 512, numLayers: 6, numHeads: 8, hiddenDim: 2048 },
  "t5-base": { ...FIRST, embedDim: 768, numLayers: 12, numHeads: 12, hiddenDim: 3072 },
  "t5-large": { ...FIRST, embedDim: 1024, numLayers: 24, numHeads: 16, hiddenDim: 4096 },
  "t5-v1_1-small": SMALL,
  "t5-v1_1-base": BASE,
  "t5-v1_1-large": LARGE,
  "flan-t5-small": SMALL,
  "flan-t5-base": BASE,
  "flan-t5-large": LARGE,
};
