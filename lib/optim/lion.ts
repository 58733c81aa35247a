import { defineUpdate, type Variable } from "../tensor/mod.ts";
import {
  Optimizer,
  type OptimizerOptions,
  type ParameterUpdate,
  requireRange,
} from "./optimizer.ts";
import wgsl from "./lion.wgsl" with { type: "text" };

/** Options of {@link Lion}: `lr` is 1e-4 and `weightDecay` 0 if left out. */
export interface LionOptions extends OptimizerOptions {
  /** How much of the mean gradient the step, and the mean itself, keep. @default {[0.9, 0.99]} */
  betas?: readonly [number, number];
}

const run = defineUpdate({
  name: "update a parameter by Lion",
  targets: ["w", "m"],
  inputs: ["g"],
  scalars: ["scale", "keep", "lr", "ofStep", "ofMean"],
  wgsl,
  host({ w, m, g }, { scale, keep, lr, ofStep, ofMean }, size) {
    for (let i = 0; i < size; i++) {
      const away = scale * g[i]! - m[i]!;
      w[i] = keep * w[i]! - lr * Math.sign(m[i]! + ofStep * away);
      m[i]! += ofMean * away;
    }
  },
});

/**
 * Steps by the sign of a mean gradient, every weight by the same amount; weight decay shrinks the weights themselves.
 *
 * `w ← (1 − lr · weightDecay) w − lr · sign(β₁ m + (1 − β₁) g)`, `m ← β₂ m + (1 − β₂) g`. It wants a learning rate some
 * three to ten times smaller, and a weight decay as much larger, than AdamW.
 *
 * @see Chen et al., 2023, "Symbolic Discovery of Optimization Algorithms", https://arxiv.org/abs/2302.06675
 */
export class Lion extends Optimizer {
  /** The name of the algorithm. */
  override readonly algorithm = "Lion";
  /** Whether a recorded step may be replayed. */
  protected override readonly replayable = true;
  readonly #betas: readonly [number, number];

  /**
   * Makes an optimizer of the parameters; its state starts at zeros.
   *
   * @param parameters Names and variables, as `module.namedParameters()` yields them.
   * @param options The numbers of the algorithm.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(parameters: Iterable<readonly [string, Variable]>, options: LionOptions = {}) {
    const { lr = 1e-4, weightDecay = 0, betas = [0.9, 0.99] } = options;
    super(parameters, { ...options, lr, weightDecay });
    for (const [k, beta] of betas.entries()) requireRange(`betas[${k}]`, beta, 0, 1);
    this.#betas = betas;
  }

  /** The mean of the gradients. */
  protected override slots(): readonly string[] {
    return ["firstMoment"];
  }

  /** Changes parameters, several in each dispatch. */
  protected override update(updates: readonly ParameterUpdate[]): void {
    run.many(updates.map(({ parameter, gradient, scale, slots, lr, weightDecay }) => [
      { w: parameter, m: slots.firstMoment! },
      { g: gradient },
      {
        scale,
        keep: () => 1 - lr() * weightDecay,
        lr,
        ofStep: 1 - this.#betas[0],
        ofMean: 1 - this.#betas[1],
      },
    ]));
  }
}
