import * as tf from "../../../lib/tensor/_tf.ts";
import { type Case, ints, NO_GRADIENT, normal, uniform } from "../case.ts";
import { map, zip } from "../oracle/nd.ts";
import { conv, matMul, transpose } from "../oracle/linear.ts";
import { argBest, logSoftmax, max, mean, normalize, softmax, sum } from "../oracle/reduce.ts";
import { gather, oneHot, segmentSum, slice } from "../oracle/shape.ts";

/** Sizes at which a GPU folds its dispatch, splits a sum, or runs out of groups in one dimension. */
export const big: Case[] = [
  {
    name: "add of 300,000 numbers",
    inputs: [normal([300_000]), normal([300_000])],
    run: tf.add,
    reference: (a, b) => zip([a, b], (u, v) => u + v),
    samples: 2,
  },
  {
    name: "exp of 70,001 rows [70001,3]",
    inputs: [normal([70_001, 3])],
    run: tf.exp,
    reference: (x) => map(x, Math.exp),
    samples: 2,
  },
  {
    name: "mul by a column [70001,3] [70001,1]",
    inputs: [normal([70_001, 3]), normal([70_001, 1])],
    run: tf.mul,
    reference: (a, b) => zip([a, b], (u, v) => u * v),
    samples: 2,
  },
  {
    name: "softmax of 70,001 rows [70001,3]",
    inputs: [normal([70_001, 3])],
    run: (x) => tf.softmax(x),
    reference: (x) => softmax(x),
    samples: 2,
  },
  {
    name: "logSoftmax of 66,000 rows [66000,2]",
    inputs: [normal([66_000, 2])],
    run: (x) => tf.logSoftmax(x),
    reference: (x) => logSoftmax(x),
    samples: 2,
  },
  {
    name: "sum of rows [70001,3] axis 1",
    inputs: [normal([70_001, 3])],
    run: (x) => tf.sum(x, 1),
    reference: (x) => sum(x, { axis: 1 }),
    samples: 2,
  },
  {
    name: "sum of columns [70001,3] axis 0",
    inputs: [normal([70_001, 3])],
    run: (x) => tf.sum(x, 0),
    reference: (x) => sum(x, { axis: 0 }),
    samples: 2,
  },
  {
    name: "mean of 1,000,000 numbers",
    inputs: [uniform([1_000_000], 0, 1)],
    run: (x) => tf.mean(x),
    reference: (x) => mean(x),
    samples: 1,
  },
  {
    name: "max and argMax of rows [70001,4]",
    inputs: [normal([70_001, 4])],
    run: (x) => [tf.max(x, 1), tf.argMax(x, 1)],
    reference: (x) => [max(x, { axis: 1 }), argBest(x, 1, (a, b) => a > b)],
    samples: 2,
  },
  {
    name: "layer norm composed [66000,4]",
    inputs: [normal([66_000, 4]), normal([4], 1, 0.2), normal([4])],
    run: (x, g, b) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), g), b);
    },
    reference: (x, g, b) => normalize(x, -1, 1e-5, g, b),
    samples: 2,
  },
  {
    name: "matMul of 70,001 rows [70001,4] [4,3]",
    inputs: [normal([70_001, 4]), normal([4, 3])],
    run: (a, b) => tf.matMul(a, b),
    reference: (a, b) => matMul(a, b),
    samples: 2,
  },
  {
    name: "matMul of 66,000 batches [66000,2,2] [66000,2,2]",
    inputs: [normal([66_000, 2, 2]), normal([66_000, 2, 2])],
    run: (a, b) => tf.matMul(a, b),
    reference: (a, b) => matMul(a, b),
    gradient: false,
    why: "it is two more such products, whose 66,000 small workgroups take a software GPU 7 s each",
  },
  {
    name: "matMul of a vocabulary, backward through it [32,16] [16,5003]",
    inputs: [normal([32, 16]), normal([16, 5003])],
    run: (a, b) => tf.matMul(a, b),
    reference: (a, b) => matMul(a, b),
    samples: 2,
  },
  {
    name: "projection to a vocabulary by its transposed weight [64,16] [4096,16] transposeB",
    inputs: [normal([64, 16]), normal([4096, 16])],
    run: (a, b) => tf.matMul(a, b, false, true),
    reference: (a, b) => matMul(a, b, false, true),
    samples: 2,
  },
  {
    name: "matMul of inner length 2,048 [64,2048] [64,2048] transposeB",
    inputs: [normal([64, 2048], 0, 0.3), normal([64, 2048], 0, 0.3)],
    run: (a, b) => tf.matMul(a, b, false, true),
    reference: (a, b) => matMul(a, b, false, true),
    samples: 1,
  },
  {
    name: "matMul of inner length 65,537 [3,65537] [65537,2]",
    inputs: [normal([3, 65_537], 0, 0.1), normal([65_537, 2], 0, 0.1)],
    run: (a, b) => tf.matMul(a, b),
    reference: (a, b) => matMul(a, b),
    samples: 1,
  },
  {
    name: "transpose [2,70001]",
    inputs: [normal([2, 70_001])],
    run: (x) => tf.transpose(x),
    reference: (x) => transpose(x),
    samples: 2,
  },
  {
    name: "transpose of 1,100,000 columns [2,1100000]",
    inputs: [normal([2, 1_100_000])],
    run: (x) => tf.transpose(x),
    reference: (x) => transpose(x),
    gradient: false,
    why: "the gradient of a transpose is a transpose; one of this size is enough",
  },
  {
    name: "gather of 66,001 rows [66001] of [50,2]",
    inputs: [normal([50, 2]), ints([66_001], 0, 50)],
    run: (x, i) => tf.gather(x, tf.cast(i, "int32")),
    reference: (x, i) => gather(x, i),
    samples: 2,
  },
  {
    name: "gather from 66,001 rows [66001,2] by [100]",
    inputs: [normal([66_001, 2]), ints([100], 65_500, 66_001)],
    run: (x, i) => tf.gather(x, tf.cast(i, "int32")),
    reference: (x, i) => gather(x, i),
    samples: 2,
  },
  {
    name: "unsortedSegmentSum of 66,001 rows into 1,000",
    inputs: [normal([66_001, 2]), ints([66_001], 0, 1000)],
    run: (x, i) => tf.unsortedSegmentSum(x, tf.cast(i, "int32") as tf.Tensor1D, 1000),
    reference: (x, i) => segmentSum(x, i, 1000),
    samples: 2,
  },
  {
    name: "oneHot of 66,001 ids of 3",
    inputs: [ints([66_001], 0, 3)],
    run: (i) => tf.oneHot(i, 3),
    reference: (i) => oneHot(i, 3),
    gradient: false,
    why: "its input is int32",
  },
  {
    name: "slice of the last rows [66001,3]",
    inputs: [normal([66_001, 3])],
    run: (x) => tf.slice(x, [65_999, 1], [2, 2]),
    reference: (x) => slice(x, [65_999, 1], [2, 2]),
    samples: 2,
  },
  {
    name: "conv2d of 66,000 images [66000,2,2,1] [1,1,1,2]",
    inputs: [normal([66_000, 2, 2, 1]), normal([1, 1, 1, 2])],
    run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
    reference: (x, w) => conv(x, w, { pad: "same" }),
    gradient: false,
    why: "its filter's gradient is a sum of 264,000 products, which matMul of 65,537 tests",
  },
  {
    name: "conv2d of 66,000 images by 2x2 [66000,2,2,1] [2,2,1,1]",
    inputs: [normal([66_000, 2, 2, 1]), normal([2, 2, 1, 1])],
    run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
    reference: (x, w) => conv(x, w, { pad: "same" }),
    gradient: false,
    why: "its filter's gradient is a sum of 264,000 products, which matMul of 65,537 tests",
  },
  {
    name: "cross entropy over a vocabulary of 2,048 composed [64,8] [2048,8]",
    inputs: [normal([64, 8]), normal([2048, 8]), ints([64], 0, 2048)],
    run: (x, w, ids) =>
      tf.losses.softmaxCrossEntropy(
        tf.oneHot(tf.cast(ids, "int32"), 2048),
        tf.matMul(x, w, false, true),
      ),
    reference: (x, w, ids) => {
      const l = logSoftmax(matMul(x, w, false, true)), hot = oneHot(ids, 2048);
      return mean(sum(zip([hot, l], (t, v) => t ? -v : 0), { axis: 1 }));
    },
    samples: 3,
  },
  {
    name: "cumsum of 3,000 numbers [2,3000]",
    inputs: [uniform([2, 3000], 0, 1)],
    run: (x) => tf.cumsum(x, 1),
    reference: (x) => {
      const data = x.data.slice();
      for (let i = 1; i < data.length; i++) if (i % 3000 !== 0) data[i]! += data[i - 1]!;
      return { ...x, data };
    },
    samples: 2,
  },
  {
    name: "greater over 66,000 rows [66000,3] [3]",
    inputs: [normal([66_000, 3]), normal([3])],
    run: tf.greater,
    reference: (a, b) => zip([a, b], (u, v) => Number(u > v), "bool"),
    gradient: false,
    why: NO_GRADIENT.whole,
  },
];
