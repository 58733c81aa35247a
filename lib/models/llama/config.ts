/** How a Llama's rotary positions were stretched for longer texts, as `config.json` says it. */
export type RopeScaling =
  | {
    /** All frequencies are divided. */
    type: "linear";
    /** What they are divided by. */
    factor: number;
  }
  | {
    /** Llama 3's way. */
    type: "llama3";
    /** What low frequencies are divided by. */
    factor: number;
    /** Turns in the original context below which a frequency is divided. */
    lowFreqFactor: number;
    /** Turns in the original context above which a frequency stays. */
    highFreqFactor: number;
    /** Tokens of the context that the model was first trained on. */
    originalLength: number;
  }
  | {
    /** YaRN. */
    type: "yarn";
    /** How many times longer the context became. */
    factor: number;
    /** Tokens of the context that the model was first trained on. */
    originalLength: number;
    /** Turns in the original context from which a frequency stays. @default {32} */
    betaFast?: number;
    /** Turns in the original context up to which a frequency is divided. @default {1} */
    betaSlow?: number;
    /** What turned queries and keys are multiplied by. @default {0.1 ln factor + 1} */
    attentionFactor?: number;
    /** Whether the bounds are rounded to whole pairs. @default {true} */
    truncate?: boolean;
  };

/** The published families that one model covers; the value of `model_type` in `config.json`. */
export type LlamaFamily = "llama" | "mistral" | "qwen2" | "qwen3" | "smollm3";

/** The sizes of a Llama, or of one of its relatives. */
export interface LlamaConfig {
  /**
   * Which family it is of: Qwen2's queries, keys and values add a bias, Qwen3 scales each head's queries and keys.
   * @default {"llama"}
   */
  family?: LlamaFamily;
  /** The number of different tokens. */
  vocabSize: number;
  /** The most tokens that the model can see at once. */
  contextLength: number;
  /** The number of blocks. */
  numLayers: number;
  /** Heads of the queries in each block. */
  numHeads: number;
  /** Heads of the keys and values; they divide `numHeads`. @default {numHeads} */
  numKeyHeads?: number;
  /** The length of a head, even. @default {embedDim / numHeads} */
  headDim?: number;
  /** Width of a token's vector. */
  embedDim: number;
  /** Width inside each block's gated network. */
  hiddenDim: number;
  /** Added to the mean of the squares in norms. @default {1e-5} */
  normEps?: number;
  /** The longest wavelength of the rotary positions, divided by 2π. @default {10000} */
  ropeTheta?: number;
  /** How the rotary positions were stretched for longer texts. @default {not at all} */
  ropeScaling?: RopeScaling;
  /** Whether the output's matrix is the tokens' own vectors. @default {false} */
  tied?: boolean;
  /** Whether the four maps of attention add a bias. @default {false; for Qwen2 its own three} */
  bias?: boolean;
  /** Whether the gated network's maps add a bias. @default {false} */
  mlpBias?: boolean;
  /** How many tokens one sees at most, itself included. @default {all before} */
  window?: number;
  /** The blocks, from 0, that `window` is for. @default {all} */
  windowLayers?: readonly number[];
  /** The blocks, from 0, whose attention knows no positions, as every fourth of SmolLM3. @default {none} */
  unturnedLayers?: readonly number[];
  /** The share of attention weights dropped in training. @default {0} */
  dropout?: number;
}

/** SmolLM2's vocabulary and positions. */
const SMOL = {
  vocabSize: 49152,
  contextLength: 8192,
  ropeTheta: 100_000,
  tied: true,
} as const;

/** The Qwens' vocabulary and positions. */
const QWEN = {
  vocabSize: 151936,
  ropeTheta: 1_000_000,
  normEps: 1e-6,
  tied: true,
} as const;

/**
 * Published sizes, by their published names.
 *
 * Parameters: SmolLM2-135M 134,515,008, SmolLM2-360M 361,821,120, TinyLlama-1.1B 1,100,048,384, Llama-3.2-1B 1,235,814,400,
 * Qwen2.5-0.5B 494,032,768, Qwen3-0.6B 596,049,920, Mistral-7B 7,241,732,096 (version 0.1).
 *
 * @see Allal et al., 2025, "SmolLM2", https://arxiv.org/abs/2502.02737
 * @see Zhang et al., 2024, "TinyLlama", https://arxiv.org/abs/2401.02385
 * @see Jiang et al., 2023, "Mistral 7B", https://arxiv.org/abs/2310.06825
 * @see Yang et al., 2024, "Qwen2.5 Technical Report", https://arxiv.org/abs/2412.15115
 * @see Yang et al., 2025, "Qwen3 Technical Report", https://arxiv.org/abs/2505.09388
 */
export const LLAMA_PRESETS: Readonly<
  Record<
    | "smollm2-135m"
    | "smollm2-360m"
    | "tinyllama-1.1b"
    | "llama-3.2-1b"
    | "qwen2.5-0.5b"
    | "qwen3-0.6b"
    | "mistral-7b",
    Readonly<LlamaConfig>
  >
> = {
  "smollm2-135m": {
    ...SMOL,
    numLayers: 30,
    numHeads: 9,
    numKeyHeads: 3,
    embedDim: 576,
    hiddenDim: 1536,
  },
  "smollm2-360m": {
    ...SMOL,
    numLayers: 32,
    numHeads: 15,
    numKeyHeads: 5,
    embedDim: 960,
    hiddenDim: 2560,
  },
  "tinyllama-1.1b": {
    vocabSize: 32000,
    contextLength: 2048,
    numLayers: 22,
    numHeads: 32,
    numKeyHeads: 4,
    embedDim: 2048,
    hiddenDim: 5632,
  },
  "llama-3.2-1b": {
    vocabSize: 128256,
    contextLength: 131072,
    numLayers: 16,
    numHeads: 32,
    numKeyHeads: 8,
    embedDim: 2048,
    hiddenDim: 8192,
    ropeTheta: 500_000,
    ropeScaling: {
      type: "llama3",
      factor: 32,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalLength: 8192,
    },
    tied: true,
  },
  "qwen2.5-0.5b": {
    ...QWEN,
    family: "qwen2",
    contextLength: 32768,
    numLayers: 24,
    numHeads: 14,
    numKeyHeads: 2,
    embedDim: 896,
    hiddenDim: 4864,
  },
  "qwen3-0.6b": {
    ...QWEN,
    family: "qwen3",
    contextLength: 40960,
    numLayers: 28,
    numHeads: 16,
    numKeyHeads: 8,
    headDim: 128,
    embedDim: 1024,
    hiddenDim: 3072,
  },
  "mistral-7b": {
    family: "mistral",
    vocabSize: 32000,
    contextLength: 32768,
    numLayers: 32,
    numHeads: 32,
    numKeyHeads: 8,
    embedDim: 4096,
    hiddenDim: 14336,
    window: 4096,
  },
};
