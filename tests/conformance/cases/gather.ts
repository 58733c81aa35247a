import * as tf from "../../../lib/tensor/_tf.ts";
import type { Rng } from "@tome/tome/tensor";
import { bools, type Case, distinct, ints, NO_GRADIENT, normal, show, values } from "../case.ts";
import { build, full, nd } from "../oracle/nd.ts";
import {
  gather as pick,
  gatherND,
  oneHot,
  reshape,
  scatterND,
  segmentSum,
  slice,
} from "../oracle/shape.ts";
import { reduce } from "../oracle/reduce.ts";

type Shape = readonly number[];
const cases: Case[] = [];

for (
  const [x, ids, axis, batchDims] of [
    [[5], [3], 0, 0],
    [[5, 3], [4], 0, 0],
    [[5, 3], [], 0, 0],
    [[5, 3], [2, 3], 0, 0],
    [[4, 6], [5], 1, 0],
    [[2, 5, 3], [4], 1, 0],
    [[2, 5, 3], [2, 2], 1, 0],
    [[2, 3, 7], [3], -1, 0],
    [[2, 5, 3], [2, 4], 1, 1],
    [[2, 3, 5], [2, 3, 2], 2, 2],
    [[3, 4], [3, 1], 1, 1],
    [[2, 1, 5, 2], [3], 2, 0],
    [[1, 4], [6], 0, 0],
  ] as [Shape, Shape, number, number][]
) {
  const length = x.at(axis)!;
  cases.push({
    name: `gather ${show(x, ids)} axis ${axis}${batchDims ? ` batchDims ${batchDims}` : ""}`,
    inputs: [normal(x), ints(ids, 0, length)],
    run: (a, i) => tf.gather(a, tf.cast(i, "int32") as tf.Tensor1D, axis, batchDims),
    reference: (a, i) => pick(a, i, axis, batchDims),
  });
}
cases.push(
  {
    name: "gather of the same row many times [3,4]",
    inputs: [normal([3, 4])],
    run: (a) => tf.gather(a, [1, 1, 1, 0, 1]),
    reference: (a) => pick(a, nd([5], [1, 1, 1, 0, 1], "int32")),
  },
  {
    name: "gather of int32 [4,3]",
    inputs: [ints([4, 3], -9, 9)],
    run: (a) => tf.gather(a, [2, 0, 3]),
    reference: (a) => pick(a, nd([3], [2, 0, 3], "int32")),
    gradient: false,
    why: NO_GRADIENT.whole,
  },
  {
    name: "gather of bool [4,3] axis 1",
    inputs: [bools([4, 3])],
    run: (a) => tf.gather(a, [2, 0], 1),
    reference: (a) => pick(a, nd([2], [2, 0], "int32"), 1),
    gradient: false,
    why: NO_GRADIENT.whole,
  },
  {
    name: "embedding then sum of positions composed [2,3] of [7,4]",
    inputs: [ints([2, 3], 0, 7), normal([7, 4]), normal([3, 4])],
    run: (ids, table, positions) => tf.add(tf.gather(table, tf.cast(ids, "int32")), positions),
    reference: (ids, table, positions) =>
      build(
        [2, 3, 4],
        ([b, t, c]) => table.data[ids.data[b! * 3 + t!]! * 4 + c!]! + positions.data[t! * 4 + c!]!,
      ),
  },
);

for (
  const [x, ids] of [
    [[4], [3, 1]],
    [[3, 4], [5, 2]],
    [[3, 4], [2, 1]],
    [[2, 3, 4], [2, 2, 2]],
    [[2, 3, 4], [4, 3]],
    [[2, 2, 3, 2], [3, 4]],
  ] as [Shape, Shape][]
) {
  const depth = ids.at(-1)!;
  const draw = (rng: Rng) => build(ids, (i) => rng.int(x[i.at(-1)! % depth]!), "int32");
  cases.push({
    name: `gatherND ${show(x, ids)}`,
    inputs: [normal(x), draw],
    run: (a, i) => tf.gatherND(a, tf.cast(i, "int32")),
    reference: (a, i) => gatherND(a, i),
  });
  const rows = ids.slice(0, -1), rest = x.slice(ids.at(-1)!);
  cases.push({
    name: `scatterND ${show(ids, [...rows, ...rest])} to ${show(x)}`,
    inputs: [draw, normal([...rows, ...rest])],
    run: (i, u) => tf.scatterND(tf.cast(i, "int32"), u, [...x]),
    reference: (i, u) => scatterND(full(x, 0), i, u),
  });
}

