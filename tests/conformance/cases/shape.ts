import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { type Case, NO_GRADIENT, normal, show } from "../case.ts";
import { build, type Nd, nd } from "../oracle/nd.ts";
import { transpose } from "../oracle/linear.ts";
import * as move from "../oracle/shape.ts";

type Shape = readonly number[];
type Row = [
  name: string,
  inputs: Shape[],
  run: (...x: Tensor[]) => Tensor | Tensor[],
  reference: (...x: Nd[]) => Nd | Nd[],
];

const rows: Row[] = [];

for (
  const [shape, to] of [
    [[6], [2, 3]],
    [[2, 3], [-1]],
    [[], [1, 1]],
    [[2, 3, 4], [4, 6]],
    [[1], []],
    [[2, 1, 3, 1, 2], [3, 4]],
  ] as [Shape, number[]][]
) {
  const target = to.map((n) => n === -1 ? shape.reduce((a, b) => a * b, 1) : n);
  rows.push([
    `reshape ${show(shape)} to ${show(to)}`,
    [shape],
    (x) => tf.reshape(x, to),
    (x) => move.reshape(x, target),
  ]);
}

for (
  const [shape, perm] of [
    [[3, 5], [1, 0]],
    [[16, 20], [1, 0]],
    [[2, 3, 4], [0, 2, 1]],
    [[2, 3, 4], [2, 0, 1]],
    [[2, 3, 4], [1, 0, 2]],
    [[2, 3, 2, 5], [0, 2, 1, 3]],
    [[2, 3, 2, 5], [3, 2, 1, 0]],
    [[2, 1, 3, 2, 2], [4, 1, 0, 3, 2]],
    [[1, 2, 3, 1, 2, 2], [5, 0, 2, 4, 1, 3]],
  ] as [Shape, number[]][]
) {
  rows.push([
    `transpose ${show(shape)} by ${perm}`,
    [shape],
    (x) => tf.transpose(x, perm),
    (x) => transpose(x, perm),
  ]);
}

for (
  const [shape, begin, size] of [
    [[7], [2], [3]],
    [[4, 5], [1, 0], [2, 5]],
    [[4, 5], [0, 3], [4, 2]],
    [[2, 3, 4], [1, 1, 1], [1, 2, 3]],
    [[2, 3, 4, 2], [0, 1, 2, 0], [2, 1, 1, 2]],
    [[2, 1, 3, 2, 4], [0, 0, 1, 1, 1], [1, 1, 2, 1, 2]],
    [[2, 1, 2, 2, 1, 3], [1, 0, 0, 1, 0, 0], [1, 1, 2, 1, 1, 2]],
  ] as [Shape, number[], number[]][]
) {
  rows.push([
    `slice ${show(shape)} at ${begin} of ${size}`,
    [shape],
    (x) => tf.slice(x, begin, size),
    (x) => move.slice(x, begin, size),
  ]);
}
for (
  const [shape, begin, end, strides, size] of [
    [[8], [1], [8], [2], [4]],
    [[5, 6], [0, 1], [5, 6], [2, 3], [3, 2]],
    [[2, 5, 4], [0, 0, 0], [2, 5, 4], [1, 2, 1], [2, 3, 4]],
  ] as [Shape, number[], number[], number[], number[]][]
) {
  rows.push([
    `stridedSlice ${show(shape)} by ${strides}`,
    [shape],
    (x) => tf.stridedSlice(x, begin, end, strides),
    (x) => move.slice(x, begin, size, strides),
  ]);
}
rows.push([
  "stridedSlice [6] by -1",
  [[6]],
  (x) => tf.stridedSlice(x, [5], [1], [-1]),
  (x) => move.slice(x, [5], [4], [-1]),
]);

