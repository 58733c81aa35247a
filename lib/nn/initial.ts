import { randomUniform, rng, type Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";

/**
 * Weights drawn evenly from `±√(6 / (in + out))`, which keeps the size of activations and of gradients alike.
 *
 * @param shape `[out, in]`
 * @see Glorot and Bengio, 2010, "Understanding the difficulty of training deep feedforward neural networks", equation 16,
 *   https://proceedings.mlr.press/v9/glorot10a.html
 */
export function glorotUniform([rows, columns]: readonly [number, number]): Tensor {
  const limit = Math.sqrt(6 / (rows + columns));
  return randomUniform([rows, columns], -limit, limit);
}

/**
 * A random matrix whose columns, or, if it is wide, rows, have length 1 and are at right angles to each other: a product
 * with it changes no length.
 *
 * @param shape `[rows, columns]`
 * @see Saxe et al., 2013, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
 *   https://arxiv.org/abs/1312.6120
 */
export function orthogonal([rows, columns]: readonly [number, number]): Tensor {
  const [length, count] = [Math.max(rows, columns), Math.min(rows, columns)];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => rng.normal());
    for (const _ of [1, 2]) { // twice, so that what rounding left of the others goes too
      for (const other of vectors) {
        let along = 0;
        for (let i = 0; i < length; i++) along += vector[i]! * other[i]!;
        for (let i = 0; i < length; i++) vector[i]! -= along * other[i]!;
      }
    }
    const norm = Math.hypot(...vector);
    if (norm > 1e-6) vectors.push(vector.map((value) => value / norm));
  }
  const values = new Float32Array(rows * columns);
  vectors.forEach((vector, v) =>
    vector.forEach((value, i) => values[rows < columns ? v * columns + i : i * columns + v] = value)
  );
  return tf.tensor2d(values, [rows, columns]);
}
