import { embedding, noGradient, stopGradient } from "@tome/tome/ops";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

testOnDevices("stopGradient() passes values on, and no gradient back", async () => {
  const x = tf.tensor1d([1, -2, 3]);
  await assertClose(stopGradient(x), [1, -2, 3], { rtol: 0, atol: 0 });
  const slope = tf.grad((x) => tf.sum(tf.mul(x, stopGradient(tf.square(x)))))(x);
  await assertClose(slope, [1, 4, 9]); // x² counts as a constant
});

testOnDevices(
  "noGradient() lets what is chosen by a parameter be looked up in another",
  async () => {
    const table = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
    const scores = tf.tensor2d([[0, 2, 1], [3, 0, 0]]);
    const f = (scores: tf.Tensor, table: tf.Tensor) => {
      const ids = noGradient(() => tf.argMax(scores, 1));
      return tf.add(tf.sum(embedding(table, ids)), tf.sum(scores));
    };
    const [ofScores, ofTable] = tf.grads(f)([scores, table]);
    await assertClose(ofScores!, [1, 1, 1, 1, 1, 1]);
    await assertClose(ofTable!, [1, 1, 1, 1, 0, 0]);
  },
);
