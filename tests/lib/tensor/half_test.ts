import assert from "node:assert/strict";
import {
  packFloat16,
  packHalf,
  storeHalf,
  type Tensor,
  unpackFloat16,
  unpackHalf,
} from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const EDGES = [0, 1, -1, 0.1, 1 / 3, 65_504, -65_504, 6e-8, 1e-5, 1234.567];

testOnDevices("packHalf() and unpackHalf() round to float16, in half the bytes", async () => {
  for (const shape of [[10], [1], [3, 3], [70, 1001]]) {
    const x = tf.randomNormal(shape, 0, 10, "float32", 5);
    const packed = packHalf(x);
    assert.deepEqual(packed.shape, [Math.ceil(x.size / 2)]);
    const expected = unpackFloat16(packFloat16(await x.data() as Float32Array));
    // a GPU may round down where it lies halfway, or anywhere between
    await assertClose(unpackHalf(packed, shape), expected, { rtol: 2 ** -10, atol: 6e-8 });
  }
  await assertClose(unpackHalf(packHalf(tf.tensor1d(EDGES)), [10]), EDGES, {
    rtol: 2 ** -10,
    atol: 6e-8,
  });
  await assertClose(unpackHalf(packHalf(tf.tensor1d([1e6, -1e30])), [2]), [65_504, -65_504]);
});

testOnDevices("storeHalf() changes gradients by no more than float16 rounds", async () => {
  const [x, w] = [
    tf.randomNormal([64, 32], 0, 1, "float32", 1),
    tf.randomNormal([32, 32], 0, 0.2, "float32", 2),
  ];
  const part = (x: Tensor, w: Tensor) =>
    tf.square(
      tf.tanh(tf.matMul(tf.tanh(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)), w as tf.Tensor2D)),
    );
  const gradients = (half: boolean) =>
    tf.grads((x, w) => half ? storeHalf(() => part(x!, w!), 100) : part(x!, w!))([x, w]);
  const [plain, stored] = [gradients(false), gradients(true)];
  for (const [k, gradient] of plain.entries()) {
    const [g, s] = [await gradient.data(), await stored[k]!.data()];
    let [error, size] = [0, 0];
    for (const [i, value] of g.entries()) {
      error += (value - s[i]!) ** 2;
      size += value ** 2;
    }
    const relative = Math.sqrt(error / size);
    assert.ok(relative > 0 && relative < 2e-3, `${relative}`); // above 0, as something was rounded
  }
});
