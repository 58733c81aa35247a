import * as tf from "../tensor/_tf.ts";
import {
  defineUpdate,
  ownVariable,
  sumOfSquares,
  type Tensor,
  type Variable,
} from "../tensor/mod.ts";
import { adamUpdate, completeMoments, MOMENTS, type Moments } from "./adam_update.ts";
import {
  Optimizer,
  type OptimizerOptions,
  type ParameterUpdate,
  requireRange,
} from "./optimizer.ts";
import momentumWgsl from "./muon_momentum.wgsl" with { type: "text" };
import stepWgsl from "./muon_step.wgsl" with { type: "text" };

/** Options of {@link Muon}: `lr` is 1e-3 and `weightDecay` 0.1 if left out. */
export interface MuonOptions extends OptimizerOptions {
  /** Which parameters of rank 2 are Muon's; the others are AdamW's. @default {isHiddenMatrix} */
  hidden?: (name: string, parameter: Variable) => boolean;
  /** How much of the mean gradient is kept each step. @default {0.95} */
  momentum?: number;
  /** Whether to look ahead along the mean (Nesterov). @default {true} */
  nesterov?: boolean;
  /** Newton–Schulz iterations. @default {5} */
  iterations?: number;
  /**
   * How the learning rate of an `[m, n]` weight is adjusted: by `√max(1, m/n)`, or by `0.2 √max(m, n)` so that steps are
   * as large as AdamW's. @default {"original"}
   */
  adjust?: "original" | "match-adamw";
  /** The AdamW of the other parameters. */
  adamw?: Moments & {
    /** Its learning rate, as a multiple of Muon's. @default {0.3} */
    lrScale?: number;
  };
}

const runMomentum = defineUpdate({
  name: "update the momentum of Muon",
  targets: ["b", "d"],
  inputs: ["g"],
  scalars: ["scale", "toMean", "ahead"],
  wgsl: momentumWgsl,
  host({ b, d, g }, { scale, toMean, ahead }, size) {
    for (let i = 0; i < size; i++) {
      const gradient = scale * g[i]!;
      const mean = b[i]! + toMean * (gradient - b[i]!);
      b[i] = mean;
      d[i] = gradient + ahead * (mean - gradient);
    }
  },
});

const runStep = defineUpdate({
  name: "update a parameter by Muon",
  targets: ["w"],
  inputs: ["d"],
  scalars: ["keep", "lr"],
  wgsl: stepWgsl,
  host({ w, d }, { keep, lr }, size) {
    for (let i = 0; i < size; i++) w[i] = keep * w[i]! - lr * d[i]!;
  },
});

/**
 * Steps along the nearest orthogonal matrix to the mean gradient of each hidden weight; weight decay shrinks the weights
 * themselves. Embeddings, heads, biases and gains go by AdamW.
 *
 * `b ← μ b + (1 − μ) g`, `w ← (1 − lr · weightDecay) w − lr · √max(1, m/n) · orthogonalize((1 − μ) g + μ b)`
 *
 * @see Jordan et al., 2024, "Muon: An optimizer for hidden layers in neural networks",
 *   https://kellerjordan.github.io/posts/muon/
 */
export class Muon extends Optimizer {
  /** The name of the algorithm. */
  override readonly algorithm = "Muon";
  /** Whether a recorded step may be replayed. */
  protected override readonly replayable = true;
  readonly #hidden: (name: string, parameter: Variable) => boolean;
  readonly #numbers: { momentum: number; nesterov: boolean; iterations: number };
  readonly #adjust: "original" | "match-adamw";
  readonly #moments: Required<Moments>;
  readonly #adamwScale: number;