for (
  const [axis, ...shapes] of [
    [0, [3], [2]],
    [0, [2, 3], [1, 3], [4, 3]],
    [1, [2, 3], [2, 1]],
    [-1, [2, 2, 3], [2, 2, 5]],
    [1, [2, 1, 3], [2, 4, 3]],
    [2, [2, 1, 2, 2], [2, 1, 3, 2]],
    [3, [1, 2, 1, 2, 2], [1, 2, 1, 3, 2]],
    [0, [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2]],
  ] as [number, ...Shape[]][]
) {
  rows.push([
    `concat ${show(...shapes)} axis ${axis}`,
    shapes,
    (...x) => tf.concat(x, axis),
    (...x) => move.concat(x, axis),
  ]);
}
for (
  const [shape, parts, axis] of [[[6], 3, 0], [[4, 6], 2, 1], [[4, 5], [1, 3], 0], [
    [2, 3, 8],
    4,
    -1,
  ], [[2, 6, 1, 2, 2], [2, 4], 1]] as [Shape, number | number[], number][]
) {
  const a = axis < 0 ? axis + shape.length : axis;
  const sizes = typeof parts === "number"
    ? new Array<number>(parts).fill(shape[a]! / parts)
    : a === 0
    ? [1, 3]
    : parts;
  rows.push([
    `split ${show(shape)} into ${parts} axis ${axis}`,
    [shape],
    (x) => tf.split(x, parts, axis),
    (x) => {
      let from = 0;
      return sizes.map((n) => {
        const begin = shape.map((_, i) => i === a ? from : 0),
          size = shape.map((m, i) => i === a ? n : m);
        from += n;
        return move.slice(x, begin, size);
      });
    },
  ]);
}
for (
  const [shape, axis] of [[[3], 0], [[3], 1], [[2, 3], 0], [[2, 3], -1], [[2, 2, 3], 1]] as [
    Shape,
    number,
  ][]
) {
  rows.push([
    `stack three ${show(shape)} axis ${axis}`,
    [shape, shape, shape],
    (...x) => tf.stack(x, axis),
    (...x) => move.stack(x, axis),
  ]);
}
for (const [shape, axis] of [[[3], 0], [[2, 3], 1], [[2, 3, 2], 0]] as [Shape, number][]) {
  rows.push([
    `unstack ${show(shape)} axis ${axis}`,
    [shape],
    (x) => tf.unstack(x, axis),
    (x) =>
      Array.from({ length: shape[axis]! }, (_, k) =>
        move.reshape(
          move.slice(
            x,
            shape.map((_, i) => i === axis ? k : 0),
            shape.map((n, i) => i === axis ? 1 : n),
          ),
          shape.filter((_, i) => i !== axis),
        )),
  ]);
}
for (
  const [shape, reps] of [[[3], [2]], [[2, 3], [1, 3]], [[2, 1, 3], [2, 2, 1]], [[1, 2, 1, 2], [
    2,
    1,
    3,
    1,
  ]], [[1, 2, 1, 1, 2], [1, 2, 1, 3, 1]]] as [Shape, number[]][]
) {
  rows.push([
    `tile ${show(shape)} by ${reps}`,
    [shape],
    (x) => tf.tile(x, reps),
    (x) => move.tile(x, reps),
  ]);
}
for (
  const [shape, paddings, fill] of [
    [[4], [[1, 2]], 0],
    [[2, 3], [[1, 0], [2, 1]], 0.5],
    [[2, 2, 3], [[0, 1], [1, 1], [0, 2]], 0],
    [[2, 3, 2, 1], [[0, 0], [1, 2], [2, 1], [0, 0]], -1],
    [[1, 2, 1, 2, 2], [[0, 1], [1, 0], [0, 0], [1, 1], [0, 2]], 0],
    [[1, 2, 1, 2, 1, 2], [[0, 0], [1, 0], [0, 1], [0, 0], [0, 0], [1, 1]], 2],
  ] as [Shape, [number, number][], number][]
) {
  rows.push([
    `pad ${show(shape)} by ${paddings.join(" ")} of ${fill}`,
    [shape],
    (x) => tf.pad(x, paddings, fill),
    (x) => move.pad(x, paddings, fill),
  ]);
}
for (const mode of ["reflect", "symmetric"] as const) {
  for (
    const [shape, paddings] of [[[4], [[2, 1]]], [[3, 4], [[1, 2], [0, 3]]], [[2, 3, 3, 1], [
      [0, 0],
      [1, 1],
      [2, 1],
      [0, 0],
    ]]] as [Shape, [number, number][]][]
  ) {
    rows.push([
      `mirrorPad ${mode} ${show(shape)} by ${paddings.join(" ")}`,
      [shape],
      (x) => tf.mirrorPad(x, paddings, mode),
      (x) => move.pad(x, paddings, mode),
    ]);
  }
}
for (
  const [shape, axis] of [[[5], 0], [[2, 3], 1], [[2, 3, 4], [0, 2]], [[2, 1, 3, 2], [2]], [[
    2,
    1,
    2,
    1,
    3,
  ], [0, 4]]] as [Shape, number | number[]][]
) {
  rows.push([
    `reverse ${show(shape)} axis ${axis}`,
    [shape],
    (x) => tf.reverse(x, axis),
    (x) => move.reverse(x, axis),
  ]);
}
for (
  const [shape, to] of [[[], [2, 3]], [[3], [2, 3]], [[2, 1], [2, 4]], [[1, 3, 1], [2, 3, 4]], [[
    2,
    1,
    3,
    1,
  ], [1, 2, 2, 3, 2]]] as [Shape, number[]][]
) {
  rows.push([
    `broadcastTo ${show(shape)} to ${show(to)}`,
    [shape],
    (x) => tf.broadcastTo(x, to),
    (x) => move.broadcastTo(x, to),
  ]);
}
rows.push(
  [
    "expandDims [2,3] axis 1",
    [[2, 3]],
    (x) => tf.expandDims(x, 1),
    (x) => move.reshape(x, [2, 1, 3]),
  ],
  ["squeeze [1,2,1,3]", [[1, 2, 1, 3]], (x) => tf.squeeze(x), (x) => move.reshape(x, [2, 3])],
  [
    "flatten by reshape [2,2,2]",
    [[2, 2, 2]],
    (x) => tf.reshape(x, [-1]),
    (x) => move.reshape(x, [8]),
  ],
  ["clone [3]", [[3]], (x) => tf.clone(x), (x) => x],
  ["meshgrid [3] [2]", [[3], [2]], (a, b) => tf.meshgrid(a!, b!), (a, b) => [
    build([2, 3], ([, j]) => a!.data[j!]!),
    build([2, 3], ([i]) => b!.data[i!]!),
  ]],
  [
    "split heads [2,3,8] to [2,4,3,2]",
    [[2, 3, 8]],
    (x) => tf.transpose(tf.reshape(x, [2, 3, 4, 2]), [0, 2, 1, 3]),
    (x) => transpose(move.reshape(x, [2, 3, 4, 2]), [0, 2, 1, 3]),
  ],
  [
    "patches of an image [2,4,6,3] by 2",
    [[2, 4, 6, 3]],
    (x) =>
      tf.reshape(tf.transpose(tf.reshape(x, [2, 2, 2, 3, 2, 3]), [0, 1, 3, 2, 4, 5]), [2, 6, 12]),
    (x) =>
      move.reshape(transpose(move.reshape(x, [2, 2, 2, 3, 2, 3]), [0, 1, 3, 2, 4, 5]), [2, 6, 12]),
  ],
  [
    "shift right by a pad and a slice [3,4]",
    [[3, 4]],
    (x) => tf.slice(tf.pad(x, [[0, 0], [1, 0]]), [0, 0], [3, 4]),
    (x) => move.slice(move.pad(x, [[0, 0], [1, 0]]), [0, 0], [3, 4]),
  ],
);

