import { linear } from "@tome/tome/ops";
import type { Tensor } from "@tome/tome/tensor";
import assert from "node:assert/strict";
import * as tf from "../../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../../_support/devices.ts";
import { assertClose } from "../../../../_support/numeric.ts";

testOnDevices("cast() of int32 and bool gives programs float32 to read (W26)", async () => {
  const W = tf.tensor2d([1, -2, 3, 0.5, 0, -1, 2, 2, -3, 1, 1, 0.25], [4, 3]);
  const gradient = tf.grad((w: Tensor) =>
    tf.sum(
      tf.square(linear(tf.cast(tf.tensor2d([1, 0, 1, 0, 1, 1], [2, 3], "bool"), "float32"), w)),
    )
  );
  const expected = tf.grad((w: Tensor) =>
    tf.sum(tf.square(linear(tf.tensor2d([[1, 0, 1], [0, 1, 1]]), w)))
  );
  await assertClose(gradient(W), expected(W), { rtol: 1e-6, atol: 1e-6 });
  const many = tf.tensor([3, -2, 2 ** 24], [1, 1, 1, 1, 1, 3, 1], "int32"); // more axes than a program takes
  const cast = tf.cast(many, "float32");
  assert.deepEqual(cast.shape, many.shape);
  assert.deepEqual(await cast.data(), new Float32Array([3, -2, 2 ** 24]));
  assert.deepEqual(tf.cast(tf.zeros([0, 2], "int32"), "float32").shape, [0, 2]);
}, ["webgpu"]);
