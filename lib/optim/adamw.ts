import type { Variable } from "../tensor/mod.ts";
import { adamUpdate, completeMoments, MOMENTS, type Moments } from "./adam_update.ts";
import { Optimizer, type OptimizerOptions, type ParameterUpdate } from "./optimizer.ts";

/** Options of {@link AdamW}: `lr` is 1e-3 and `weightDecay` 0.01 if left out. */
export interface AdamWOptions extends OptimizerOptions, Moments {}

/**
 * Adam with a weight decay that shrinks the weights themselves, apart from the gradient.
 *
 * `w ← (1 − lr · weightDecay) w − lr · m̂ / (√v̂ + eps)`
 *
 * @example
 * ```ts
 * import { AdamW } from "@tome/tome/optim";
 * import { useDevice } from "@tome/tome/tensor";
 * import * as tf from "@tensorflow/tfjs";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * const w = tf.variable(tf.tensor1d([1, -1]));
 * using optimizer = new AdamW([["w", w]], { lr: 0.1 });
 * optimizer.step({ w: tf.tensor1d([2, -0.5]) }); // the first step has the size of lr, whatever the gradient
 * assert.deepEqual([...await w.data()].map((x) => x.toFixed(3)), ["0.900", "-0.900"]);
 * ```
 *
 * @see Loshchilov and Hutter, 2017, "Decoupled Weight Decay Regularization", https://arxiv.org/abs/1711.05101
 */
export class AdamW extends Optimizer {
  /** The name of the algorithm. */
  override readonly algorithm = "AdamW";
  /** Whether a recorded step may be replayed. */
  protected override readonly replayable = true;
  readonly #moments: Required<Moments>;

  /**
   * Makes an optimizer of the parameters; its state starts at zeros.
   *
   * @param parameters Names and variables, as `module.namedParameters()` yields them.
   * @param options The numbers of the algorithm.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(parameters: Iterable<readonly [string, Variable]>, options: AdamWOptions = {}) {
    const { lr = 1e-3, weightDecay = 0.01 } = options;
    super(parameters, { ...options, lr, weightDecay });
    this.#moments = completeMoments(options);
  }

  /** The mean of the gradients and of their squares. */
  protected override slots(): readonly string[] {
    return MOMENTS;
  }

  /** Changes parameters, several in each dispatch. */
  protected override update(updates: readonly ParameterUpdate[]): void {
    adamUpdate(updates, this.#moments, true);
  }
}
