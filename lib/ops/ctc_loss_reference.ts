import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";

/**
 * `ctcLossRows()` of rows that are all whole, in TensorFlow.js's own operations, by products of probabilities instead of sums of
 * logarithms: the definition that tests compare with.
 *
 * @param logits `[B, T, K]`
 * @param targets The labels of each row.
 * @param steps The steps of each row.
 */
export function ctcLossReference(
  logits: Tensor,
  targets: readonly (readonly number[])[],
  steps: readonly number[],
  blank = 0,
): Tensor {
  const [, T, K] = logits.shape as [number, number, number];
  const rows = targets.map((labels, b) => {
    const y = tf.softmax(tf.reshape(tf.slice(logits, [b, 0, 0], [1, T, K]), [T, K]));
    const states = [blank, ...labels.flatMap((label) => [label, blank])];
    const L = states.length;
    // [L, L]: from which state to which
    const moves = tf.tensor2d(states.map((_, from) =>
      states.map((label, to) =>
        Number(
          to === from || to === from + 1 ||
            (to === from + 2 && to % 2 === 1 && label !== states[from]),
        )
      )
    ));
    const emit = (t: number) =>
      tf.gather(tf.reshape(tf.slice(y, [t, 0], [1, K]), [K]), tf.tensor1d(states, "int32"));
    let alpha: Tensor = tf.tensor2d([states.map((_, s) => Number(s < 2))]);
    for (let t = 0; t < steps[b]!; t++) {
      if (t > 0) alpha = tf.matMul(alpha, moves);
      alpha = tf.mul(alpha, tf.reshape(emit(t), [1, L]));
    }
    const ends = tf.tensor2d([states.map((_, s) => Number(s >= L - 2))]);
    return tf.neg(tf.log(tf.sum(tf.mul(alpha, ends))));
  });
  return tf.stack(rows);
}
