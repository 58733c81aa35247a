import assert from "node:assert/strict";
import * as ops from "@tome/tome/ops";
import { seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const ids = (...values: number[]) => tf.tensor1d(values, "int32");

testOnDevices("softmaxCrossEntropy() is the mean over the rows that count", async () => {
  const logits = tf.tensor2d([[0, 0], [0, Math.log(3)], [5, 1]]);
  await assertClose(ops.softmaxCrossEntropy(logits, ids(0, 1, -100)), [
    (Math.log(2) + Math.log(4 / 3)) / 2,
  ]);
  const none = await ops.softmaxCrossEntropy(logits, ids(-100, -100, -100)).data();
  assert.ok(Number.isNaN(none[0]));
});

testOnDevices("linearCrossEntropyRows() never makes more logits than it may", async () => {
  const [x, weight] = [tf.randomNormal([3, 7, 4]), tf.randomNormal([50, 4])];
  const targets = tf.ones([3, 7], "int32");
  const largest = async (maxLogits: number) => {
    const loss = (x: Tensor, w: Tensor) =>
      tf.sum(ops.linearCrossEntropyRows(x, w, targets, { maxLogits })) as tf.Scalar;
    const { kernels } = await tf.profile(() => tf.tidy(() => void tf.grads(loss)([x, weight])));
    return Math.max(...kernels.map(({ totalBytesSnapshot, bytesAdded, outputShapes }) => {
      assert.ok(totalBytesSnapshot >= bytesAdded);
      return Math.max(...outputShapes.map((shape) => tf.util.sizeFromShape(shape)));
    }));
  };
  assert.equal(await largest(1050), 1050);
  assert.equal(await largest(260), 250); // five rows at a time; the weight has 200
}, ["cpu"]);

testOnDevices("softmaxCrossEntropy() stays finite at ±1e4, and passes NaN on", async () => {
  const logits = tf.tensor2d([[1e4, -1e4, 0], [-1e4, 1e4, 0]]);
  await assertClose(ops.softmaxCrossEntropyRows(logits, ids(0, 0)), [0, 2e4]);
  const bad = await ops.softmaxCrossEntropyRows(tf.tensor2d([[NaN, 0]]), ids(1)).data();
  assert.ok(Number.isNaN(bad[0]));
});

testOnDevices("softmaxCrossEntropy() refuses a target that is no class", async (device) => {
  const losses = () => ops.softmaxCrossEntropyRows(tf.zeros([2, 3]), ids(1, 3));
  if (device === "webgpu") assert.ok(Number.isNaN((await losses().data())[1]));
  else {assert.throws(losses, {
      name: "RangeError",
      message: /in 0…2: current target of row 1 is 3/,
    });}
  assert.throws(() => ops.softmaxCrossEntropy(tf.zeros([2, 3]), ids(1)), { name: "ShapeError" });
  assert.throws(() => ops.softmaxCrossEntropy(tf.zeros([1, 3]), tf.zeros([1])), {
    name: "TypeError",
    message: /targets must be int32/,
  });
});

testOnDevices("maskedSoftmax() gives zeros to a row that sees nothing", async () => {
  await assertClose(
    ops.maskedSoftmax(tf.tensor2d([[1], [2], [3]]), { causal: true }), // rows 0 and 1 precede the one column
    [0, 0, 1],
  );
  await assertClose(ops.maskedSoftmax(tf.tensor2d([[-Infinity, -Infinity], [0, -Infinity]])), [
    0,
    0,
    1,
    0,
  ]);
  await assertClose(ops.maskedSoftmax(tf.tensor2d([[1e4, -1e4], [-1e4, -1e4]])), [1, 0, 0.5, 0.5]);
});

testOnDevices("dropout() is its own gradient, and follows the seed", async () => {
  const x = tf.ones([2, 50]);
  const y = ops.dropout(x, 0.3, { seed: 5 });
  await assertClose(tf.grad((v: Tensor) => ops.dropout(v, 0.3, { seed: 5 }))(x), y);
  seed(3);
  const first = ops.dropout(x, 0.3);
  seed(3);
  await assertClose(ops.dropout(x, 0.3), first, { rtol: 0, atol: 0 });
  assert.throws(() => ops.dropout(x, 1), {
    name: "RangeError",
    message: /rate must be in \[0, 1\)/,
  });
});

testOnDevices("gelu() and swiglu() stay finite far from 0", async () => {
  const x = tf.tensor1d([-1e4, -20, 0, 20, 1e4]);
  for (const approximate of ["none", "tanh"] as const) {
    await assertClose(ops.gelu(x, { approximate }), [0, 0, 0, 20, 1e4]);
    await assertClose(tf.grad((v: Tensor) => ops.gelu(v, { approximate }))(x), [0, 0, 0.5, 1, 1]);
  }
  await assertClose(ops.swiglu(x, tf.onesLike(x)), [0, -20 / (1 + Math.exp(20)), 0, 20, 1e4]);
});

testOnDevices("ops refuse shapes that do not fit, and name them", () => {
  const fails = (f: () => unknown, message: RegExp) =>
    assert.throws(f, { name: "ShapeError", message });
  fails(
    () => ops.layerNorm(tf.ones([2, 4]), tf.ones([3])),
    /gamma must have shape \[4\]: current shape is \[3\]/,
  );
  fails(() => ops.rmsNorm(tf.ones([2, 4]), tf.ones([4, 1])), /gamma must have shape \[4\]/);
  fails(
    () => ops.linear(tf.ones([2, 4]), tf.ones([2, 3])),
    /last axis of x must be 3: current shape is \[2,4\]/,
  );
  fails(() => ops.splitHeads(tf.ones([1, 2, 5]), 2), /a multiple of 2 heads/);
  fails(() => ops.swiglu(tf.ones([2]), tf.ones([3])), /up must have shape \[2\]/);
  fails(
    () => ops.attention(tf.ones([1, 3, 2, 4]), tf.ones([1, 2, 2, 4]), tf.ones([1, 2, 2, 4])),
    /must fit together: current shapes are \[1,3,2,4\]/,
  );
  assert.throws(() => ops.rotary(tf.ones([2, 4]), { rotated: 3 }), { name: "RangeError" });
}, ["cpu"]);
