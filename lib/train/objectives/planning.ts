import type { PlanningBatch } from "../../data/mod.ts";
import type { GridPlanner } from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Scalar, type Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** The losses of the cells, `[B, H, W]`, 0 where no move is right; and 1 where one is. */
function cellLosses(
  model: GridPlanner,
  { maps, moves }: PlanningBatch,
): { losses: Tensor; counts: Tensor } {
  const logits = model.forward(maps);
  checkShape("learn moves", "logits", logits, moves.shape);
  const counts = tf.max(moves, -1);
  // what is wrong is pushed far below; e^-60 is nothing beside any right move
  const right = tf.add(logits, tf.mul(tf.sub(moves, 1), 60));
  const losses = tf.sub(tf.logSumExp(logits, -1), tf.logSumExp(right, -1));
  return { losses: tf.mul(losses, counts), counts };
}

/**
 * The loss of planners: minus the logarithm of the chance of a right move, in nats, a mean over the cells from which there is one.
 *
 * `loss = −mean log Σ_{a right} p(a | map, cell)`: of several shortest ways any will do.
 */
export const planningLoss: Objective<GridPlanner, PlanningBatch> = Object.assign(
  (model: GridPlanner, batch: PlanningBatch): Scalar => {
    const { losses, counts } = cellLosses(model, batch);
    return tf.div(tf.sum(losses), tf.maximum(tf.sum(counts), 1)) as Scalar;
  },
  {
    sum: (model: GridPlanner, batch: PlanningBatch): Scalar =>
      tf.sum(cellLosses(model, batch).losses) as Scalar,
    count: ({ moves }: PlanningBatch): Scalar => tf.tidy(() => tf.sum(tf.max(moves, -1)) as Scalar),
    tokens: ({ maps }: PlanningBatch): number => maps.shape[0]!,
  },
);