  /**
   * Makes an optimizer of the parameters; its state starts at zeros.
   *
   * @param parameters Names and variables, as `module.namedParameters()` yields them.
   * @param options The numbers of the algorithm.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(parameters: Iterable<readonly [string, Variable]>, options: MuonOptions = {}) {
    const { lr = 1e-3, weightDecay = 0.1, momentum = 0.95, nesterov = true } = options;
    const { iterations = 5, adjust = "original", hidden = isHiddenMatrix } = options;
    super(parameters, { ...options, lr, weightDecay });
    requireRange("momentum", momentum, 0, 1);
    requireRange("iterations", iterations, 1, 99);
    const { lrScale = 0.3, betas = [0.9, 0.95], eps = 1e-10 } = options.adamw ?? {};
    requireRange("adamw.lrScale", lrScale, 0, Infinity);
    this.#hidden = (name, parameter) => parameter.rank === 2 && hidden(name, parameter);
    this.#numbers = { momentum, nesterov, iterations };
    this.#adjust = adjust;
    this.#moments = completeMoments({ betas, eps });
    this.#adamwScale = lrScale;
  }

  /** The mean gradient of a hidden weight; AdamW's moments of the others. */
  protected override slots(name: string, parameter: Variable): readonly string[] {
    return this.#hidden(name, parameter) ? ["momentum"] : MOMENTS;
  }

  /** Changes the hidden matrices one by one, and the other parameters together. */
  protected override update(updates: readonly ParameterUpdate[]): void {
    const others: ParameterUpdate[] = [];
    for (const update of updates) {
      const { name, parameter, lr } = update;
      if (this.#hidden(name, parameter)) this.#updateHidden(update);
      else others.push({ ...update, lr: () => lr() * this.#adamwScale });
    }
    adamUpdate(others, this.#moments, true);
  }

  #updateHidden({ parameter, gradient, scale, slots, lr, weightDecay }: ParameterUpdate): void {
    const { momentum, nesterov, iterations } = this.#numbers;
    const direction = ownVariable(tf.fill(parameter.shape, 0), false, "optimizer state");
    runMomentum({ b: slots.momentum!, d: direction }, { g: gradient }, {
      scale,
      toMean: 1 - momentum,
      ahead: nesterov ? momentum : 1,
    });
    const d = orthogonalize(direction, iterations);
    const [rows, columns] = parameter.shape as [number, number];
    const adjusted = this.#adjust === "original"
      ? Math.sqrt(Math.max(1, rows / columns))
      : 0.2 * Math.sqrt(Math.max(rows, columns));
    runStep({ w: parameter }, { d }, {
      keep: () => 1 - lr() * weightDecay,
      lr: () => lr() * adjusted,
    });
    tf.dispose([direction, d]);
  }
}

/** Names that parameters at the two ends of a network have. */
const END = /(^|\.)(\w*embed\w*|tokens?|positions?|wte|wpe|\w*head|classifier|output)(\.|$)/i;

/** Whether a parameter is a matrix between the ends of a network, going by its rank and its name. */
export function isHiddenMatrix(name: string, parameter: Variable): boolean {
  return parameter.rank === 2 && !END.test(name);
}

/**
 * Moves the singular values of a matrix towards 1 by a quintic Newton–Schulz iteration; after five those that
 * were not tiny lie in about 0.68…1.13.
 *
 * `X ← a X + (b A + c A²) X` with `A = X Xᵀ`, from `X = G / ‖G‖`
 *
 * @param matrix `[m, n]`
 * @returns `[m, n]`
 */
export function orthogonalize(matrix: Tensor, iterations = 5): Tensor {
  const [a, b, c] = [3.4445, -4.7750, 2.0315]; // for the steepest slope at 0
  return tf.tidy(() => {
    const [rows, columns] = matrix.shape as [number, number];
    const upright = rows > columns; // so that A is the smaller of the two products
    const norm = tf.maximum(tf.sqrt(sumOfSquares([matrix])), 1e-7);
    let x = tf.div(upright ? tf.transpose(matrix) : matrix, norm) as tf.Tensor2D;
    for (let k = 0; k < iterations; k++) {
      const gram = tf.matMul(x, x, false, true);
      const mixed = tf.add(tf.mul(gram, b), tf.mul(tf.matMul(gram, gram), c)) as tf.Tensor2D;
      x = tf.add(tf.mul(x, a), tf.matMul(mixed, x));
    }
    return upright ? tf.transpose(x) : x;
  });
}