const depthToSpace = (x: Nd, b: number) => {
  const [B, Y, X, C] = x.shape as [number, number, number, number], c = C / (b * b);
  return move.reshape(transpose(move.reshape(x, [B, Y, X, b, b, c]), [0, 1, 3, 2, 4, 5]), [
    B,
    Y * b,
    X * b,
    c,
  ]);
};
rows.push(
  [
    "depthToSpace [1,2,3,4] by 2",
    [[1, 2, 3, 4]],
    (x) => tf.depthToSpace(x as tf.Tensor4D, 2),
    (x) => depthToSpace(x!, 2),
  ],
  [
    "depthToSpace [2,2,1,8] by 2",
    [[2, 2, 1, 8]],
    (x) => tf.depthToSpace(x as tf.Tensor4D, 2),
    (x) => depthToSpace(x!, 2),
  ],
  [
    "spaceToBatchND [1,4,6,2] by 2,3",
    [[1, 4, 6, 2]],
    (x) => tf.spaceToBatchND(x!, [2, 3], [[0, 0], [0, 0]]),
    (x) =>
      move.reshape(transpose(move.reshape(x!, [1, 2, 2, 2, 3, 2]), [2, 4, 0, 1, 3, 5]), [
        6,
        2,
        2,
        2,
      ]),
  ],
  [
    "spaceToBatchND [2,3,4,1] by 2,2 padded",
    [[2, 3, 4, 1]],
    (x) => tf.spaceToBatchND(x!, [2, 2], [[1, 0], [0, 0]]),
    (x) =>
      move.reshape(
        transpose(
          move.reshape(move.pad(x!, [[0, 0], [1, 0], [0, 0], [0, 0]]), [2, 2, 2, 2, 2, 1]),
          [2, 4, 0, 1, 3, 5],
        ),
        [8, 2, 2, 1],
      ),
  ],
  [
    "batchToSpaceND [4,2,3,2] by 2,2",
    [[4, 2, 3, 2]],
    (x) => tf.batchToSpaceND(x!, [2, 2], [[0, 0], [0, 0]]),
    (x) =>
      move.reshape(transpose(move.reshape(x!, [2, 2, 1, 2, 3, 2]), [2, 3, 0, 4, 1, 5]), [
        1,
        4,
        6,
        2,
      ]),
  ],
  [
    "batchToSpaceND [4,2,3,1] by 2,2 cropped",
    [[4, 2, 3, 1]],
    (x) => tf.batchToSpaceND(x!, [2, 2], [[1, 0], [0, 2]]),
    (x) =>
      move.slice(
        move.reshape(transpose(move.reshape(x!, [2, 2, 1, 2, 3, 1]), [2, 3, 0, 4, 1, 5]), [
          1,
          4,
          6,
          1,
        ]),
        [0, 1, 0, 0],
        [1, 3, 4, 1],
      ),
  ],
  [
    "band part, lower, composed with a mask [4,4]",
    [[4, 4]],
    (x) =>
      tf.mul(
        x!,
        tf.tensor2d(Array.from({ length: 16 }, (_, i) => Number(i % 4 <= i >> 2)), [4, 4]),
      ),
    (x) => build([4, 4], ([i, j]) => j! <= i! ? x!.data[i! * 4 + j!]! : 0),
  ],
  [
    "linalg.bandPart [4,5] 1 2",
    [[4, 5]],
    (x) => tf.linalg.bandPart(x!, 1, 2),
    (x) => build([4, 5], ([i, j]) => i! - j! <= 1 && j! - i! <= 2 ? x!.data[i! * 5 + j!]! : 0),
  ],
  [
    "diag [4]",
    [[4]],
    (x) => tf.diag(x!),
    (x) => build([4, 4], ([i, j]) => i === j ? x!.data[i!]! : 0),
  ],
);

