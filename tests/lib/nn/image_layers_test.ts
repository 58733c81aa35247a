import assert from "node:assert/strict";
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Flatten,
  GroupNorm,
  type Layer,
  Linear,
  MaxPool2d,
  Sequential,
} from "@tome/tome/nn";
import { fromFloat32, permuteRecord, toFloat32 } from "@tome/tome/checkpoint";
import { seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/vision.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { formulaRecord } from "../../_support/golden_seq2seq.ts";
import { assertClose } from "../../_support/numeric.ts";

/** What `scripts/dev/golden/vision.py` writes for a layer. */
interface Case {
  name: string;
  images: number[];
  output: number[];
  outputShape: number[];
  dx: number[];
  parameters: Record<string, number[]>;
  gradients: Record<string, number[]>;
  state: Record<string, number[]>;
}

const LAYERS: Record<string, () => Layer> = {
  conv: () => new Conv2d(4, 6, 3, { stride: 2, padding: 1, groups: 2 }),
  dilated: () => new Conv2d(2, 3, [3, 2], { padding: [2, 1], dilation: 2 }),
  transposed: () => new ConvTranspose2d(3, 2, 3, { stride: 2, padding: 1 }),
  max: () => new MaxPool2d(3, { stride: 2, padding: 1 }),
  average: () => new AvgPool2d(3, { stride: 2, padding: 1 }),
  adaptive: () => new AdaptiveAvgPool2d([3, 2]),
  batchNorm: () => new BatchNorm2d(3),
  groupNorm: () => new GroupNorm(2, 4),
  flatten: () => new Sequential(new Flatten(), new Linear(12, 2)),
};

/** A name of ours as PyTorch has it. */
const theirs = (name: string) =>
  name.replace(/^layers\./, "").replace("runningMean", "running_mean").replace(
    "runningVar",
    "running_var",
  );

/** Numbers by the formula as a tensor with its channels last. */
function channelsLast(name: string, shape: number[]): Tensor {
  const tensor = tf.tensor(toFloat32(formulaRecord(name, shape, 1)), shape);
  return shape.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
}

for (const given of golden.layers as unknown as Case[]) {
  testOnDevices(`the layer "${given.name}" and its gradients are PyTorch's`, async () => {
    using layer = LAYERS[given.name]!();
    const state = [...layer.namedState()];
    assert.deepEqual(
      state.map(([name]) => theirs(name)).sort(),
      Object.keys(given.parameters).sort(),
    );
    for (const [name, variable] of state) {
      const shape = given.parameters[theirs(name)]!;
      const record = formulaRecord(theirs(name), shape, golden.amplitude);
      const values = toFloat32(record).map((v) => name === "runningVar" ? v + 1 : v);
      const ours = shape.length === 4
        ? permuteRecord(fromFloat32(name, shape, values), [2, 3, 1, 0])
        : fromFloat32(name, shape, values);
      tf.tidy(() => variable.assign(tf.tensor(toFloat32(ours), [...ours.shape])));
    }
    const x = channelsLast("images", given.images);
    const dy = channelsLast("dy", given.outputShape);
    await assertClose(layer.eval().forward(x).shape, dy.shape);
    layer.train();
    const dx = tf.grad((x: Tensor) => tf.sum(tf.mul(layer.forward(x), dy)) as tf.Scalar)(x);
    for (const [name, values] of Object.entries(given.state)) {
      const [, ours] = [...layer.namedBuffers()].find(([own]) => theirs(own) === name)!;
      await assertClose(ours, values);
    }
    await assertClose(layer.forward(x), given.output, { atol: 1e-4 });
    await assertClose(dx, given.dx, { atol: 1e-4 });
    if (layer.parameters().length === 0) return;
    const { value, grads } = tf.variableGrads(
      () => tf.sum(tf.mul(layer.forward(x), dy)) as tf.Scalar,
      layer.parameters(),
    );
    for (const [name, parameter] of layer.namedParameters()) {
      const gradient = grads[parameter.name]!;
      const ordered = gradient.rank === 4 ? tf.transpose(gradient, [3, 2, 0, 1]) : gradient;
      await assertClose(await ordered.data(), given.gradients[theirs(name)]!, { atol: 1e-4 });
    }
    tf.dispose([value, grads]);
  });
}

testOnDevices("Conv2d draws its weights as it is told", async () => {
  seed(1);
  const limits = { torch: 1 / 6, glorot: Math.sqrt(6 / (36 + 72)) };
  for (const [init, limit] of Object.entries(limits)) {
    using layer = new Conv2d(4, 8, 3, { init: init as keyof typeof limits });
    const largest = Math.max(...(await layer.weight.data()).map(Math.abs));
    assert.ok(largest <= limit + 1e-6 && largest > 0.9 * limit, `${init}: ${largest}`);
  }
  using he = new Conv2d(4, 64, 3, { init: "he" });
  const values = Array.from(await he.weight.data());
  const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
  assert.ok(Math.abs(variance / (2 / (9 * 64)) - 1) < 0.15);
  assert.throws(() => new Conv2d(4, 6, 3, { groups: 4 }), RangeError);
  assert.throws(() => new GroupNorm(4, 6), RangeError);
});

testOnDevices("BatchNorm2d keeps its running statistics out of the parameters", () => {
  using norm = new BatchNorm2d(3);
  assert.deepEqual([...norm.namedParameters()].map(([name]) => name), ["weight", "bias"]);
  assert.deepEqual([...norm.namedBuffers()].map(([name]) => name), ["runningMean", "runningVar"]);
  assert.throws(() => norm.forward(tf.zeros([1, 1, 1, 3])), RangeError);
});

testOnDevices("Flatten writes channels first as PyTorch, or last as Keras", async () => {
  const x = tf.reshape(tf.range(0, 8), [1, 2, 2, 2]);
  await assertClose(new Flatten().forward(x), tf.tensor2d([[0, 2, 4, 6, 1, 3, 5, 7]]));
  await assertClose(
    new Flatten({ channels: "last" }).forward(x),
    tf.tensor2d([[0, 1, 2, 3, 4, 5, 6, 7]]),
  );
});
