import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";

const asTensor = (x: Tensor | tf.TensorLike): Tensor => x instanceof tf.Tensor ? x : tf.tensor(x);

/**
 * C27: the gradient of softmaxCrossEntropy by the labels is not the derivative; that by the logits is only if the labels
 * of each row sum to 1; and label smoothing counts the classes along axis 1, whatever the rank.
 */
export function repairSoftmaxCrossEntropy(): void {
  const losses = tf.losses as { softmaxCrossEntropy: typeof tf.losses.softmaxCrossEntropy };
  losses.softmaxCrossEntropy = <T extends Tensor, O extends Tensor>(
    onehotLabels: T | tf.TensorLike,
    logits: T | tf.TensorLike,
    weights?: Tensor | tf.TensorLike,
    labelSmoothing = 0,
    reduction?: Parameters<typeof tf.losses.computeWeightedLoss>[2],
  ): O =>
    tf.tidy(() => {
      const [given, z] = [asTensor(onehotLabels), asTensor(logits)];
      tf.util.assertShapesMatch(given.shape, z.shape, "Error in softmaxCrossEntropy: ");
      const labels = labelSmoothing > 0
        ? tf.add(tf.mul(given, 1 - labelSmoothing), labelSmoothing / z.shape.at(-1)!)
        : given;
      const each = tf.neg(tf.sum(tf.mul(tf.logSoftmax(tf.cast(z, "float32")), labels), -1));
      return tf.losses.computeWeightedLoss(each, weights, reduction) as unknown as O;
    });
}
