import { GRID_MOVES } from "../../data/mod.ts";
import { Conv2d, type GridPlanner, Module, parameter } from "../../nn/mod.ts";
import { conv2d } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, ownVariable, type Tensor, type Variable } from "../../tensor/mod.ts";
import type { ValuePropagationConfig } from "./config.ts";

/** Channels of a map: what is blocked, and where the goal is. */
const CHANNELS = 2;

/** Filters that fetch what stands where each move leads, `[3, 3, 1, M]`. */
function neighbours(): Tensor {
  const filters = new Float32Array(9 * GRID_MOVES.length);
  for (const [move, [across, down]] of GRID_MOVES.entries()) {
    filters[((down + 1) * 3 + across + 1) * GRID_MOVES.length + move] = 1;
  }
  return tf.tensor4d(filters, [3, 3, 1, GRID_MOVES.length]);
}

/**
 * A network that plans: it learns what each move costs from how the map looks around a cell, and passes the value of the goal on from
 * cell to cell.
 *
 * `c = softplus(W_2 relu(W_1 * map + b_1) + b_2)`, `v_0 = K` at the goal and 0 elsewhere, and K times `q_a(x) = v(x + a) − c_a(x)`,
 * `v(x) = max(v_0(x), max_a q_a(x))`; the logits of the moves are `β q`. It is value iteration with what MVProp learns, the passing on, as a
 * sum of costs instead of a product of shares: values stay apart however far the goal is. What is learned of one step holds on
 * larger maps.
 *
 * @example
 * ```ts
 * import { ValuePropagationNet } from "@tome/tome/models/planner";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new ValuePropagationNet({ hiddenChannels: 8 });
 * console.assert(model.numParameters() === 2 * 9 * 8 + 8 + 8 * 8 + 8 + 1);
 * ```
 * @see Tamar et al., 2016, "Value Iteration Networks", https://arxiv.org/abs/1602.02867
 * @see Nardelli et al., 2019, "Value Propagation Networks", https://arxiv.org/abs/1805.11199, §3.2
 */
export class ValuePropagationNet extends Module implements GridPlanner {
  /** The sizes of this model. */
  readonly config: Readonly<Required<ValuePropagationConfig>>;
  /** Looks at the map around a cell. */
  readonly look: Conv2d;
  /** Says what the moves cost there. */
  readonly cost: Conv2d;
  /** β: how sure the better move is taken, `[]`. */
  readonly sharpness: Variable;
  readonly #neighbours: Variable; // fixed; no parameter

  /**
   * Makes a model with random filters.
   *
   * @param config The sizes.
   * @throws {RangeError} If there are no iterations.
   */
  constructor(config: ValuePropagationConfig = {}) {
    super();
    this.config = { hiddenChannels: 32, iterations: 24, ...config };
    const { hiddenChannels, iterations } = this.config;
    if (!(Number.isSafeInteger(iterations) && iterations > 0)) {
      throw new RangeError(
        `Cannot make a ValuePropagationNet as iterations must be a positive integer: current value is ${iterations}`,
      );
    }
    this.look = new Conv2d(CHANNELS, hiddenChannels, 3, { padding: 1, init: "he" });
    this.cost = new Conv2d(hiddenChannels, GRID_MOVES.length, 1);
    this.sharpness = parameter(() => tf.scalar(2));
    this.#neighbours = ownVariable(tf.tidy(neighbours));
  }

  /** The values of the cells, `[B, H, W, 1]`, and of the moves, `[B, H, W, M]`. */
  #plan(maps: Tensor): { v: Tensor; q: Tensor } {
    checkShape("plan", "maps", maps, [-1, -1, -1, CHANNELS]);
    const costs = tf.softplus(this.cost.forward(tf.relu(this.look.forward(maps))));
    const goal = tf.slice(maps, [0, 0, 0, 1], [-1, -1, -1, 1]);
    const start = tf.mul(goal, this.config.iterations); // [B, H, W, 1]
    let v = start;
    let q = costs;
    for (let i = 0; i < this.config.iterations; i++) {
      // beside the map values are 0, the least there is
      q = tf.sub(conv2d(v, this.#neighbours, { padding: 1 }), costs);
      v = tf.maximum(start, tf.max(q, 3, true));
    }
    return { v, q };
  }

  /**
   * Scores the moves from each cell.
   *
   * @param maps 1 where a cell is blocked, and 1 where the goal is, `[B, H, W, 2]`, float32.
   * @returns Logits of the moves, in the order of `GRID_MOVES`, `[B, H, W, 8]`.
   * @throws {ShapeError} If the channels do not fit.
   */
  forward(maps: Tensor): Tensor {
    return tf.mul(this.#plan(maps).q, this.sharpness);
  }

  /**
   * How good it is to be in each cell: the number of iterations at the goal, less what the way there costs.
   *
   * @param maps `[B, H, W, 2]`, float32.
   * @returns `[B, H, W]`
   */
  values(maps: Tensor): Tensor {
    return tf.squeeze(this.#plan(maps).v, [3]);
  }

  /** Frees the fixed filters. */
  protected override free(): void {
    this.#neighbours.dispose();
  }
}