for (
  const [base, at, updates] of [
    [[6], [[1], [4]], [2]],
    [[4, 3], [[2], [0]], [2, 3]],
    [[3, 4], [[0, 1], [2, 3], [1, 0]], [3]],
  ] as [Shape, number[][], Shape][]
) {
  const ids = nd([at.length, at[0]!.length], at.flat(), "int32");
  cases.push({
    name: `tensorScatterUpdate ${show(base, updates)}`,
    inputs: [normal(base), normal(updates)],
    run: (x, u) => tf.tensorScatterUpdate(x, tf.tensor2d(at, undefined, "int32"), u),
    reference: (x, u) => scatterND(x, ids, u, true),
  });
}

for (
  const [x, ids, count] of [
    [[5], [5], 3],
    [[6, 2], [6], 4],
    [[4, 3, 2], [4], 2],
    [[2, 3, 4], [2, 3], 5],
    [[7, 5], [7], 1],
  ] as [Shape, Shape, number][]
) {
  cases.push({
    name: `unsortedSegmentSum ${show(x, ids)} into ${count}`,
    inputs: [normal(x), ints(ids, 0, count)],
    run: (a, s) => tf.unsortedSegmentSum(a, tf.cast(s, "int32") as tf.Tensor1D, count),
    reference: (a, s) => segmentSum(a, s, count),
    ...(ids.length > 1
      ? {
        expect: "error" as const,
        message: /segmentIds must be a vector/,
        on: ["webgpu" as const],
      }
      : {}),
  });
}

for (
  const [ids, depth, dtype] of [
    [[4], 5, "int32"],
    [[2, 3], 4, "int32"],
    [[], 3, "int32"],
    [[5], 3, "float32"],
    [[3], 2, "bool"],
  ] as [Shape, number, "int32" | "float32" | "bool"][]
) {
  cases.push({
    name: `oneHot ${show(ids)} depth ${depth} ${dtype}`,
    inputs: [ints(ids, 0, depth)],
    run: (i) => tf.oneHot(i, depth, 1, 0, dtype),
    reference: (i) => oneHot(i, depth, 1, 0, dtype),
    gradient: false,
    why: "its input is int32",
  });
}
cases.push(
  {
    name: "oneHot of indices out of range [5] depth 3",
    inputs: [values([5], [-1, 0, 2, 3, 7], "int32")],
    run: (i) => tf.oneHot(i, 3),
    reference: (i) => oneHot(i, 3),
    gradient: false,
    why: "its input is int32",
  },
  {
    name: "oneHot on 5 off -1 [4] depth 3",
    inputs: [ints([4], 0, 3)],
    run: (i) => tf.oneHot(i, 3, 5, -1),
    reference: (i) => oneHot(i, 3, 5, -1),
    gradient: false,
    why: "its input is int32",
  },
  {
    name: "oneHot of float ids [4] depth 3 cast",
    inputs: [ints([4], 0, 3), normal([3, 2])],
    run: (i, w) => tf.matMul(tf.cast(tf.oneHot(tf.cast(i, "int32"), 3), "float32"), w),
    reference: (i, w) => pick(w, i),
  },
);

