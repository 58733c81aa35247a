/** The sizes of a {@link Forecaster}. */
export interface ForecasterConfig {
  /** What reads the past: an LSTM, or causal Transformer blocks. */
  kind: "lstm" | "transformer";
  /** How many values are known. */
  contextLength: number;
  /** How many values are foretold. @default {1} */
  horizon?: number;
  /** Series that are read side by side; the first one is foretold. @default {1} */
  inFeatures?: number;
  /** Units of the LSTM, or width of the Transformer. @default {32} */
  hiddenSize?: number;
  /** Layers. @default {1} */
  numLayers?: number;
  /** Heads of attention. @default {4} */
  numHeads?: number;
  /** The share of activations dropped in training. @default {0} */
  dropout?: number;
  /** Whether the last value is taken from the input and added to the output, so that what is learned is the change. @default {true} */
  fromLast?: boolean;
}
