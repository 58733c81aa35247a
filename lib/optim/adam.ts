import type { Variable } from "../tensor/mod.ts";
import { adamUpdate, completeMoments, MOMENTS, type Moments } from "./adam_update.ts";
import { Optimizer, type OptimizerOptions, type ParameterUpdate } from "./optimizer.ts";

/** Options of {@link Adam}: `lr` is 1e-3 and `weightDecay` 0 if left out. */
export interface AdamOptions extends OptimizerOptions, Moments {}

/**
 * Divides each step by a running root mean square of the gradient; weight decay is added to the gradient (L2).
 *
 * `w ← w − lr · m̂ / (√v̂ + eps)`, with `m` and `v` the means of `g` and `g²`, corrected for their start at 0.
 *
 * @see Kingma and Ba, 2014, "Adam: A Method for Stochastic Optimization", https://arxiv.org/abs/1412.6980
 */
export class Adam extends Optimizer {
  /** The name of the algorithm. */
  override readonly algorithm = "Adam";
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
  constructor(parameters: Iterable<readonly [string, Variable]>, options: AdamOptions = {}) {
    const { lr = 1e-3, weightDecay = 0 } = options;
    super(parameters, { ...options, lr, weightDecay });
    this.#moments = completeMoments(options);
  }

  /** The mean of the gradients and of their squares. */
  protected override slots(): readonly string[] {
    return MOMENTS;
  }

  /** Changes parameters, several in each dispatch. */
  protected override update(updates: readonly ParameterUpdate[]): void {
    adamUpdate(updates, this.#moments, false);
  }
}
