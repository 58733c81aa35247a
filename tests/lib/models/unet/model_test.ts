import assert from "node:assert/strict";
import { saveUNet, UNet } from "@tome/tome/models/unet";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { type Scalar, ShapeError } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertImageModel, noise, SMALL } from "../../../_support/image_models.ts";

assertImageModel({
  name: "UNet",
  make: () => new UNet({ ...SMALL, width: 4, depth: 1 }),
  images: [1, 8, 8, 2],
  output: [1, 8, 8, 3],
  save: saveUNet,
  loss: learnableSegments,
});

/** Pixels of a class that can be told: whether the first channel is low, high or between. */
function learnableSegments(model: UNet): Scalar {
  const x = noise([1, 8, 8, 2]);
  const first = tf.slice(x, [0, 0, 0, 0], [1, 8, 8, 1]);
  const classes = tf.add(
    tf.cast(tf.greater(first, 0.5), "int32"),
    tf.cast(tf.greater(first, -0.5), "int32"),
  );
  return softmaxCrossEntropy(
    tf.reshape(model.forward(x), [-1, 3]),
    tf.cast(tf.reshape(classes, [-1]), "int32"),
  );
}

testOnDevices("UNet refuses images that its pools do not divide", () => {
  using net = new UNet({ ...SMALL, width: 2, depth: 2 });
  assert.throws(() => net.forward(tf.zeros([1, 6, 8, 2])), ShapeError);
});
