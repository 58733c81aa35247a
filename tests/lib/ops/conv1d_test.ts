import assert from "node:assert/strict";
import { Conv1d } from "@tome/tome/nn";
import { conv1d, type Conv1dOptions } from "@tome/tome/ops";
import { Rng, ShapeError, type Tensor } from "@tome/tome/tensor";
import { conv2dReference } from "../../../lib/ops/conv2d.ts";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

function random(shape: number[], seed = 1): Tensor {
  const rng = new Rng(seed);
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => rng.normal());
  return tf.tensor(values, shape);
}

/** The same as a sum over the taps of images of one row; `front` and `back` are the zeros. */
function reference(x: Tensor, filter: Tensor, options: Conv1dOptions, zeros: [number, number]) {
  const { stride = 1, dilation = 1, groups = 1 } = options;
  const image = tf.expandDims(tf.pad(x, [[0, 0], zeros, [0, 0]]), 1);
  const y = conv2dReference(image, tf.expandDims(filter, 0), {
    stride: [1, stride],
    dilation: [1, dilation],
    groups,
  });
  return tf.squeeze(y, [1]);
}

const CASES: [Conv1dOptions, zeros: [number, number], x: number[], filter: number[]][] = [
  [{}, [0, 0], [2, 7, 3], [3, 3, 4]],
  [{}, [0, 0], [2, 4, 3], [1, 3, 5]],
  [{ padding: "causal", dilation: 4 }, [4, 0], [2, 9, 3], [2, 3, 4]],
  [{ padding: "causal", dilation: 8 }, [16, 0], [1, 5, 2], [3, 2, 2]], // longer than the sequence
  [{ padding: "same" }, [1, 2], [2, 6, 3], [4, 3, 2]],
  [{ padding: 2, stride: 2 }, [2, 2], [2, 9, 3], [3, 3, 4]],
  [{ padding: "same", groups: 4 }, [2, 2], [2, 6, 4], [5, 1, 4]],
];

testOnDevices("conv1d() is a sum over its taps, with its gradient", async () => {
  for (const [options, zeros, shape, filterShape] of CASES) {
    const inputs = [random(shape), random(filterShape, 2)];
    const ours = (x: Tensor, w: Tensor) => conv1d(x, w, options);
    const theirs = (x: Tensor, w: Tensor) => reference(x, w, options, zeros);
    const y = theirs(inputs[0]!, inputs[1]!);
    await assertClose(ours(inputs[0]!, inputs[1]!), y, { atol: 1e-4 });
    const weights = random(y.shape, 9);
    const grads = (f: typeof ours) =>
      tf.grads((x: Tensor, w: Tensor) => tf.sum(tf.mul(f(x, w), weights)) as tf.Scalar)(inputs);
    const [mine, wanted] = [grads(ours), grads(theirs)];
    for (const [k, gradient] of mine.entries()) {
      await assertClose(gradient, wanted[k]!, { rtol: 1e-3, atol: 1e-3 });
    }
  }
  for (const options of [{ padding: "causal", dilation: 2 }, { stride: 2, padding: 1 }] as const) {
    await assertGradient(
      (x, w) => conv1d(x!, w!, options),
      [random([1, 5, 2]), random([2, 2, 2], 2)],
    );
  }
});

testOnDevices("conv1d() of causal padding does not look at later inputs", async () => {
  using conv = new Conv1d(2, 3, 3, { padding: "causal", dilation: 2 });
  const x = random([1, 8, 2]);
  const changed = tf.add(
    x,
    tf.oneHot(tf.tensor1d([5, 5], "int32"), 8).transpose().reshape([1, 8, 2]),
  );
  const [a, b] = [await conv.forward(x).data(), await conv.forward(changed).data()];
  await assertClose(a.slice(0, 15), b.slice(0, 15), { rtol: 0, atol: 0 });
  assert.notDeepEqual(a.slice(15), b.slice(15));
});

testOnDevices("conv1d() names what does not fit", () => {
  assert.throws(() => conv1d(tf.zeros([1, 4, 3]), tf.zeros([2, 2, 4])), ShapeError);
  assert.throws(() => conv1d(tf.zeros([1, 2, 2]), tf.zeros([3, 2, 4])), ShapeError);
  assert.throws(() => new Conv1d(3, 4, 2, { groups: 2 }), RangeError);
}, ["cpu"]);
