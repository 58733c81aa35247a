/** The sizes of a {@link Transformer}, or of one of its parts. */
export interface TransformerConfig {
  /** The number of different tokens of the sources and, unless another is given, of the targets. */
  vocabSize: number;
  /** The number of different tokens of the targets. @default {vocabSize} */
  targetVocabSize?: number;
  /** The most tokens of a source, and of a target. */
  contextLength: number;
  /** Width of a token's vector. */
  embedDim: number;
  /** Heads of attention in each layer; they divide `embedDim`. */
  numHeads: number;
  /** The number of layers of the encoder. */
  numLayers: number;
  /** The number of layers of the decoder. @default {numLayers} */
  decoderLayers?: number;
  /** Width between the two layers of a layer's network. @default {4 embedDim} */
  hiddenDim?: number;
  /** The share of activations dropped in training: after the embeddings and after each part of a layer. @default {0.1} */
  dropout?: number;
  /** The share of attention weights dropped in training. @default {dropout} */
  attentionDropout?: number;
  /** The share of activations dropped in training inside the networks. @default {dropout} */
  activationDropout?: number;
  /** The activation of the networks. @default {"relu"} */
  activation?: "relu" | "gelu" | "swish";
  /** Whether parts are normalised before instead of after they are added. @default {false} */
  normFirst?: boolean;
  /** Whether the last layers are followed by a norm, as in `torch.nn.Transformer`. @default {normFirst} */
  finalNorm?: boolean;
  /** Added to the variance in norms. @default {1e-5} */
  normEps?: number;
  /**
   * A vector for each position: fixed, sines and cosines in turn as in the paper or the sines first as in Marian; or learned.
   *
   * @default {"sinusoidal"}
   */
  positions?: "sinusoidal" | "sinesFirst" | "learned";
  /** Whether tokens' vectors are multiplied by `sqrt(embedDim)` before positions are added. @default {true} */
  scaleEmbeddings?: boolean;
  /** Which matrices are one: all three, the decoder's embedding and the output, or none. @default {"all"} */
  shared?: "all" | "output" | "none";
  /** Whether a bias is added to the logits. @default {false} */
  outputBias?: boolean;
  /** The token that fills rows up. @default {0} */
  padId?: number;
  /** The token that what is written starts with. @default {1} */
  startId?: number;
  /** The token that ends a text. @default {2} */
  endId?: number;
}

/** A config with nothing left to choose. */
export type CompleteTransformerConfig = Readonly<Required<TransformerConfig>>;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If a size is no positive integer, or matrices cannot be one.
 */
export function completeTransformerConfig(config: TransformerConfig): CompleteTransformerConfig {
  const sizes = ["vocabSize", "contextLength", "embedDim", "numHeads", "numLayers"] as const;
  for (const name of sizes) {
    if (Number.isSafeInteger(config[name]) && config[name] > 0) continue;
    throw new RangeError(
      `Cannot make a Transformer as ${name} must be a positive integer: current value is ${
        config[name]
      }`,
    );
  }
  const { vocabSize, targetVocabSize = vocabSize, dropout = 0.1, normFirst = false } = config;
  const { shared = targetVocabSize === vocabSize ? "all" : "output" } = config;
  if (shared === "all" && targetVocabSize !== vocabSize) {
    throw new RangeError(
      `Cannot make a Transformer as shared may be "all" only if targetVocabSize is vocabSize, ${vocabSize}: ` +
        `current targetVocabSize is ${targetVocabSize}`,
    );
  }
  return {
    targetVocabSize,
    decoderLayers: config.numLayers,
    hiddenDim: 4 * config.embedDim,
    dropout,
    attentionDropout: dropout,
    activationDropout: dropout,
    activation: "relu",
    normFirst,
    finalNorm: normFirst,
    normEps: 1e-5,
    positions: "sinusoidal",
    scaleEmbeddings: true,
    shared,
    outputBias: false,
    padId: 0,
    startId: 1,
    endId: 2,
    ...config,
  };
}

/** Both models of the paper: English and German share 37,000 pieces of words. */
const PAPER = { vocabSize: 37000, contextLength: 512, numLayers: 6 };

/** Helsinki's Marian models: what all of the published ones have in common but the vocabulary. */
const MARIAN = {
  contextLength: 512,
  embedDim: 512,
  numLayers: 6,
  numHeads: 8,
  hiddenDim: 2048,
  dropout: 0.1,
  attentionDropout: 0,
  activationDropout: 0,
  activation: "swish",
  positions: "sinesFirst",
  outputBias: true,
  endId: 0,
} as const;

/**
 * Published sizes, by their published names.
 *
 * The paper counts 65 and 213 million parameters; with these vocabularies and matrices shared there are 63,082,496 and
 * 214,245,376 here.
 *
 * @see Vaswani et al., 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762, table 3
 * @see Tiedemann and Thottingal, 2020, "OPUS-MT – Building open translation services for the World"
 */
export const TRANSFORMER_PRESETS: Readonly<
  Record<
    "transformer-base" | "transformer-big" | "opus-mt-en-de" | "opus-mt-en-es",
    Readonly<TransformerConfig>
  >
> = {
  "transformer-base": { ...PAPER, embedDim: 512, numHeads: 8, hiddenDim: 2048, dropout: 0.1 },
  "transformer-big": { ...PAPER, embedDim: 1024, numHeads: 16, hiddenDim: 4096, dropout: 0.3 },
  "opus-mt-en-de": { ...MARIAN, vocabSize: 58101, padId: 58100, startId: 58100 },
  "opus-mt-en-es": { ...MARIAN, vocabSize: 65001, padId: 65000, startId: 65000 },
};
