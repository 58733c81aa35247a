import { Dropout, type KnowledgeTracer, Linear, LSTM, Module } from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { DKTConfig } from "./config.ts";

/**
 * Deep knowledge tracing: an LSTM over a learner's answers that foretells the next one.
 *
 * An answer is a one-hot vector of `skill + K · right`, with K skills; the state gives the logit of each skill.
 *
 * @see Piech et al., 2015, "Deep Knowledge Tracing", https://arxiv.org/abs/1506.05908, equations 1–3
 */
export class DKT extends Module implements KnowledgeTracer {
  /** The sizes of this model. */
  readonly config: Readonly<Required<DKTConfig>>;
  /** What reads the answers. */
  readonly rnn: LSTM;
  /** Drops from the state. */
  readonly drop: Dropout;
  /** From the state to the skills. */
  readonly head: Linear;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   */
  constructor(config: DKTConfig) {
    super();
    this.config = { hiddenSize: 64, dropout: 0, ...config };
    const { numSkills, hiddenSize, dropout } = this.config;
    this.rnn = new LSTM(2 * numSkills, hiddenSize);
    this.drop = new Dropout(dropout);
    this.head = new Linear(hiddenSize, numSkills, { init: "torch" });
  }

  /** The number of skills. */
  get numSkills(): number {
    return this.config.numSkills;
  }

  /**
   * Foretells, after each answer, whether a question on each skill would be answered right.
   *
   * @param skills The skills that were asked for, `[B, T]`, int32.
   * @param correct Whether the answers were right, 1 or 0, `[B, T]`, int32.
   * @returns Logits, `[B, T, K]`.
   * @throws {ShapeError} If the shapes do not fit together.
   */
  forward(skills: Tensor, correct: Tensor): Tensor {
    checkShape("trace knowledge", "skills", skills, [-1, -1]);
    checkShape("trace knowledge", "correct", correct, skills.shape);
    const seen = tf.add(skills, tf.mul(correct, tf.scalar(this.numSkills, "int32")));
    const x = tf.oneHot(seen, 2 * this.numSkills, 1, 0, "float32"); // [B, T, 2K]
    const { output } = this.rnn.forward(x); // [B, T, H]
    return this.head.forward(this.drop.forward(output));
  }
}
