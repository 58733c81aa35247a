import { attention, maskedSoftmax } from "../ops/mod.ts";
import { refuseRecording, type Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** How a {@link SequenceAttention} compares what looks, `h`, with what is looked at, `m`. */
export type AttentionScore = "dot" | "general" | "additive";

/**
 * Attention of one head from the states of a decoder to those of an encoder, as recurrent networks have it.
 *
 * `weights = softmax(score(h, m))`, and the result is the mean of the `m` by them. The scores are
 *
 * - `"dot"`: `hᵀ m`
 * - `"general"`: `hᵀ W m`
 * - `"additive"`: `vᵀ tanh(W h + U m)`
 *
 * @see Bahdanau et al., 2015, "Neural Machine Translation by Jointly Learning to Align and Translate",
 *   https://arxiv.org/abs/1409.0473, §A.1.2: additive
 * @see Luong et al., 2015, "Effective Approaches to Attention-based Neural Machine Translation",
 *   https://arxiv.org/abs/1508.04025, equation 8: dot and general
 */
export class SequenceAttention extends Module {
  /** How scores are made. */
  readonly score: AttentionScore;
  /** `W`, from what looks; `"dot"` has none. */
  readonly query?: Linear;
  /** `U`, from what is looked at, of additive scores. */
  readonly key?: Linear;
  /** `v`, from both to a number, of additive scores. */
  readonly value?: Linear;
  /** Called with the weights `[B, 1, T, S]` of each forward pass. @default {none} */
  onWeights?: (weights: Tensor) => void;

  /**
   * Makes the matrices that the score needs.
   *
   * @param width C, the width of both sequences.
   * @param score How scores are made.
   */
  constructor(width: number, score: AttentionScore) {
    super();
    this.score = score;
    const options = { bias: false, std: 1 / Math.sqrt(width) };
    if (score !== "dot") this.query = new Linear(width, width, options);
    if (score === "additive") {
      this.key = new Linear(width, width, options);
      this.value = new Linear(width, 1, options);
    }
  }

  /**
   * Lets each state gather from those it looks at.
   *
   * @param h The states that look, `[B, T, C]`.
   * @param memory The states that are looked at, `[B, S, C]`.
   * @param mask Added to the scores, broadcast to `[B, 1, T, S]`; −1e9 hides a state. @default {none}
   * @returns `[B, T, C]`
   */
  forward(h: Tensor, memory: Tensor, mask?: Tensor): Tensor {
    const { onWeights } = this;
    if (this.score === "additive") return this.#additive(h, memory, mask);
    const q = tf.expandDims(this.query ? this.query.forward(h) : h, 1);
    const m = tf.expandDims(memory, 1); // [B, 1, S, C]
    const options = { scale: 1, ...(mask ? { mask } : {}), ...(onWeights ? { onWeights } : {}) };
    return tf.squeeze(attention(q, m, m, options), [1]);
  }

  #additive(h: Tensor, memory: Tensor, mask?: Tensor): Tensor {
    const queries = tf.expandDims(this.query!.forward(h), 2); // [B, T, 1, C]
    const keys = tf.expandDims(this.key!.forward(memory), 1); // [B, 1, S, C]
    const scores = tf.squeeze(this.value!.forward(tf.tanh(tf.add(queries, keys))), [3]);
    let rows: Tensor = tf.expandDims(scores, 1); // [B, 1, T, S]
    if (mask) rows = tf.add(rows, mask);
    const weights = maskedSoftmax(rows);
    if (this.onWeights) {
      refuseRecording("its attention weights are watched");
      this.onWeights(weights);
    }
    return tf.matMul(tf.squeeze(weights, [1]), memory); // [B, T, C]
  }
}
