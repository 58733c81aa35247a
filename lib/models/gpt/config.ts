/** The sizes of a GPT. */
export interface GPTConfig {
  /** The number of different tokens. */
  vocabSize: number;
  /** The most tokens that the model can see at once. */
  contextLength: number;
  /** The number of blocks. */
  numLayers: number;
  /** Heads of attention in each block; they divide `embedDim`. */
  numHeads: number;
  /** Width of a token's vector. */
  embedDim: number;
  /** The share of activations dropped in training: after the embeddings, in attention and after each part of a block. */
  dropout: number;
  /** Whether linear layers and norms add a bias; GPT-2 does, nanoGPT's own models do not. @default {true} */
  bias?: boolean;
  /** How GELU is computed: `"tanh"`, as GPT-2 was trained, or `"none"`, by its definition. @default {"tanh"} */
  gelu?: "none" | "tanh";
  /** Added to the variance in norms. @default {1e-5} */
  normEps?: number;
}

/** GPT-2's vocabulary and context, dropout off. */
const GPT2 = { vocabSize: 50257, contextLength: 1024, dropout: 0 };

/** nanoGPT's models of single characters (65 in Shakespeare's works): no bias, GELU by its definition. */
const NANO = { vocabSize: 65, bias: false, gelu: "none" } as const;

/**
 * Published sizes, by their published names.
 *
 * Parameters as Hugging Face counts them (the output shares the embedding's weights): gpt2 124,439,808, gpt2-medium
 * 354,823,168, gpt2-large 774,030,080, gpt2-xl 1,557,611,200. nanoGPT prints its count without positions:
 * 0.80 M for `nanogpt-cpu`, 10.65 M for `nanogpt-shakespeare-char`.
 *
 * @see Radford et al., 2019, "Language Models are Unsupervised Multitask Learners", table 2
 * @see Karpathy, nanoGPT, https://github.com/karpathy/nanoGPT, README and config/train_shakespeare_char.py
 */
export const GPT_PRESETS: Readonly<
  Record<
    | "gpt2"
    | "gpt2-medium"
    | "gpt2-large"
    | "gpt2-xl"
    | "nanogpt-cpu"
    | "nanogpt-shakespeare-char",
    Readonly<GPTConfig>
  >
> = {
  "gpt2": { ...GPT2, numLayers: 12, numHeads: 12, embedDim: 768 },
  "gpt2-medium": { ...GPT2, numLayers: 24, numHeads: 16, embedDim: 1024 },
  "gpt2-large": { ...GPT2, numLayers: 36, numHeads: 20, embedDim: 1280 },
  "gpt2-xl": { ...GPT2, numLayers: 48, numHeads: 25, embedDim: 1600 },
  "nanogpt-cpu": {
    ...NANO,
    contextLength: 64,
    numLayers: 4,
    numHeads: 4,
    embedDim: 128,
    dropout: 0,
  },
  "nanogpt-shakespeare-char": {
    ...NANO,
    contextLength: 256,
    numLayers: 6,
    numHeads: 6,
    embedDim: 384,
    dropout: 0.2,
  },
};