/** Functions that move elements. */
export const shape: Case[] = rows.map(([name, inputs, run, reference]): Case => ({
  name,
  inputs: inputs.map((s) => normal(s)),
  run,
  reference,
}));

for (
  const [name, run, reference] of [
    ["zeros like [2,3]", tf.zerosLike, () => build([2, 3], () => 0)],
    ["ones like [2,3]", tf.onesLike, () => build([2, 3], () => 1)],
    ["fill [2,3]", () => tf.fill([2, 3], 4.5), () => build([2, 3], () => 4.5)],
    ["range 0 5 of 0.5", () => tf.range(0, 5, 0.5), () => build([10], ([i]) => i! / 2)],
    ["linspace -1 1 of 7", () => tf.linspace(-1, 1, 7), () => build([7], ([i]) => -1 + i! / 3)],
    ["eye 3 4", () => tf.eye(3, 4), () => build([3, 4], ([i, j]) => Number(i === j))],
  ] as [string, (x: Tensor) => Tensor, () => Nd][]
) {
  shape.push({
    name,
    inputs: [normal([2, 3])],
    run,
    reference,
    gradient: false,
    why: "its result does not depend on its input",
  });
}
shape.push(
  {
    name: "reshape to another number of elements [2,3] to [4]",
    inputs: [normal([2, 3])],
    run: (x) => tf.reshape(x, [4]),
    expect: "error",
    message: /size|element/i,
  },
  {
    name: "concat of shapes that differ [2,3] [2,4] axis 0",
    inputs: [normal([2, 3]), normal([2, 4])],
    run: (a, b) => tf.concat([a, b], 0),
    expect: "error",
    message: /shape/i,
  },
  {
    name: "slice beyond the end [3]",
    inputs: [normal([3])],
    run: (x) => tf.slice(x, [2], [3]),
    expect: "error",
    message: /slice|begin/i,
  },
  {
    name: "shape op of int32: transpose [2,3,4] by 2,0,1",
    inputs: [(rng) => nd([2, 3, 4], Array.from({ length: 24 }, () => rng.int(99)), "int32")],
    run: (x) => tf.transpose(x, [2, 0, 1]),
    reference: (x) => transpose(x, [2, 0, 1]),
    gradient: false,
    why: NO_GRADIENT.whole,
  },
);
