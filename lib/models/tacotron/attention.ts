import { Conv1d, Linear, Module } from "../../nn/mod.ts";
import { maskedSoftmax } from "../../ops/mod.ts";
import type { Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";

/** What {@link LocationAttention} carries from step to step. */
export interface AttentionTrace {
  /** What the step before looked at, `[B, S]`. */
  weights: Tensor;
  /** What all steps before looked at, added up, `[B, S]`. */
  total: Tensor;
}

/**
 * Attention that knows where it has looked: `e_s = vᵀ tanh(W h + V m_s + U f_s)`, where `f` are filters over the weights of
 * the step before and over those of all steps before.
 *
 * So it can go on from letter to letter, also where two letters are the same.
 *
 * @see Chorowski et al., 2015, "Attention-Based Models for Speech Recognition", https://arxiv.org/abs/1506.07503, equations 8
 *   and 9
 */
export class LocationAttention extends Module {
  /** W, from what looks. */
  readonly query: Linear;
  /** V, from what is looked at. */
  readonly key: Linear;
  /** The filters over places, two channels wide. */
  readonly filters: Conv1d;
  /** U, from the filters. */
  readonly location: Linear;
  /** v, from all to a number. */
  readonly value: Linear;

  /**
   * Makes the matrices.
   *
   * @param queryDim Width of what looks.
   * @param memoryDim Width of what is looked at.
   * @param width Width of what is compared.
   * @param numFilters Filters over places.
   * @param taps Places that a filter covers, odd.
   */
  constructor(
    queryDim: number,
    memoryDim: number,
    width: number,
    numFilters: number,
    taps: number,
  ) {
    super();
    const plain = { bias: false, init: "glorot" } as const;
    this.query = new Linear(queryDim, width, { init: "glorot" });
    this.key = new Linear(memoryDim, width, plain);
    this.filters = new Conv1d(2, numFilters, taps, { padding: "same", bias: false });
    this.location = new Linear(numFilters, width, plain);
    this.value = new Linear(width, 1, plain);
  }

  /**
   * Looks.
   *
   * @param h What looks, `[B, Q]`.
   * @param memory What is looked at, `[B, S, C]`.
   * @param keys `V m`, which is the same at each step, `[B, S, A]`.
   * @param trace Where it has looked.
   * @param hidden Added to the scores, `[B, S]`; −1e9 hides a place.
   * @returns The mean of what is looked at by the weights, `[B, C]`, and where it has looked now.
   */
  forward(
    h: Tensor,
    memory: Tensor,
    keys: Tensor,
    { weights, total }: AttentionTrace,
    hidden: Tensor,
  ): { context: Tensor; trace: AttentionTrace } {
    const places = this.filters.forward(tf.stack([weights, total], 2)); // [B, S, F]
    const query = tf.expandDims(this.query.forward(h), 1); // [B, 1, A]
    const all = tf.add(tf.add(query, keys), this.location.forward(places)); // [B, S, A]
    const scores = tf.add(tf.squeeze(this.value.forward(tf.tanh(all)), [2]), hidden); // [B, S]
    const now = maskedSoftmax(scores);
    const context = tf.squeeze(tf.matMul(tf.expandDims(now, 1), memory), [1]); // [B, C]
    return { context, trace: { weights: now, total: tf.add(total, now) } };
  }
}
