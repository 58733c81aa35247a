import assert from "node:assert/strict";
import { saveViT, ViT } from "@tome/tome/models/vit";
import { attentionRollout, captureAttention } from "@tome/tome/nn";
import { seed } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertImageModel, noise, SMALL } from "../../../_support/image_models.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY = {
  ...SMALL,
  imageSize: 8,
  patchSize: 4,
  numLayers: 2,
  numHeads: 2,
  embedDim: 16,
  hiddenDim: 24,
};

assertImageModel({
  name: "ViT",
  make: () => new ViT(TINY),
  images: [3, 8, 8, 2],
  save: saveViT,
});

testOnDevices("attentionRollout() gives what ViT's class token saw", async () => {
  seed(1);
  using model = new ViT(TINY).eval();
  const x = noise([2, 8, 8, 2]);
  const layers = await captureAttention(model, () => model.forward(x));
  assert.deepEqual(layers.map(({ path }) => path), ["blocks.0.attn", "blocks.1.attn"]);
  const rows = attentionRollout(layers);
  const rolled = layers.map(({ values }) =>
    tf.add(tf.mul(0.5, tf.mean(tf.tensor(values, [2, 2, 5, 5]), 1)), tf.mul(0.5, tf.eye(5)))
  );
  const product = tf.matMul(rolled[1]!, rolled[0]!);
  for (const [b, row] of rows.entries()) {
    await assertClose(row, tf.reshape(tf.slice(product, [b, 0, 0], [1, 1, 5]), [5]));
    await assertClose([row.reduce((a, v) => a + v)], [1]);
  }
  assert.throws(() => attentionRollout([]), /Cannot roll attention out/);
  assert.throws(() => attentionRollout(layers, { token: 5 }), RangeError);
});

Deno.test("ViT refuses patches that do not fill the image", () => {
  assert.throws(() => new ViT({ ...TINY, patchSize: 3 }), RangeError);
});
