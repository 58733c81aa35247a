/** The form of a {@link KeywordCNN}. */
export interface KeywordCNNConfig {
  /** F, the features of a frame, such as bands of pitch or cepstral coefficients. */
  numFeatures: number;
  /** The number of classes. */
  numLabels: number;
  /** The names of the classes. @default {none} */
  labels?: readonly string[];
  /** Filters of each convolution; after each but the last, frames and features are halved. @default {[16, 32, 64]} */
  widths?: readonly number[];
  /** The share of the numbers dropped before the last layer, in training. @default {0.2} */
  dropout?: number;
}
