import assert from "node:assert/strict";
import { Forecaster, loadForecaster, saveForecaster } from "@tome/tome/models/forecaster";
import { savePlanner, ValuePropagationNet } from "@tome/tome/models/planner";
import { seed } from "@tome/tome/tensor";
import { regressionLoss } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/forecaster.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { assertGoldenGradients } from "../../../_support/golden_gradients.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { sineFill } from "../../../_support/sine_fill.ts";

const past = () =>
  tf.tensor3d(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i * i)), [2, 6, 1]);
const future = () => tf.tensor2d([[2, -1], [0.5, 3]]);

for (const kind of ["lstm", "transformer"] as const) {
  assertModel<Forecaster>({
    name: `Forecaster (${kind})`,
    make: () =>
      new Forecaster({
        kind,
        contextLength: 6,
        horizon: 2,
        hiddenSize: 8,
        numHeads: 2,
        dropout: 0,
      }),
    forward: (model) => model.forward(past()),
    outputShape: [2, 2],
    loss: (model) => regressionLoss(model, { inputs: past(), targets: future() }),
    saveAndLoad: async (model, folder) => {
      await saveForecaster(model, folder);
      return await loadForecaster(folder);
    },
  });
}

for (const { sizes, past, future, output, ...given } of golden.forecasters) {
  testOnDevices(`Forecaster (${sizes.kind}) is PyTorch's: outputs, loss, gradients`, async () => {
    using model = new Forecaster({ ...sizes, kind: sizes.kind as "lstm" });
    sineFill(model);
    const inputs = tf.tensor(past, [2, sizes.contextLength, sizes.inFeatures]);
    const targets = tf.tensor(future, [2, sizes.horizon]);
    await assertClose(tf.reshape(model.forward(inputs), [-1]), output);
    await assertGoldenGradients(model, () => regressionLoss(model, { inputs, targets }), given);
  });
}

testOnDevices("Forecaster moves with its past: what is added to all comes out again", async () => {
  seed(2);
  using model = new Forecaster({ kind: "lstm", contextLength: 6, horizon: 2, hiddenSize: 8 });
  const higher = model.forward(tf.add(past(), 5));
  await assertClose(higher, tf.add(model.forward(past()), 5), { atol: 1e-4 });
  using plain = new Forecaster({
    kind: "lstm",
    contextLength: 6,
    horizon: 2,
    hiddenSize: 8,
    fromLast: false,
  });
  const both = [plain.forward(tf.add(past(), 5)), plain.forward(past())] as const;
  assert.ok((await tf.max(tf.abs(tf.sub(...both))).data())[0]! < 3);
});

Deno.test("Forecaster refuses a past of another length, sizes of 0, and a folder of another model", async () => {
  assert.throws(() => new Forecaster({ kind: "lstm", contextLength: 0 }), {
    name: "RangeError",
    message: /contextLength must be a positive integer: current value is 0/,
  });
  using model = new Forecaster({ kind: "lstm", contextLength: 4 });
  assert.throws(() => tf.tidy(() => model.forward(past())), { name: "ShapeError" });
  const folder = await Deno.makeTempDir();
  try {
    using planner = new ValuePropagationNet({ hiddenChannels: 4 });
    await savePlanner(planner, `${folder}/model`);
    await assert.rejects(() => loadForecaster(`${folder}/model`), {
      message:
        /model_type in its config.json must be forecaster: current value is value_propagation_net/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
