import { randomNormal, randomUniform, rng, type Tensor } from "../tensor/mod.ts";
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

/**
 * How a layer's first weights are drawn, given how many numbers each output sums up (`in`) and each input reaches (`out`):
 * `"torch"`: evenly from `±1/√in`, biases too, as PyTorch's layers; `"glorot"`: evenly from `±√(6 / (in + out))`, biases 0, as
 * Keras' layers; `"he"`: normally with variance `2 / out`, biases 0, as residual networks.
 *
 * @see He et al., 2015, "Delving Deep into Rectifiers", https://arxiv.org/abs/1502.01852, equation 14, for the last
 */
export type WeightInit = "torch" | "glorot" | "he";

/**
 * First weights.
 *
 * @param shape The shape of the weights, of any rank.
 * @param fanIn How many numbers each output sums up.
 * @param fanOut How many outputs each input reaches.
 */
export function initialWeights(
  init: WeightInit,
  shape: readonly number[],
  fanIn: number,
  fanOut: number,
): Tensor {
  if (init === "he") return randomNormal([...shape], 0, Math.sqrt(2 / fanOut));
  const limit = init === "torch" ? 1 / Math.sqrt(fanIn) : Math.sqrt(6 / (fanIn + fanOut));
  return randomUniform([...shape], -limit, limit);
}

/** First biases of a layer whose outputs sum up `fanIn` numbers. */
export function initialBias(init: WeightInit, length: number, fanIn: number): Tensor {
  const limit = 1 / Math.sqrt(fanIn);
  return init === "torch" ? randomUniform([length], -limit, limit) : tf.zeros([length]);
}
