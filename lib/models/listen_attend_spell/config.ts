import type { AttentionScore } from "../../nn/mod.ts";

/** The sizes of a {@link ListenAttendSpell}. */
export interface ListenAttendSpellConfig {
  /** Numbers a frame. */
  numFeatures: number;
  /** The number of different tokens that it writes. */
  vocabSize: number;
  /** Width of what is heard, both directions together, and of the states that write; even. @default {64} */
  hiddenSize?: number;
  /** Layers that hear, each of which takes two neighbours as one. @default {2} */
  pyramidLayers?: number;
  /** Width of a token's vector. @default {32} */
  embedDim?: number;
  /** How it is compared what is heard and what is about to be written. @default {"general"} */
  attention?: AttentionScore;
  /** The share of activations dropped between layers and before the output, in training. @default {0} */
  dropout?: number;
  /** The token that what it writes starts with. */
  startId: number;
  /** The token that ends what it writes. */
  endId: number;
  /** The token that fills rows up. @default {endId} */
  padId?: number;
}

/**
 * The published size: a pyramid of three layers of 256 units each way, which hears an eighth of the frames. (The paper puts one
 * more layer below it, and has two layers that write.)
 *
 * @see Chan et al., 2016, "Listen, Attend and Spell", https://arxiv.org/abs/1508.01211, §4
 */
export const LISTEN_ATTEND_SPELL_PRESETS: Readonly<
  Record<
    "chan-2016",
    Readonly<Omit<ListenAttendSpellConfig, "vocabSize" | "startId" | "endId" | "numFeatures">>
  >
> = {
  "chan-2016": { hiddenSize: 512, pyramidLayers: 3, embedDim: 512, attention: "general" },
};
