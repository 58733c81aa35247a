import {
  Dropout,
  Embedding,
  Linear,
  Module,
  RecurrentLayers,
  type TokenClassifier,
  type TokenInputs,
} from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { RNNTaggerConfig } from "./config.ts";

/**
 * A recurrent network that sorts each token into a class: it reads a sentence from both ends, so that what it says of a token
 * depends on all of them.
 *
 * `logits_t = W [h→_t; h←_t] + b`
 *
 * @example
 * ```ts
 * import { RNN_TAGGER_PRESETS, RNNTagger } from "@tome/tome/models/rnn-tagger";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new RNNTagger({ ...RNN_TAGGER_PRESETS["bilstm-small"], vocabSize: 100, labels: ["O", "B"] });
 * console.assert(model.numParameters() === 100 * 64 + 2 * 4 * 64 * (64 + 64 + 2) + 2 * 128 + 2);
 * ```
 * @see Huang, Xu and Yu, 2015, "Bidirectional LSTM-CRF Models for Sequence Tagging", https://arxiv.org/abs/1508.01991
 */
export class RNNTagger extends Module implements TokenClassifier {
  /** The sizes of this model, and its classes. */
  readonly config: Readonly<RNNTaggerConfig>;
  /** A vector for each token. */
  readonly tokens: Embedding;
  /** Drops from the vectors and from what the layers give. */
  readonly drop: Dropout;
  /** The layers. */
  readonly rnn: RecurrentLayers;
  /** From both directions to the classes. */
  readonly classifier: Linear;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes; {@link RNN_TAGGER_PRESETS} has some.
   * @throws {RangeError} If a size is no positive integer, or there are no classes.
   */
  constructor(config: RNNTaggerConfig) {
    super();
    const { vocabSize, labels, embedDim, hiddenSize, numLayers = 1, dropout = 0 } = config;
    for (
      const [name, value] of Object.entries({
        vocabSize,
        embedDim,
        "number of labels": labels.length,
      })
    ) {
      if (!(Number.isSafeInteger(value) && value > 0)) {
        throw new RangeError(
          `Cannot make an RNNTagger as ${name} must be a positive integer: current value is ${value}`,
        );
      }
    }
    this.config = { ...config };
    this.tokens = new Embedding(vocabSize, embedDim, { std: 0.1 });
    this.drop = new Dropout(dropout);
    this.rnn = new RecurrentLayers(config.cell ?? "lstm", embedDim, hiddenSize, {
      numLayers,
      dropout,
      bidirectional: true,
    });
    this.classifier = new Linear(2 * hiddenSize, labels.length, {
      std: 1 / Math.sqrt(6 * hiddenSize),
    });
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.labels.length;
  }

  /**
   * Sorts tokens.
   *
   * @param inputs Token ids, filled up at the ends of the rows.
   * @returns Logits of each token's classes, `[B, T, K]`.
   */
  forward({ ids, mask }: TokenInputs): Tensor {
    checkShape("apply RNNTagger", "ids", ids, [-1, -1]);
    const x = this.drop.forward(this.tokens.forward(tf.transpose(ids))); // [T, B, C]
    const { output } = this.rnn.forward(x, { timeMajor: true, ...(mask ? { mask } : {}) });
    return this.classifier.forward(this.drop.forward(tf.transpose(output, [1, 0, 2])));
  }
}
