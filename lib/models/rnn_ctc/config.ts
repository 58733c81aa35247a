import type { RecurrentCell } from "../../ops/mod.ts";

/** The form of an {@link RNNCTC}. */
export interface RNNCTCConfig {
  /** F, the features of a frame. */
  numFeatures: number;
  /** The number of classes: the labels, and the blank, which is class 0. */
  numLabels: number;
  /** What the classes stand for, the blank first. @default {none} */
  labels?: readonly string[];
  /** What a step computes. @default {"lstm"} */
  cell?: RecurrentCell;
  /** Units of each direction of each layer. */
  hiddenSize: number;
  /** Layers, each of which reads the one before. @default {1} */
  numLayers?: number;
  /** Neighbouring frames that are read as one, which makes sequences so much shorter. @default {1} */
  framesPerStep?: number;
  /** The share of activations dropped in training: between layers and before the classes. @default {0} */
  dropout?: number;
}
