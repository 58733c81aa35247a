import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";
import { setGradient, setZeroGradient, unbroadcast, zeros } from "./gradient.ts";

type Pair = [Tensor, Tensor];

const toFloat = (x: Tensor) => tf.cast(x, "float32");

/**
 * C3: the gradients of maximum, minimum, squaredDifference and prelu, which throw where an input was broadcast.
 *
 * Where the two numbers are equal, maximum and minimum pass the whole gradient to the first, as TensorFlow does.
 */
export function repairBroadcastGradients(): void {
  const saved = { inputs: ["a", "b"] };
  setGradient<Pair>("Maximum", saved, (dy, [a, b]) => ({
    a: () => unbroadcast(tf.mul(dy, toFloat(tf.greaterEqual(a, b))), a.shape),
    b: () => unbroadcast(tf.mul(dy, toFloat(tf.less(a, b))), b.shape),
  }));
  setGradient<Pair>("Minimum", saved, (dy, [a, b]) => ({
    a: () => unbroadcast(tf.mul(dy, toFloat(tf.lessEqual(a, b))), a.shape),
    b: () => unbroadcast(tf.mul(dy, toFloat(tf.greater(a, b))), b.shape),
  }));
  setGradient<Pair>("SquaredDifference", saved, (dy, [a, b]) => ({
    a: () => unbroadcast(tf.mul(dy, tf.mul(2, toFloat(tf.sub(a, b)))), a.shape),
    b: () => unbroadcast(tf.mul(dy, tf.mul(2, toFloat(tf.sub(b, a)))), b.shape),
  }));
  setGradient<Pair>("Prelu", { inputs: ["x", "alpha"] }, (dy, [x, alpha]) => ({
    x: () => unbroadcast(tf.where(tf.greater(x, 0), dy, tf.mul(dy, alpha)), x.shape),
    alpha: () =>
      unbroadcast(tf.where(tf.greater(x, 0), tf.zerosLike(dy), tf.mul(dy, x)), alpha.shape),
  }));
}

/** C6: comparisons, logic and index searches have the gradient 0; they have none, or one of the wrong dtype. */
export function repairComparisonGradients(): void {
  const binary = [
    "Equal",
    "NotEqual",
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "LogicalAnd",
    "LogicalOr",
    "LogicalXor",
    "BitwiseAnd",
  ];
  for (const kernel of binary) setZeroGradient(kernel, ["a", "b"]);
  for (const kernel of ["LogicalNot", "All", "Any", "ArgMax", "ArgMin", "IsNan", "IsInf"]) {
    setZeroGradient(kernel, ["x"]);
  }
  setZeroGradient("IsFinite", ["x"]);
  setZeroGradient("Multinomial", ["logits"]);
  setZeroGradient("SearchSorted", ["sortedSequence", "values"]);
}

/** C6: a choice by where() gives 0 to what was not chosen, even where the gradient is infinite. */
export function repairSelectGradient(): void {
  setGradient<[Tensor]>("Select", { inputs: ["condition"] }, (dy, [condition]) => ({
    condition: zeros(condition),
    t: () => tf.where(condition, dy, tf.zerosLike(dy)),
    e: () => tf.where(condition, tf.zerosLike(dy), dy),
  }));
}

/** C9: floorDiv is piecewise constant; its gradient is 0, not that of a division. */
export function repairFloorDivGradient(): void {
  setZeroGradient("FloorDiv", ["a", "b"]);
}

/** C13: abs has the gradient 0 at 0, not -1. */
export function repairAbsGradient(): void {
  setGradient<[Tensor]>("Abs", { inputs: ["x"] }, (dy, [x]) => ({
    x: () => tf.mul(dy, tf.sign(toFloat(x))),
  }));
}

/** C14: x⁰ is constant; its gradient at 0 is 0, not NaN. */
export function repairPowGradient(): void {
  const stock = tf.getGradient("Pow").gradFunc;
  setGradient<[Tensor, Tensor, Tensor]>(
    "Pow",
    { inputs: ["a", "b"], outputs: [true] },
    (dy, [a, b, y]) => ({
      a: () => {
        const exponent = toFloat(b);
        const slope = tf.mul(exponent, tf.pow(toFloat(a), tf.sub(exponent, 1)));
        const isConstant = tf.equal(exponent, 0);
        return unbroadcast(tf.mul(dy, tf.where(isConstant, tf.zerosLike(slope), slope)), a.shape);
      },
      b: () => (stock(dy, [a, b, y], {}) as { b: () => Tensor }).b(),
    }),
  );
}

/** C15: a cast to integers or truth values is piecewise constant; its gradient is 0, not 1. */
export function repairCastGradient(): void {
  setGradient<[], { dtype: tf.DataType }>("Cast", {}, (dy, _saved, { dtype }) => ({
    x: () => dtype === "int32" || dtype === "bool" ? tf.zerosLike(dy) : tf.clone(dy),
  }));
}

/** C16: max and min share the gradient among equal elements, as PyTorch and TensorFlow do; each got all of it. */
export function repairMaxGradients(): void {
  const shared = (dy: Tensor, x: Tensor, y: Tensor, axis: number | number[] | null) => {
    const axes = tf.util.parseAxisParam(axis as number[], x.shape);
    const kept = x.shape.map((length, i) => axes.includes(i) ? 1 : length);
    const chosen = toFloat(tf.equal(x, tf.reshape(y, kept)));
    return tf.mul(chosen, tf.div(tf.reshape(dy, kept), tf.sum(chosen, axes, true)));
  };
  const saved = { inputs: ["x"], outputs: [true] };
  setGradient<Pair, { reductionIndices: number[] }>(
    "Max",
    saved,
    (dy, [x, y], { reductionIndices }) => ({ x: () => shared(dy, x, y, reductionIndices) }),
  );
  setGradient<Pair, { axis: number[] }>(
    "Min",
    saved,
    (dy, [x, y], { axis }) => ({ x: () => shared(dy, x, y, axis) }),
  );
}
