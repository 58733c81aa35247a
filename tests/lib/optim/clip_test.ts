import assert from "node:assert/strict";
import { clipByGlobalNorm, clipByValue, globalNorm } from "@tome/tome/optim";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const gradients = () => ({ a: tf.tensor2d([[1, 2], [3, 4]]), b: tf.scalar(-5), c: tf.zeros([0]) });

testOnDevices("globalNorm() is the norm of all gradients as one vector", async () => {
  await assertClose(globalNorm(gradients()), [Math.sqrt(55)]);
  await assertClose(globalNorm(new Map(Object.entries(gradients()))), [Math.sqrt(55)]);
});

testOnDevices("clipByGlobalNorm() gives PyTorch's coefficient", async () => {
  const large = clipByGlobalNorm(gradients(), 2);
  await assertClose(large.norm, [Math.sqrt(55)]);
  await assertClose(large.coefficient, [2 / (Math.sqrt(55) + 1e-6)]);
  const small = clipByGlobalNorm(gradients(), 8);
  await assertClose(small.coefficient, [1], { rtol: 0, atol: 0 });
  const zero = clipByGlobalNorm({ a: tf.zeros([3]) }, 1);
  await assertClose(zero.coefficient, [1], { rtol: 0, atol: 0 });
  const broken = clipByGlobalNorm({ a: tf.tensor1d([NaN, 1]) }, 1);
  await assertClose(broken.norm, [NaN]);
});

testOnDevices("clipByValue() moves each element into the range", async () => {
  const clipped = clipByValue(gradients(), 2.5);
  await assertClose(clipped.get("a")!.flatten(), [1, 2, 2.5, 2.5]);
  await assertClose(clipped.get("b")!, [-2.5]);
});

testOnDevices("clipByGlobalNorm() and clipByValue() refuse a limit that is not positive", () => {
  assert.throws(() => clipByGlobalNorm(gradients(), 0), { name: "RangeError" });
  assert.throws(() => clipByValue(gradients(), -1), { name: "RangeError" });
});
