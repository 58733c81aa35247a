import assert from "node:assert/strict";
import { AdamW, isHiddenMatrix, Muon, orthogonalize } from "@tome/tome/optim";
import { randomNormal, Rng } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

/** What five iterations make of one singular value of a matrix of norm 1. */
function iterate(x: number): number {
  for (let k = 0; k < 5; k++) x = 3.4445 * x - 4.775 * x ** 3 + 2.0315 * x ** 5;
  return x;
}

testOnDevices("orthogonalize() moves singular values by its polynomial", async () => {
  const expected = [iterate(0.8), 0, 0, -iterate(0.6), 0, 0]; // 4/5 and 3/5
  const tall = orthogonalize(tf.tensor2d([4, 0, 0, -3, 0, 0], [3, 2]));
  await assertClose(tall, tf.tensor(expected, [3, 2]));
  const wide = orthogonalize(tf.tensor2d([[4, 0, 0], [0, -3, 0]]));
  await assertClose(wide, tf.tensor2d([[expected[0]!, 0, 0], [0, expected[3]!, 0]]));
  const row = orthogonalize(tf.tensor2d([[0, 7]]));
  await assertClose(row, tf.tensor2d([[0, iterate(1)]]));
});

testOnDevices("orthogonalize() leaves the singular vectors as they are", async () => {
  const turn = (angle: number) => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    return tf.tensor2d([[c, -s], [s, c]]);
  };
  const [left, right] = [turn(0.4), turn(1.1)];
  const between = (first: number, second: number) =>
    tf.matMul(tf.matMul(left, tf.tensor2d([[first, 0], [0, second]])), right);
  await assertClose(orthogonalize(between(8, 6)), between(iterate(0.8), iterate(0.6)));
});

testOnDevices("orthogonalize() keeps a matrix of zeros", async () => {
  await assertClose(orthogonalize(tf.zeros([2, 3])).flatten(), [0, 0, 0, 0, 0, 0]);
});

testOnDevices("isHiddenMatrix() leaves out the ends of a network", () => {
  const [matrix, vector] = [tf.variable(tf.ones([2, 3])), tf.variable(tf.ones([2]))];
  for (const name of ["blocks.0.attn.qkv.weight", "fc.weight", "tokenMixer.weight"]) {
    assert.equal(isHiddenMatrix(name, matrix), true, name);
    assert.equal(isHiddenMatrix(name, vector), false, name);
  }
  const ends = ["tokens", "positions.weight", "embedding.weight", "lmHead.weight", "wte", "head.w"];
  for (const name of ends) assert.equal(isHiddenMatrix(name, matrix), false, name);
  tf.dispose([matrix, vector]);
});

testOnDevices("Muon treats what is not hidden as AdamW does", async () => {
  const make = () => tf.variable(randomNormal([7], 0, 1, { rng: new Rng(1) }));
  const [a, b] = [make(), make()];
  {
    using muon = new Muon([["bias", a]], { lr: 0.1, adamw: { lrScale: 0.5, eps: 1e-8 } });
    using adamw = new AdamW([["bias", b]], { lr: 0.05, betas: [0.9, 0.95], weightDecay: 0 });
    for (let step = 1; step <= 3; step++) {
      const bias = randomNormal([7], 0, 1, { rng: new Rng(step) });
      muon.step({ bias });
      adamw.step({ bias });
    }
  }
  await assertClose(a, b, { rtol: 0, atol: 0 });
  tf.dispose([a, b]);
});
