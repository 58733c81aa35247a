import { GPT, gptCheckpoint, type GPTConfig } from "@tome/tome/models/gpt";
import { assignRecords, fromFloat32, recordFromFile, resolveNames } from "@tome/tome/checkpoint";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import type { Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/gpt.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";

type Named = Record<string, { shape: number[]; values: number[] }>;

/** The golden tensors under our names, in our order of axes. */
function ours(model: GPT, named: Named) {
  const names = [...model.namedParameters()].map(([name]) => name);
  return resolveNames(gptCheckpoint, names, Object.keys(named)).map((pair) => {
    const { shape, values } = named[pair.theirs]!;
    return recordFromFile(fromFloat32(pair.theirs, shape, Float32Array.from(values)), pair);
  });
}

function goldenModel(): GPT {
  const config: GPTConfig = gptCheckpoint.config(golden.config);
  const model = new GPT(config);
  assignRecords(model.namedParameters(), ours(model, golden.weights as Named));
  return model;
}

testOnDevices("GPT.forward() gives the logits of the transformers package", async () => {
  using model = goldenModel();
  await assertClose(model.forward(tf.tensor2d(golden.ids, undefined, "int32")), golden.logits, {
    rtol: 1e-4,
    atol: 1e-4,
  });
});

testOnDevices("GPT has the loss and the gradients of the transformers package", async () => {
  using model = goldenModel();
  const ids = tf.tensor2d(golden.ids, undefined, "int32");
  const targets = tf.tensor2d(golden.targets, undefined, "int32");
  const parameters = [...model.namedParameters()];
  const { value, grads } = tf.variableGrads(
    () => softmaxCrossEntropy(model.forward(ids), targets),
    parameters.map(([, p]) => p),
  );
  await assertClose(value, [golden.loss]);
  const shaped = Object.fromEntries(
    Object.entries(golden.weights as Named).map(([name, { shape }]) => [
      name,
      { shape, values: (golden.gradients as Record<string, number[]>)[name]! },
    ]),
  );
  const expected = new Map(
    ours(model, shaped).map((r) => [r.name, new Float32Array(r.bytes.buffer)]),
  );
  for (const [name, parameter] of parameters) {
    await assertClose(grads[parameter.name]! as Tensor, expected.get(name)!, {
      rtol: 1e-4,
      atol: 1e-4,
    });
  }
});
