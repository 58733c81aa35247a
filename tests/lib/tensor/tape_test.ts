import assert from "node:assert/strict";
import { memory, resetPeak, type Scalar, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

testOnDevices("A gradient frees what it has used up on its way back", () => {
  const deep = (x: Tensor) => {
    for (let i = 0; i < 20; i++) x = tf.mul(x, x);
    return tf.sum(x) as Scalar;
  };
  const x = tf.ones([1000]);
  resetPeak();
  const start = memory().numBytes;
  tf.dispose(tf.grad(deep)(x));
  const peak = memory().bytesPeak - start;
  // 20 factors on the way forward, and few tensors at a time on the way back
  assert.ok(peak < 26 * 4000, `${peak} bytes`);
  assert.equal(memory().numBytes, start);
});

testOnDevices("Gradients that several tensors share stay until the last is used", async () => {
  // the gradient of an addition is the one that it was given, for both sides
  const same = tf.customGrad((a, b) => ({
    value: tf.add(a as Tensor, b as Tensor),
    gradFunc: (dy: Tensor) => [dy, dy],
  }));
  const x = tf.tensor1d([1, 2, 3]);
  const f = (x: Tensor) => {
    const doubled = tf.mul(x, 2);
    const sum = same(x, doubled); // x gets the same tensor that goes on to the product
    return tf.sum(tf.square(same(sum, doubled)));
  };
  await assertClose(tf.grad(f)(x), [50, 100, 150]); // (5 x)²
  const dy = tf.scalar(2);
  await assertClose(tf.grad(f)(x, dy), [100, 200, 300]);
  await assertClose(dy, [2]); // the caller's own
});

testOnDevices("A gradient of a gradient has what it needs", async () => {
  const cube = (x: Tensor) => tf.sum(tf.mul(tf.mul(x, x), x));
  const first = tf.grad(cube);
  const second = tf.grad((x: Tensor) => tf.sum(first(x)));
  await assertClose(second(tf.tensor1d([1, 2])), [6, 12]);
});
