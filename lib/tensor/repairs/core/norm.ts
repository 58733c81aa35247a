import * as tf from "@tensorflow/tfjs";

type Order = number | "euclidean" | "fro";

/**
 * C10: the norm of a tensor along any axes, as `torch.norm` defines it.
 *
 * `2`, `"euclidean"` and `"fro"` are the root of the sum of squares over all of `axis`; `1`, `Infinity` and
 * `-Infinity` are vector norms along one axis, and norms of the matrix that two axes make. The gradient of the
 * Euclidean norm of a zero vector is 0, not NaN.
 *
 * @param x Any shape, float32.
 * @param ord Which norm.
 * @param axis The axes to reduce; all of them if it is left out.
 * @param keepDims Whether the reduced axes stay, with length 1.
 * @throws {RangeError} If the norm is not defined for that many axes.
 */
export function norm(
  x: tf.Tensor,
  ord: Order = "euclidean",
  axis: number | number[] | null = null,
  keepDims = false,
): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis as number[], x.shape);
  const isVector = axes.length === 1 || axis === null;
  if (ord === 2 || ord === "euclidean" || ord === "fro") return euclidean(x, axes, keepDims);
  const size = tf.abs(x);
  if (isVector) {
    if (ord === 1) return tf.sum(size, axes, keepDims);
    if (ord === Infinity) return tf.max(size, axes, keepDims);
    if (ord === -Infinity) return tf.min(size, axes, keepDims);
  } else if (axes.length === 2) {
    const [rows, columns] = axes as [number, number];
    const squeeze = (y: tf.Tensor) => keepDims ? y : tf.squeeze(y, axes);
    if (ord === 1) return squeeze(tf.max(tf.sum(size, rows, true), columns, true));
    if (ord === Infinity) return squeeze(tf.max(tf.sum(size, columns, true), rows, true));
    if (ord === -Infinity) return squeeze(tf.min(tf.sum(size, columns, true), rows, true));
  }
  throw new RangeError(
    `Cannot compute a norm as ord must be 1, 2, Infinity, -Infinity, "euclidean" or "fro", ` +
      `and over more than two axes one of 2, "euclidean" and "fro": current ord is ${ord} over ${axes.length} axes`,
  );
}

function euclidean(x: tf.Tensor, axes: number[], keepDims: boolean): tf.Tensor {
  const squares = tf.sum(tf.square(x), axes, keepDims);
  const isZero = tf.equal(squares, 0);
  // the root of 1 in place of 0 has a finite slope, which the choice then multiplies by 0
  const root = tf.sqrt(tf.where(isZero, tf.onesLike(squares), squares));
  return tf.where(isZero, tf.zerosLike(root), root);
}

/** C10: the same for the chained form, `x.norm()`. */
export function repairChainedNorm(): void {
  tf.Tensor.prototype.norm = function <T extends tf.Tensor>(
    this: tf.Tensor,
    ord?: Order,
    axis?: number | number[],
    keepDims?: boolean,
  ): T {
    return norm(this, ord, axis, keepDims) as T;
  };
}
