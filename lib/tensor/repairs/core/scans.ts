import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";
import { setGradient } from "./gradient.ts";

interface ScanAttrs {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

/** C5: the gradient of cumsum is transposed by mistake, along any axis but the last. */
export function repairCumsumGradient(): void {
  setGradient<[], ScanAttrs>("Cumsum", {}, (dy, _saved, { axis, exclusive, reverse }) => ({
    x: () => tf.cumsum(dy, axis < 0 ? axis + dy.rank : axis, exclusive, !reverse),
  }));
}

/**
 * C8: cumprod has no gradient.
 *
 * A division by x gives it where x is not 0. At the first 0 of a run, the product of the others takes its place,
 * up to the next 0; at each later one, the gradient is 0.
 */
export function addCumprodGradient(): void {
  setGradient<[Tensor, Tensor], ScanAttrs>(
    "Cumprod",
    { inputs: ["x"], outputs: [true] },
    (dy, [x, y], attrs) => ({
      x: () => {
        const axis = attrs.axis < 0 ? attrs.axis + x.rank : attrs.axis;
        const { exclusive, reverse } = attrs;
        const isZero = tf.equal(x, 0);
        const nonzero = tf.where(isZero, tf.onesLike(x), x);
        const zerosSoFar = tf.cumsum(tf.cast(isZero, "float32"), axis, exclusive, reverse);
        const others = tf.mul(
          tf.cumprod(nonzero, axis, exclusive, reverse),
          tf.cast(tf.equal(zerosSoFar, 1), "float32"),
        );
        const atZero = tf.cumsum(tf.mul(dy, others), axis, exclusive, !reverse);
        const elsewhere = tf.cumsum(tf.mul(dy, y), axis, exclusive, !reverse);
        return tf.where(isZero, atZero, tf.div(elsewhere, nonzero));
      },
    }),
  );
}

/** C18: the gradient of prod is wrong along negative, unsorted or several axes. */
export function repairProdGradient(): void {
  setGradient<[Tensor], { axis: number | number[] | null }>(
    "Prod",
    { inputs: ["x"] },
    (dy, [x], { axis }) => ({
      x: () => {
        const axes = tf.util.parseAxisParam(axis as number[], x.shape);
        const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
        const order = [...kept, ...x.shape.map((_, i) => i).filter((i) => axes.includes(i))];
        const moved = tf.transpose(x, order);
        const length = axes.reduce((n, i) => n * x.shape[i]!, 1);
        const rows = tf.cast(tf.reshape(moved, [-1, length]), "float32");
        // the product of all others: of those before, times of those after
        const others = tf.mul(tf.cumprod(rows, 1, true, false), tf.cumprod(rows, 1, true, true));
        const g = tf.reshape(tf.mul(tf.reshape(dy, [-1, 1]), others), moved.shape);
        return tf.transpose(g, order.map((_, i) => order.indexOf(i)));
      },
    }),
  );
}
