import {
  Conv1d,
  Embedding,
  Linear,
  Module,
  type WaveModel,
  type WaveStepper,
} from "../../nn/mod.ts";
import { checkShape, randomNormal, randomUniform, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { doublingDilations, type WaveNetConfig } from "./config.ts";
import { WaveNetSteps } from "./steps.ts";

/**
 * First vectors of levels, `[levels, channels]`: each channel a cosine of the level, of a random frequency and phase, so that
 * levels that are near have vectors that are near.
 */
function waves(levels: number, channels: number): Tensor {
  const value = tf.linspace(-1, 1, levels).reshape([levels, 1]);
  const frequency = randomNormal([1, channels], 0, 3);
  const phase = randomUniform([1, channels], -Math.PI, Math.PI);
  return tf.cos(tf.add(tf.mul(value, frequency), phase));
}

/** A dilated causal convolution with a gate, and its ways to the next block and to the output. */
export class WaveNetBlock extends Module {
  /** To the filter's channels and, after them, the gate's. */
  readonly conv: Conv1d;
  /** What each class adds to both. */
  readonly condition?: Embedding;
  /** To what is added on the way to the next block; the last block has none. */
  readonly residual?: Linear;
  /** To what is added on the way to the output. */
  readonly skip: Linear;

  /**
   * Makes a block.
   *
   * @param config The sizes of the model.
   * @param dilation Steps between the taps.
   * @param last Whether no block follows.
   */
  constructor(config: Required<WaveNetConfig>, dilation: number, last: boolean) {
    super();
    const { residualChannels: C, skipChannels, taps, numClasses } = config;
    this.conv = new Conv1d(C, 2 * C, taps, { dilation, padding: "causal" });
    if (numClasses > 0) this.condition = new Embedding(numClasses, 2 * C, { std: 0.1 });
    if (!last) this.residual = new Linear(C, C, { init: "torch" });
    this.skip = new Linear(C, skipChannels, { init: "torch" });
  }

  /**
   * Runs the block: `z = tanh(W_f ∗ x + V_f h) ⊙ σ(W_g ∗ x + V_g h)`.
   *
   * @param x `[B, T, C]`
   * @param labels The class of each row, `[B]`, int32.
   * @returns What goes to the next block, `[B, T, C]`, and to the output, `[B, T, S]`.
   */
  forward(x: Tensor, labels?: Tensor): { next: Tensor; skip: Tensor } {
    let both = this.conv.forward(x); // [B, T, 2 C]
    if (this.condition && labels) {
      both = tf.add(both, tf.expandDims(this.condition.forward(labels), 1));
    }
    const [filter, gate] = tf.split(both, 2, 2) as [Tensor, Tensor];
    const z = tf.mul(tf.tanh(filter), tf.sigmoid(gate)); // [B, T, C]
    const next = this.residual ? tf.add(x, this.residual.forward(z)) : x;
    return { next, skip: this.skip.forward(z) };
  }
}

/**
 * WaveNet: foretells each sample of a sound from those before it, by causal convolutions whose taps lie further and further
 * apart.
 *
 * A sample sees {@link WaveNet.receptiveField} samples. {@link WaveNet.stepper} writes a sound sample by sample, at a cost
 * of one run through the blocks each.
 *
 * @example
 * ```ts
 * import { WaveNet } from "@tome/tome/models/wavenet";
 * import * as tf from "@tensorflow/tfjs";
 * import { useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * using model = new WaveNet({ levels: 16, residualChannels: 4, skipChannels: 8, dilations: [1, 2, 4] });
 * assert.equal(model.receptiveField, 8);
 * assert.deepEqual(model.forward(tf.zeros([1, 10], "int32")).shape, [1, 10, 16]);
 * ```
 * @see van den Oord et al., 2016, "WaveNet: A Generative Model for Raw Audio", https://arxiv.org/abs/1609.03499
 */
export class WaveNet extends Module implements WaveModel {
  /** The sizes of this model. */
  readonly config: Readonly<Required<WaveNetConfig>>;
  /** A vector for each value of a sample. */
  readonly samples: Embedding;
  /** The dilated convolutions. */
  readonly blocks: readonly WaveNetBlock[];
  /** From what the blocks hand over to the output's hidden layer. */
  readonly fc: Linear;
  /** The output. */
  readonly head: Linear;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is no positive integer.
   */
  constructor(config: WaveNetConfig = {}) {
    super();
    this.config = {
      levels: 256,
      residualChannels: 32,
      skipChannels: 64,
      dilations: doublingDilations(10),
      taps: 2,
      numClasses: 0,
      ...config,
    };
    const { levels, residualChannels, skipChannels, dilations, taps, numClasses } = this.config;
    const sizes = {
      levels,
      residualChannels,
      skipChannels,
      taps,
      "the number of blocks": dilations.length,
    };
    for (const [name, value] of [...Object.entries(sizes), ...dilations.entries()]) {
      if (Number.isSafeInteger(value) && value > 0) continue;
      const what = typeof name === "number" ? `dilation ${name}` : name;
      throw new RangeError(
        `Cannot make a WaveNet as ${what} must be a positive integer: current value is ${value}`,
      );
    }
    if (!(Number.isSafeInteger(numClasses) && numClasses >= 0)) {
      throw new RangeError(
        `Cannot make a WaveNet as numClasses must be a whole number of at least 0: current value is ${numClasses}`,
      );
    }
    this.samples = new Embedding(levels, residualChannels);
    tf.tidy(() => this.samples.weight.assign(waves(levels, residualChannels)));
    this.blocks = dilations.map((dilation, i) =>
      new WaveNetBlock(this.config, dilation, i === dilations.length - 1)
    );
    this.fc = new Linear(skipChannels, skipChannels, { init: "torch" });
    this.head = new Linear(skipChannels, levels, { init: "torch" });
  }

  /** Different values of a sample. */
  get levels(): number {
    return this.config.levels;
  }

  /** Classes that every block is told. */
  get numClasses(): number {
    return this.config.numClasses;
  }

  /** Samples that a prediction depends on: `1 + (taps − 1) Σ dilations`. */
  get receptiveField(): number {
    const { taps, dilations } = this.config;
    return 1 + (taps - 1) * dilations.reduce((sum, dilation) => sum + dilation);
  }

  /**
   * Foretells the sample after each.
   *
   * @param samples Samples as whole numbers below `levels`, `[B, T]`, int32.
   * @param labels The class of each sound, `[B]`, int32, where the model has classes.
   * @returns Logits of the sample after each, `[B, T, levels]`.
   * @throws {ShapeError} If the shapes do not fit.
   * @throws {TypeError} If there are labels and no classes, or the other way round.
   */
  forward(samples: Tensor, labels?: Tensor): Tensor {
    checkShape("apply WaveNet", "samples", samples, [-1, -1]);
    this.#checkLabels(labels !== undefined);
    if (labels) checkShape("apply WaveNet", "labels", labels, [samples.shape[0]!]);
    let x = this.samples.forward(samples); // [B, T, C]
    const skips: Tensor[] = [];
    for (const block of this.blocks) {
      const { next, skip } = block.forward(x, labels);
      skips.push(skip);
      x = next;
    }
    const sum = skips.reduce((a, b) => tf.add(a, b)); // [B, T, S]
    return this.head.forward(tf.relu(this.fc.forward(tf.relu(sum))));
  }

  /**
   * Prepares to write sounds: reads the weights once, and keeps of each block the inputs that its next ones need.
   *
   * @param rows How many sounds are written together, or the class of each.
   * @returns Steps that give the logits of {@link WaveNet.forward}.
   * @throws {TypeError} If there are classes and only a number is given, or the other way round.
   */
  async stepper(rows: number | readonly number[] = 1): Promise<WaveStepper> {
    this.#checkLabels(typeof rows !== "number");
    return await WaveNetSteps.of(this, rows);
  }

  #checkLabels(given: boolean): void {
    if (given === this.numClasses > 0) return;
    throw new TypeError(
      `Cannot apply WaveNet as it must be told classes if it has any: current number of classes is ${this.numClasses}, and labels are ${
        given ? "given" : "missing"
      }`,
    );
  }
}
