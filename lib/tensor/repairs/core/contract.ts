import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";

/** A tensor with one letter for each axis. */
export interface Labelled {
  /** The numbers. */
  x: Tensor;
  /** One letter for each axis. */
  axes: string;
}

/**
 * Sums the product of two labelled tensors over the letters that `out` lacks, by one batched matrix product.
 *
 * @param out Letters of the result, each of which is in `a` or in `b`.
 */
export function contract(a: Labelled, b: Labelled, out: string): Tensor {
  const p = sumOver(a, without(a.axes, b.axes + out));
  const q = sumOver(b, without(b.axes, a.axes + out));
  const batch = common(common(p.axes, q.axes), out);
  const inner = without(common(p.axes, q.axes), out);
  const left = without(p.axes, q.axes);
  const right = without(q.axes, p.axes);
  const lengths = lengthsOf(p, q);
  const size = (letters: string) => [...letters].reduce((n, c) => n * lengths[c]!, 1);

  const lhs = tf.reshape(arrange(p, batch + left + inner), [size(batch), size(left), size(inner)]);
  const rhs = tf.reshape(
    arrange(q, batch + inner + right),
    [size(batch), size(inner), size(right)],
  );
  const axes = batch + left + right;
  const y = tf.reshape(tf.matMul(lhs, rhs), [...axes].map((c) => lengths[c]!));
  return arrange({ x: y, axes }, out);
}

/** Sums a labelled tensor over the letters that `out` lacks, and orders the others as `out` does. */
export function reduceTo(a: Labelled, out: string): Tensor {
  return arrange(sumOver(a, without(a.axes, out)), out);
}

/** Splits an equation such as `"ij,jk->ik"` into the letters of its operands and of its result. */
export function parseEquation(equation: string): { operands: string[]; out: string } {
  const [left = "", out = ""] = equation.replace(/\s/g, "").split("->");
  return { operands: left.split(","), out };
}

function arrange({ x, axes }: Labelled, order: string): Tensor {
  return axes === order ? x : tf.transpose(x, [...order].map((c) => axes.indexOf(c)));
}

function sumOver({ x, axes }: Labelled, letters: string): Labelled {
  if (letters === "") return { x, axes };
  return { x: tf.sum(x, [...letters].map((c) => axes.indexOf(c))), axes: without(axes, letters) };
}

function lengthsOf(...operands: Labelled[]): Record<string, number> {
  return Object.fromEntries(
    operands.flatMap(({ x, axes }) => [...axes].map((c, i) => [c, x.shape[i]!])),
  );
}

const common = (a: string, b: string) => [...a].filter((c) => b.includes(c)).join("");
const without = (a: string, b: string) => [...a].filter((c) => !b.includes(c)).join("");
