/** The sizes of a model that knows users and items by their numbers. */
export interface CollaborativeConfig {
  /**
   * Which model. `"mf"`, matrix factorisation with biases: `b + b_u + b_i + p_u · q_i`; `"gmf"`: `hᵀ (p_u ⊙ q_i)`; `"mlp"`:
   * layers over both vectors side by side; `"neumf"`: GMF and MLP, joined in the last layer.
   */
  kind: "mf" | "gmf" | "mlp" | "neumf";
  /** The number of users. */
  numUsers: number;
  /** The number of items. */
  numItems: number;
  /** Width of the vectors of MF and GMF. @default {8} */
  embedDim?: number;
  /** Widths of the layers of MLP, the first of which is both vectors side by side. @default {[64, 32, 16, 8]} */
  layers?: readonly number[];
  /** The share of activations dropped in training, in front of each layer. @default {0} */
  dropout?: number;
}

/** The sizes of a {@link SASRec}. */
export interface SASRecConfig {
  /** The number of items. */
  numItems: number;
  /** How many of the latest items are seen. @default {50} */
  contextLength?: number;
  /** Width of an item's vector. @default {50} */
  embedDim?: number;
  /** Blocks of attention. @default {2} */
  numLayers?: number;
  /** Heads of attention. @default {1} */
  numHeads?: number;
  /** The share of activations dropped in training. @default {0.2} */
  dropout?: number;
}

/** The sizes of a {@link TwoTower}. */
export interface TwoTowerConfig {
  /** The number of users. */
  numUsers: number;
  /** The number of items. */
  numItems: number;
  /** Numbers that are known of an item, such as its genres. @default {0} */
  numFeatures?: number;
  /** Width of the vectors that the towers begin with. @default {32} */
  embedDim?: number;
  /** Width of the layer inside each tower. @default {64} */
  hiddenDim?: number;
  /** Width of the vectors that the towers end with. @default {32} */
  outputDim?: number;
  /** What the products of two vectors are divided by. @default {0.1} */
  temperature?: number;
}

/** The sizes of a {@link DKT}. */
export interface DKTConfig {
  /** The number of skills. */
  numSkills: number;
  /** Units of the LSTM. @default {64} */
  hiddenSize?: number;
  /** The share of the state dropped in training, in front of the output. @default {0} */
  dropout?: number;
}
