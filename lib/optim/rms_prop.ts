import { defineUpdate, type Variable } from "../tensor/mod.ts";
import {
  Optimizer,
  type OptimizerOptions,
  type ParameterUpdate,
  requireRange,
} from "./optimizer.ts";
import plainWgsl from "./rms_prop.wgsl" with { type: "text" };
import fullWgsl from "./rms_prop_full.wgsl" with { type: "text" };

/** Options of {@link RMSprop}: `lr` is 1e-2 and `weightDecay` 0 if left out. */
export interface RMSpropOptions extends OptimizerOptions {
  /** How much of the mean square is kept each step. @default {0.99} */
  alpha?: number;
  /** Added to the root of the mean square. @default {1e-8} */
  eps?: number;
  /** How much of the last direction is kept. @default {0} */
  momentum?: number;
  /** Whether to divide by the standard deviation, the mean taken off. @default {false} */
  centered?: boolean;
}

const runPlain = defineUpdate({
  name: "update a parameter by RMSprop",
  targets: ["w", "s"],
  inputs: ["g"],
  scalars: ["scale", "decay", "alpha", "toSquare", "eps", "lr"],
  wgsl: plainWgsl,
  host({ w, s, g }, { scale, decay, alpha, toSquare, eps, lr }, size) {
    for (let i = 0; i < size; i++) {
      const gradient = scale * g[i]! + decay * w[i]!;
      const square = alpha * s[i]! + toSquare * gradient * gradient;
      s[i] = square;
      w[i]! -= lr * gradient / (Math.sqrt(square) + eps);
    }
  },
});

const runFull = defineUpdate({
  name: "update a parameter by RMSprop with momentum",
  targets: ["w", "s", "a", "b"],
  inputs: ["g"],
  scalars: ["scale", "decay", "alpha", "toSquare", "centre", "momentum", "eps", "lr"],
  wgsl: fullWgsl,
  host({ w, s, a, b, g }, { scale, decay, alpha, toSquare, centre, momentum, eps, lr }, size) {
    for (let i = 0; i < size; i++) {
      const gradient = scale * g[i]! + decay * w[i]!;
      const square = alpha * s[i]! + toSquare * gradient * gradient;
      const mean = a[i]! + centre * (gradient - a[i]!);
      const variance = Math.max(square - mean * mean, 0);
      const direction = momentum * b[i]! + gradient / (Math.sqrt(variance) + eps);
      s[i] = square;
      a[i] = mean;
      b[i] = direction;
      w[i]! -= lr * direction;
    }
  },
});

/**
 * Divides each gradient by a running root mean square; weight decay is added to the gradient (L2).
 *
 * `s ← alpha · s + (1 − alpha) · g²`, `w ← w − lr · g / (√s + eps)`
 *
 * @see Tieleman and Hinton, 2012, "Lecture 6.5: rmsprop",
 *   https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
 * @see Graves, 2013, "Generating Sequences With Recurrent Neural Networks", https://arxiv.org/abs/1308.0850 (centered)
 */
export class RMSprop extends Optimizer {
  /** The name of the algorithm. */
  override readonly algorithm = "RMSprop";
  /** Whether a recorded step may be replayed. */
  protected override readonly replayable = true;
  readonly #numbers: { alpha: number; eps: number; momentum: number; centered: boolean };

  /**
   * Makes an optimizer of the parameters; its state starts at zeros.
   *
   * @param parameters Names and variables, as `module.namedParameters()` yields them.
   * @param options The numbers of the algorithm.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(parameters: Iterable<readonly [string, Variable]>, options: RMSpropOptions = {}) {
    const { lr = 1e-2, weightDecay = 0, alpha = 0.99, eps = 1e-8 } = options;
    const { momentum = 0, centered = false } = options;
    super(parameters, { ...options, lr, weightDecay });
    requireRange("alpha", alpha, 0, 1);
    requireRange("eps", eps, 0, Infinity);
    requireRange("momentum", momentum, 0, Infinity);
    this.#numbers = { alpha, eps, momentum, centered };
  }

  /** The mean square; and, for momentum or centering, the mean and the direction. */
  protected override slots(): readonly string[] {
    return this.#isPlain ? ["square"] : ["square", "mean", "momentum"];
  }

  /** Changes parameters, several in each dispatch. */
  protected override update(updates: readonly ParameterUpdate[]): void {
    const { alpha, eps, momentum, centered } = this.#numbers;
    const tasks = updates.map(({ parameter: w, gradient: g, slots, scale, lr, weightDecay }) => ({
      targets: { w, s: slots.square! },
      inputs: { g },
      scalars: { scale, decay: weightDecay, alpha, toSquare: 1 - alpha, eps, lr },
      slots,
    }));
    if (this.#isPlain) {
      runPlain.many(tasks.map(({ targets, inputs, scalars }) => [targets, inputs, scalars]));
      return;
    }
    const centre = centered ? 1 - alpha : 0;
    runFull.many(tasks.map(({ targets, inputs, scalars, slots }) => [
      { ...targets, a: slots.mean!, b: slots.momentum! },
      inputs,
      { ...scalars, centre, momentum },
    ]));
  }

  get #isPlain(): boolean {
    return this.#numbers.momentum === 0 && !this.#numbers.centered;
  }
}
