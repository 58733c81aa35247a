import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { bools, type Case, ints, type Maker, NO_GRADIENT, normal, show, values } from "../case.ts";
import { full, map, type Nd, nd, zip } from "../oracle/nd.ts";
import { conv, matMul, pool, transpose } from "../oracle/linear.ts";
import { logSoftmax, max, mean, min, normalize, prod, softmax, sum } from "../oracle/reduce.ts";
import * as move from "../oracle/shape.ts";

type Shape = readonly number[];
type Row = [
  name: string,
  inputs: Maker[],
  run: (...x: Tensor[]) => Tensor | Tensor[],
  reference: (...x: Nd[]) => Nd | Nd[],
  gradient?: false,
  why?: string,
];
const rows: Row[] = [];
const UNDEFINED = "there is nothing to differentiate: the result of no numbers is a constant";

for (const shape of [[0], [0, 3], [3, 0], [2, 0, 3]] as Shape[]) {
  const axis = shape.indexOf(0), any = normal(shape);
  rows.push(
    [`relu of nothing ${show(shape)}`, [any], tf.relu, (x) => x!],
    [`add of nothing ${show(shape)}`, [any, any], tf.add, (a) => a!],
    [`exp of nothing ${show(shape)}`, [any], tf.exp, (x) => x!],
    [`mul of nothing by a number ${show(shape)} []`, [any, normal([])], tf.mul, (a) => a!],
    [`sum of nothing ${show(shape)}`, [any], (x) => tf.sum(x!), (x) => sum(x!)],
    [
      `sum of nothing ${show(shape)} axis ${axis}`,
      [any],
      (x) => tf.sum(x!, axis),
      (x) => sum(x!, { axis }),
    ],
    [
      `mean of nothing ${show(shape)} axis ${axis}`,
      [any],
      (x) => tf.mean(x!, axis),
      (x) => mean(x!, { axis }),
      false,
      UNDEFINED,
    ],
    [
      `prod of nothing ${show(shape)} axis ${axis}`,
      [any],
      (x) => tf.prod(x!, axis),
      (x) => prod(x!, { axis }),
      false,
      UNDEFINED,
    ],
    [
      `max of nothing ${show(shape)} axis ${axis}`,
      [any],
      (x) => tf.max(x!, axis),
      (x) => max(x!, { axis }),
      false,
      UNDEFINED,
    ],
    [
      `min of nothing ${show(shape)} axis ${axis}`,
      [any],
      (x) => tf.min(x!, axis),
      (x) => min(x!, { axis }),
      false,
      UNDEFINED,
    ],
    [`transpose of nothing ${show(shape)}`, [any], (x) => tf.transpose(x!), (x) => transpose(x!)],
    [
      `concat of nothing ${show(shape)} twice axis ${axis}`,
      [any, any],
      (...x) => tf.concat(x, axis),
      (...x) => move.concat(x, axis),
    ],
  );
}
rows.push(
  [
    "sum of nothing over the other axis [0,3] axis 1",
    [normal([0, 3])],
    (x) => tf.sum(x!, 1),
    (x) => sum(x!, { axis: 1 }),
  ],
  [
    "max of nothing over the other axis [0,3] axis 1",
    [normal([0, 3])],
    (x) => tf.max(x!, 1),
    (x) => max(x!, { axis: 1 }),
  ],
  ["softmax of no rows [0,3]", [normal([0, 3])], (x) => tf.softmax(x!), (x) => softmax(x!)],
  [
    "logSoftmax of no rows [0,3]",
    [normal([0, 3])],
    (x) => tf.logSoftmax(x!),
    (x) => logSoftmax(x!),
  ],
  [
    "any of nothing [0]",
    [bools([0])],
    (x) => tf.any(x!),
    () => full([], 0, "bool"),
    false,
    NO_GRADIENT.whole,
  ],
  [
    "all of nothing [0]",
    [bools([0])],
    (x) => tf.all(x!),
    () => full([], 1, "bool"),
    false,
    NO_GRADIENT.whole,
  ],
  [
    "sum of no int32 [0,2] axis 0",
    [ints([0, 2], 0, 9)],
    (x) => tf.sum(x!, 0),
    () => full([2], 0, "int32"),
    false,
    NO_GRADIENT.whole,
  ],
  [
    "matMul of inner length 0 [2,0] [0,3]",
    [normal([2, 0]), normal([0, 3])],
    (a, b) => tf.matMul(a!, b!),
    (a, b) => matMul(a!, b!),
  ],
  [
    "matMul of inner length 0 after garbage [4,0] [0,4]",
    [normal([4, 0]), normal([0, 4])],
    (a, b) => {
      tf.fill([4, 4], 7).dispose();
      return tf.matMul(a!, b!);
    },
    (a, b) => matMul(a!, b!),
  ],
  [
    "matMul of no rows [0,3] [3,4]",
    [normal([0, 3]), normal([3, 4])],
    (a, b) => tf.matMul(a!, b!),
    (a, b) => matMul(a!, b!),
  ],
  [
    "matMul of no columns [3,4] [4,0]",
    [normal([3, 4]), normal([4, 0])],
    (a, b) => tf.matMul(a!, b!),
    (a, b) => matMul(a!, b!),
  ],
  [
    "matMul of no batches [0,2,3] [0,3,2]",
    [normal([0, 2, 3]), normal([0, 3, 2])],
    (a, b) => tf.matMul(a!, b!),
    (a, b) => matMul(a!, b!),
  ],
  [
    "gather of no rows [3,2] by [0]",
    [normal([3, 2])],
    (x) => tf.gather(x!, tf.tensor1d([], "int32")),
    () => nd([0, 2], []),
  ],
  ["slice of nothing [4] of 0", [normal([4])], (x) => tf.slice(x!, [1], [0]), () => nd([0], [])],
  [
    "concat of something and nothing [2,3] [2,0] axis 1",
    [normal([2, 3]), normal([2, 0])],
    (...x) => tf.concat(x, 1),
    (a) => a!,
  ],
  ["pad of nothing [0] to [3]", [normal([0])], (x) => tf.pad(x!, [[1, 2]], 5), () => full([3], 5)],
  [
    "reshape of nothing [0,3] to [2,0]",
    [normal([0, 3])],
    (x) => tf.reshape(x!, [2, 0]),
    () => nd([2, 0], []),
  ],
  [
    "tile of nothing [0,2] by 2,1",
    [normal([0, 2])],
    (x) => tf.tile(x!, [2, 1]),
    () => nd([0, 2], []),
  ],
  [
    "tile by nothing [2,3] by 0,1",
    [normal([2, 3])],
    (x) => tf.tile(x!, [0, 1]),
    () => nd([0, 3], []),
    false,
    "no element of its input reaches its result",
  ],
  [
    "where of nothing [0]",
    [bools([0]), normal([0]), normal([0])],
    (c, a, b) => tf.where(c!, a!, b!),
    () => nd([0], []),
  ],
  [
    "oneHot of nothing [0] depth 3",
    [ints([0], 0, 3)],
    (i) => tf.oneHot(i!, 3),
    () => nd([0, 3], [], "int32"),
    false,
    "its input is int32",
  ],
  [
    "cast of nothing [0] to int32",
    [normal([0])],
    (x) => tf.cast(x!, "int32"),
    () => nd([0], [], "int32"),
    false,
    NO_GRADIENT.whole,
  ],
  [
    "equal of nothing [0,2] [2]",
    [normal([0, 2]), normal([2])],
    tf.equal,
    () => nd([0, 2], [], "bool"),
    false,
    NO_GRADIENT.whole,
  ],
  ["layer norm of no rows composed [0,4]", [normal([0, 4]), normal([4])], (x, g) => {
    const { mean, variance } = tf.moments(x!, -1, true);
    return tf.mul(tf.mul(tf.sub(x!, mean), tf.rsqrt(tf.add(variance, 1e-5))), g!);
  }, () => nd([0, 4], [])],
  [
    "conv2d of no images [0,4,4,2]",
    [normal([0, 4, 4, 2]), normal([3, 3, 2, 3])],
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
    (x, w) => conv(x!, w!, { pad: "same" }),
  ],
  [
    "maxPool of no images [0,4,4,2]",
    [normal([0, 4, 4, 2])],
    (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"),
    (x) => pool(x!, { size: [2, 2], stride: 2 }, (v) => Math.max(...v)),
  ],
  ["cumsum of nothing [2,0] axis 1", [normal([2, 0])], (x) => tf.cumsum(x!, 1), (x) => x!],
  ["reverse of nothing [0,2] axis 1", [normal([0, 2])], (x) => tf.reverse(x!, 1), (x) => x!],
  [
    "split into something and nothing [2,3]",
    [normal([2, 3])],
    (x) => tf.split(x!, [3, 0], 1),
    (x) => [x!, nd([2, 0], [])],
  ],
  [
    "scatterND of nothing [0,1] to [4]",
    [ints([0, 1], 0, 4), normal([0])],
    (i, u) => tf.scatterND(tf.cast(i!, "int32"), u!, [4]),
    () => full([4], 0),
  ],
);

for (const shape of [[], [1], [1, 1], [1, 1, 1, 1, 1]] as Shape[]) {
  const one = normal(shape), last = shape.length - 1;
  rows.push(
    [`tanh of one number ${show(shape)}`, [one], tf.tanh, (x) => map(x!, Math.tanh)],
    [`sum of one number ${show(shape)}`, [one], (x) => tf.sum(x!), (x) => sum(x!)],
    [
      `mul of one number ${show(shape)} [3]`,
      [one, normal([3])],
      tf.mul,
      (a, b) => zip([a!, b!], (u, v) => u * v),
    ],
  );
  if (shape.length > 0) {
    rows.push(
      [
        `softmax of one number ${show(shape)}`,
        [one],
        (x) => tf.softmax(x!),
        (x) => softmax(x!),
        false,
        "a softmax of one number is the constant 1; its gradient is rounding",
      ],
      [
        `concat of one number ${show(shape)} twice axis ${last}`,
        [one, one],
        (...x) => tf.concat(x, last),
        (...x) => move.concat(x, last),
      ],
      [
        `argMax of one number ${show(shape)}`,
        [one],
        (x) => tf.argMax(x!, last),
        () => full(shape.slice(0, -1), 0, "int32"),
        false,
        NO_GRADIENT.whole,
      ],
    );
  }
}
rows.push(
  [
    "layer norm of one channel composed [3,1]",
    [normal([3, 1]), values([1], [2]), values([1], [0.5])],
    (x, g, b) => {
      const { mean, variance } = tf.moments(x!, -1, true);
      return tf.add(tf.mul(tf.mul(tf.sub(x!, mean), tf.rsqrt(tf.add(variance, 1e-5))), g!), b!);
    },
    (x, g, b) => normalize(x!, -1, 1e-5, g, b),
    false,
    "one channel minus its mean is 0, and so is the gradient, but for rounding times 316",
  ],
  [
    "conv2d of one pixel [1,1,1,1] [1,1,1,1]",
    [normal([1, 1, 1, 1]), normal([1, 1, 1, 1])],
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
    (x, w) => conv(x!, w!, { pad: "same" }),
  ],
  [
    "matMul of one number [1,1,1] [1,1,1]",
    [normal([1, 1, 1]), normal([1, 1, 1])],
    (a, b) => tf.matMul(a!, b!),
    (a, b) => matMul(a!, b!),
  ],
);

/** Arrays of no element, and of one. */
export const empty: Case[] = rows.map(([name, inputs, run, reference, gradient, why]): Case => ({
  name,
  inputs,
  run,
  reference,
  ...(gradient === false ? { gradient, why: why! } : {}),
}));
