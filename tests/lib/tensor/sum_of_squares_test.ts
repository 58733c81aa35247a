import assert from "node:assert/strict";
import { memory, Rng, sumOfSquares } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

testOnDevices("sumOfSquares() matches sums by hand", async () => {
  const y = sumOfSquares([tf.tensor2d([[1, 2], [3, 4]]), tf.scalar(-5), tf.tensor1d([])]);
  assert.deepEqual(y.shape, []);
  await assertClose(y, [55], { rtol: 0, atol: 0 });
  await assertClose(sumOfSquares([tf.tensor1d([3, 4], "int32").cast("float32")]), [25]);
  await assertClose(sumOfSquares([]), [0]);
  await assertClose(sumOfSquares([tf.zeros([0, 3])]), [0]);
  await assertClose(sumOfSquares([tf.tensor1d([NaN, 1])]), [NaN]);
});

testOnDevices("sumOfSquares() matches a sum in float64, whatever the sizes", async () => {
  const random = new Rng(1);
  const arrays = [1, 3, 255, 257, 4097, 1_100_003]
    .map((size) => Float32Array.from({ length: size }, () => random.normal()));
  const expected = arrays.reduce((sum, x) => sum + x.reduce((s, v) => s + v * v, 0), 0);
  const tensors = arrays.map((x) => tf.tensor1d(x));
  const before = memory().numDataBuffers;
  const y = sumOfSquares(tensors);
  assert.equal(memory().numDataBuffers, before + 1);
  await assertClose(y, [expected], { rtol: 2e-6, atol: 0 });
});

testOnDevices("sumOfSquares() refuses what is not float32", () => {
  assert.throws(() => sumOfSquares([tf.ones([2], "int32")]), {
    name: "TypeError",
    message: "Cannot add up squares as each tensor must be float32: current dtype is int32",
  });
});