for (
  const [shape, k] of [[[7], 3], [[3, 6], 2], [[2, 2, 5], 5], [[4, 1], 1], [[1, 33], 4]] as [
    Shape,
    number,
  ][]
) {
  const sorted = (x: ReturnType<typeof nd>) => {
    const n = x.shape.at(-1)!, rows = x.data.length / n, out = [...x.shape.slice(0, -1), k];
    const order = Array.from({ length: rows }, (_, r) => {
      const row = Array.from(x.data.slice(r * n, r * n + n));
      return row.map((_, i) => i).sort((i, j) => row[j]! - row[i]! || i - j).slice(0, k);
    });
    return [
      nd(out, order.flatMap((o, r) => o.map((i) => x.data[r * n + i]!))),
      nd(out, order.flat(), "int32"),
    ];
  };
  cases.push({
    name: `topk ${show(shape)} k ${k}`,
    inputs: [distinct(shape)],
    run: (x) => {
      const { values, indices } = tf.topk(x, k);
      return [values, indices];
    },
    reference: sorted,
  });
}
for (const [sorted, wanted] of [[[3, 6], [3, 4]], [[1, 9], [1, 3]]] as [Shape, Shape][]) {
  for (const side of ["left", "right"] as const) {
    cases.push({
      name: `searchSorted ${show(sorted, wanted)} ${side}`,
      inputs: [(rng) => {
        const x = distinct(sorted)(rng), n = sorted[1]!;
        for (let r = 0; r < sorted[0]!; r++) x.data.subarray(r * n, r * n + n).sort();
        return x;
      }, normal(wanted)],
      run: (s, v) => tf.searchSorted(s, v, side),
      reference: (s, v) =>
        build(wanted, ([r, c]) => {
          const row = s.data.subarray(r! * sorted[1]!, (r! + 1) * sorted[1]!),
            x = v.data[r! * wanted[1]! + c!]!;
          return row.filter((e) => side === "left" ? e < x : e <= x).length;
        }, "int32"),
      gradient: false,
      why: NO_GRADIENT.whole,
    });
  }
}
cases.push(
  {
    name: "bincount [9] of 4, weighted",
    inputs: [ints([9], 0, 4), normal([9])],
    run: (x, w) => tf.bincount(tf.cast(x, "int32") as tf.Tensor1D, w as tf.Tensor1D, 4),
    reference: (x, w) => segmentSum(w, x, 4),
  },
  {
    name: "sparseToDense [3] to [6]",
    inputs: [values([3], [0, 2, 5], "int32"), normal([3])],
    run: (i, v) => tf.sparseToDense(tf.cast(i, "int32"), v, [6], 0),
    reference: (i, v) => scatterND(full([6], 0), reshape(i, [3, 1]), v, true),
  },
  {
    name: "gather of a row beyond the end [3,2]",
    inputs: [normal([3, 2])],
    run: (x) => tf.gather(x, tf.tensor1d([0, 3], "int32")),
    expect: "error",
    message: /index/i,
  },
  {
    name: "gather of a row beyond the end, by a computed index [3,2]",
    inputs: [normal([3, 2]), values([2], [-3, 0], "int32")],
    run: (x, i) => tf.gather(x, tf.add(i, tf.scalar(3, "int32")) as tf.Tensor1D),
    reference: (x) => build([2, 2], ([r, c]) => r === 0 ? x.data[c!]! : 0),
    gradient: false,
    why: "an index out of range has no gradient",
    expect: "error",
    message: /index/i,
    on: ["cpu", "wasm"], // the host does not know an index that the GPU computed; the row is 0 there
  },
  {
    name: "mean of gathered rows composed [6,3] by [4]",
    inputs: [normal([6, 3]), ints([4], 0, 6)],
    run: (x, i) => tf.mean(tf.gather(x, tf.cast(i, "int32")), 0),
    reference: (x, i) =>
      reduce(pick(x, i), (v) => v.reduce((a, b) => a + b, 0) / v.length, { axis: 0 }),
  },
  {
    name: "last token of each sequence by gatherND [2,4,3]",
    inputs: [normal([2, 4, 3])],
    run: (x) => tf.gatherND(x, tf.tensor2d([[0, 3], [1, 1]], [2, 2], "int32")),
    reference: (x) => gatherND(x, nd([2, 2], [0, 3, 1, 1], "int32")),
  },
  {
    name: "slice of gathered rows composed [5,4]",
    inputs: [normal([5, 4])],
    run: (x) => tf.slice(tf.gather(x, [4, 0, 4]), [1, 1], [2, 2]),
    reference: (x) => slice(pick(x, nd([3], [4, 0, 4])), [1, 1], [2, 2]),
  },
);

/** Rows by number: gather, scatter, one-hot, the largest ones. */
export const gather: Case[] = cases;
