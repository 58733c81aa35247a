import assert from "node:assert/strict";
import { Linear } from "@tome/tome/nn";
import { seed } from "@tome/tome/tensor";
import { regressionLoss } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

testOnDevices(
  "regressionLoss() is the mean of squared errors, and its sum over its count",
  async () => {
    seed(1);
    using model = new Linear(3, 2);
    const batch = {
      inputs: tf.tensor2d([[1, 2, 3], [0, 1, 0]]),
      targets: tf.tensor2d([[1, 0], [2, 2]]),
    };
    const found = await model.forward(batch.inputs).data();
    const wanted = [1, 0, 2, 2].reduce((sum, y, i) => sum + (found[i]! - y) ** 2, 0);
    await assertClose(regressionLoss(model, batch), [wanted / 4]);
    await assertClose(regressionLoss.sum!(model, batch), [wanted]);
    assert.deepEqual([regressionLoss.count!(batch), regressionLoss.tokens!(batch)], [4, 2]);
    const wrong = { ...batch, targets: tf.tensor1d([1, 2]) };
    assert.throws(() => tf.tidy(() => regressionLoss(model, wrong)), { name: "ShapeError" });
  },
);
