import type { Module } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { holdFor, type Scalar, type Tensor, type Variable } from "../tensor/mod.ts";
import type { Objective } from "./objectives.ts";

/** A loss and its gradients; whoever asked for them frees them. */
export interface LossAndGradients {
  /** The mean loss, on the device. */
  loss: Scalar;
  /** The gradient of each parameter that the loss depends on, by its path. */
  gradients: Record<string, Tensor>;
}

/**
 * Computes the loss of some batches, as if they were one, and its gradients.
 *
 * `loss = Σ_b sum_b / Σ_b count_b`
 *
 * @param model The model.
 * @param objective The loss. With its `sum` and `count` the mean over the batches is exact; without, each counts the same.
 * @param batches The batches; they stay the caller's, and `release` is called with each once it is used.
 * @param parameters The parameters to differentiate by, by path.
 */
export function computeGradients<M extends Module, B>(
  model: M,
  objective: Objective<M, B>,
  batches: readonly B[],
  parameters: ReadonlyMap<string, Variable>,
  release: (batch: B) => void = () => {},
): LossAndGradients {
  const share = shareOf(objective, batches);
  let total: LossAndGradients | undefined;
  try {
    for (const batch of batches) {
      const part = differentiate(() => {
        if (share === 1) return objective(model, batch);
        const value = objective.sum && objective.count
          ? objective.sum(model, batch)
          : objective(model, batch);
        return tf.mul(value, share);
      }, parameters);
      release(batch);
      total = total ? addUp(total, part) : part;
      holdFor("gradients", total.gradients);
    }
  } catch (error) {
    if (total) tf.dispose([total.loss, total.gradients]);
    throw error;
  } finally {
    if (share instanceof tf.Tensor) share.dispose();
  }
  return total!;
}

/** What each batch's loss, or sum of losses, is multiplied with. */
function shareOf<M extends Module, B>(
  objective: Objective<M, B>,
  batches: readonly B[],
): number | Scalar {
  if (batches.length === 1) return 1;
  if (!objective.sum || !objective.count) return 1 / batches.length;
  return tf.tidy(() => {
    const counts = batches.map((batch) => objective.count!(batch));
    if (counts.every((count) => typeof count === "number")) {
      return 1 / counts.reduce((sum, count) => sum + count, 0);
    }
    return tf.div(1, tf.addN(counts.map((count) => tf.scalar(0).add(count)))) as Scalar;
  });
}

function differentiate(
  f: () => Scalar,
  parameters: ReadonlyMap<string, Variable>,
): LossAndGradients {
  const scalar = () => {
    const value = f();
    if (value.rank !== 0) {
      throw new RangeError(
        `Cannot train as the loss must be a scalar: current shape is [${value.shape}]; take its mean`,
      );
    }
    return value;
  };
  const { value, grads } = tf.variableGrads(scalar, [...parameters.values()]);
  const gradients: Record<string, Tensor> = {};
  for (const [path, { name }] of parameters) if (grads[name]) gradients[path] = grads[name];
  return { loss: value, gradients };
}

/** The sums of two; frees both. */
function addUp(a: LossAndGradients, b: LossAndGradients): LossAndGradients {
  const sum = <T extends Tensor>(x: T, y: T): T => {
    const z = tf.add(x, y);
    tf.dispose([x, y]);
    return z as T;
  };
  const gradients = { ...a.gradients };
  for (const [path, gradient] of Object.entries(b.gradients)) {
    gradients[path] = gradients[path] ? sum(gradients[path], gradient) : gradient;
  }
  return { loss: sum(a.loss, b.loss), gradients };
}
