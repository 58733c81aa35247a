import { defineUpdate, type Variable } from "../tensor/mod.ts";
import {
  Optimizer,
  type OptimizerOptions,
  type ParameterUpdate,
  requireRange,
} from "./optimizer.ts";
import plainWgsl from "./sgd.wgsl" with { type: "text" };
import momentumWgsl from "./sgd_momentum.wgsl" with { type: "text" };

/** Options of {@link SGD}: `lr` is 1e-3 and `weightDecay` 0 if left out. */
export interface SGDOptions extends OptimizerOptions {
  /** How much of the last direction is kept. @default {0} */
  momentum?: number;
  /** How much of each gradient is left out of the direction, but for the first one. @default {0} */
  dampening?: number;
  /** Whether to look ahead along the direction (Nesterov). @default {false} */
  nesterov?: boolean;
}

const runPlain = defineUpdate({
  name: "update a parameter by SGD",
  targets: ["w"],
  inputs: ["g"],
  scalars: ["scale", "decay", "lr"],
  wgsl: plainWgsl,
  host({ w, g }, { scale, decay, lr }, size) {
    for (let i = 0; i < size; i++) w[i]! -= lr * (scale * g[i]! + decay * w[i]!);
  },
});

const runMomentum = defineUpdate({
  name: "update a parameter by SGD with momentum",
  targets: ["w", "b"],
  inputs: ["g"],
  scalars: ["scale", "decay", "kept", "taken", "lr", "ofGradient", "ofBuffer"],
  wgsl: momentumWgsl,
  host({ w, b, g }, { scale, decay, kept, taken, lr, ofGradient, ofBuffer }, size) {
    for (let i = 0; i < size; i++) {
      const gradient = scale * g[i]! + decay * w[i]!;
      const buffer = kept * b[i]! + taken * gradient;
      b[i] = buffer;
      w[i]! -= lr * (ofGradient * gradient + ofBuffer * buffer);
    }
  },
});

/**
 * Walks down the gradient, if wanted with momentum; weight decay is added to the gradient (L2).
 *
 * `b ← momentum · b + (1 − dampening) · g`, `w ← w − lr · b`; with Nesterov's rule `w ← w − lr · (g + momentum · b)`.
 *
 * @see Sutskever et al., 2013, "On the importance of initialization and momentum in deep learning",
 *   https://proceedings.mlr.press/v28/sutskever13.html
 */
export class SGD extends Optimizer {
  /** The name of the algorithm. */
  override readonly algorithm = "SGD";
  /** Whether a recorded step may be replayed. */
  protected override readonly replayable = true;
  readonly #momentum: number;
  readonly #dampening: number;
  readonly #nesterov: boolean;

  /**
   * Makes an optimizer of the parameters; its state starts at zeros.
   *
   * @param parameters Names and variables, as `module.namedParameters()` yields them.
   * @param options The numbers of the algorithm.
   * @throws {RangeError} If a number is out of range, or `nesterov` is set without momentum or with dampening.
   */
  constructor(parameters: Iterable<readonly [string, Variable]>, options: SGDOptions = {}) {
    const { lr = 1e-3, weightDecay = 0, momentum = 0, dampening = 0, nesterov = false } = options;
    super(parameters, { ...options, lr, weightDecay });
    requireRange("momentum", momentum, 0, Infinity);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new RangeError(
        `Cannot optimize as Nesterov's rule needs a momentum and no dampening: ` +
          `current momentum is ${momentum}, dampening ${dampening}`,
      );
    }
    this.#momentum = momentum;
    this.#dampening = dampening;
    this.#nesterov = nesterov;
  }

  /** The direction, if there is momentum. */
  protected override slots(): readonly string[] {
    return this.#momentum === 0 ? [] : ["momentum"];
  }

  /** Changes parameters, several in each dispatch. */
  protected override update(updates: readonly ParameterUpdate[]): void {
    if (this.#momentum === 0) {
      runPlain.many(updates.map(({ parameter, gradient, scale, lr, weightDecay }) => [
        { w: parameter },
        { g: gradient },
        { scale, decay: weightDecay, lr },
      ]));
      return;
    }
    runMomentum.many(
      updates.map(({ parameter, gradient, scale, slots, step, lr, weightDecay }) => [
        { w: parameter, b: slots.momentum! },
        { g: gradient },
        {
          scale,
          decay: weightDecay,
          kept: this.#momentum,
          taken: () => step() === 1 ? 1 : 1 - this.#dampening,
          lr,
          ofGradient: this.#nesterov ? 1 : 0,
          ofBuffer: this.#nesterov ? this.#momentum : 1,
        },
      ]),
    );
  }
}
