import assert from "node:assert/strict";
import { loadModel } from "@tome/tome";
import { InceptionNet, saveInceptionNet } from "@tome/tome/models/inception";
import { KerasCNN, saveKerasCNN } from "@tome/tome/models/keras-cnn";
import { LeNet, saveLeNet } from "@tome/tome/models/lenet";
import { MLP_PRESETS, MLPClassifier, saveMLPClassifier } from "@tome/tome/models/mlp";
import { loadResNet, ResNet, RESNET_PRESETS, saveResNet } from "@tome/tome/models/resnet";
import { saveUNet, UNet } from "@tome/tome/models/unet";
import { saveViT, ViT } from "@tome/tome/models/vit";
import { attentionRollout, captureAttention, type Module } from "@tome/tome/nn";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { memory, record, Rng, type Scalar, seed, ShapeError, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertModel } from "../../_support/model.ts";
import { assertClose } from "../../_support/numeric.ts";

type ImageModel = Module & { forward(images: Tensor): Tensor };

function images(shape: number[]): Tensor {
  const rng = new Rng(5);
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => rng.normal()),
    shape,
  );
}

const labels = (count: number) =>
  tf.tensor1d(Array.from({ length: count }, (_, i) => i % 3), "int32");

interface Family {
  make: () => ImageModel;
  images: number[];
  output: number[];
  save: (model: never, folder: string) => Promise<void>;
}

const SMALL = { inChannels: 2, numLabels: 3 };
const TINY_RESNET = { ...SMALL, depths: [1, 1], embedDim: 4, hiddenDims: [8, 8] };

const FAMILIES: Record<string, Family> = {
  "LeNet": {
    make: () => new LeNet({ numLabels: 3 }),
    images: [2, 28, 28, 1],
    output: [2, 3],
    save: saveLeNet,
  },
  "KerasCNN": {
    make: () => new KerasCNN({ ...SMALL, imageSize: 12, widths: [4, 8], dropout: 0 }),
    images: [3, 12, 12, 2],
    output: [3, 3],
    save: saveKerasCNN,
  },
  "MLPClassifier": {
    make: () => new MLPClassifier({ inFeatures: 32, hiddenDims: [16, 8], numLabels: 3 }),
    images: [3, 4, 4, 2],
    output: [3, 3],
    save: saveMLPClassifier,
  },
  "InceptionNet": {
    make: () =>
      new InceptionNet({
        ...SMALL,
        stemWidth: 4,
        dropout: 0,
        blocks: [{ one: 2, three: [2, 3], five: [2, 2], pool: 2 }],
      }),
    images: [3, 8, 8, 2],
    output: [3, 3],
    save: saveInceptionNet,
  },
  "ResNet of basic blocks": {
    make: () => new ResNet({ ...TINY_RESNET, block: "basic", stem: "small" }),
    images: [3, 8, 8, 2],
    output: [3, 3],
    save: saveResNet,
  },
  "ResNet of bottlenecks": {
    make: () => new ResNet({ ...TINY_RESNET, block: "bottleneck" }),
    images: [3, 16, 16, 2],
    output: [3, 3],
    save: saveResNet,
  },
  "UNet": {
    make: () => new UNet({ ...SMALL, width: 4, depth: 1 }),
    images: [1, 8, 8, 2],
    output: [1, 8, 8, 3],
    save: saveUNet,
  },
  "ViT": {
    make: () =>
      new ViT({
        ...SMALL,
        imageSize: 8,
        patchSize: 4,
        numLayers: 2,
        numHeads: 2,
        embedDim: 16,
        hiddenDim: 24,
      }),
    images: [3, 8, 8, 2],
    output: [3, 3],
    save: saveViT,
  },
};

for (const [name, { make, images: shape, output, save }] of Object.entries(FAMILIES)) {
  const loss = (model: ImageModel) => {
    const logits = model.forward(images(shape));
    const rows = tf.reshape(logits, [-1, 3]);
    return softmaxCrossEntropy(rows, labels(rows.shape[0]!)) as Scalar;
  };
  assertModel<ImageModel>({
    name,
    make,
    forward: (model) => model.forward(images(shape)),
    outputShape: output,
    loss: name === "UNet" ? learnableSegments : loss,
    async saveAndLoad(model, folder) {
      await save(model as never, folder);
      return await loadModel(folder) as unknown as ImageModel;
    },
  });
}

/** Pixels of a class that can be told: whether the first channel is low, high or between. */
function learnableSegments(model: ImageModel): Scalar {
  const x = images([1, 8, 8, 2]);
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

testOnDevices("LeNet of today takes larger images with more channels", () => {
  using model = new LeNet({ ...SMALL, imageSize: 32, activation: "relu", pooling: "max" });
  assert.deepEqual(model.forward(images([1, 32, 32, 2])).shape, [1, 3]);
  assert.throws(() => model.forward(images([1, 28, 28, 2])), ShapeError);
});

testOnDevices("models have the published numbers of parameters", () => {
  const count = (make: () => Module) => {
    using model = make();
    return model.numParameters();
  };
  assert.equal(count(() => new LeNet({ numLabels: 10 })), 61_706);
  assert.equal(count(() => new KerasCNN({ numLabels: 10 })), 34_826);
  assert.equal(count(() => new ResNet(RESNET_PRESETS["resnet-20-cifar"])), 272_474);
  assert.equal(count(() => new ResNet(RESNET_PRESETS["resnet-18"])), 11_689_512);
  assert.equal(count(() => new MLPClassifier(MLP_PRESETS["keras-mnist"])), 101_770);
  assert.equal(count(() => new MLPClassifier(MLP_PRESETS.logistic)), 3);
}, ["wasm"]);

testOnDevices("ResNet's running statistics are saved and loaded", async () => {
  seed(1);
  using model = new ResNet({ ...TINY_RESNET, block: "basic" });
  const x = images([3, 16, 16, 2]);
  tf.tidy(() => model.forward(x));
  const folder = await Deno.makeTempDir();
  try {
    await saveResNet(model.eval(), `${folder}/model`);
    using loaded = await loadResNet(`${folder}/model`);
    const [mine, theirs] = [[...model.namedBuffers()], [...loaded.namedBuffers()]];
    assert.equal(mine.length, 2 * 7);
    for (const [i, [name, values]] of mine.entries()) {
      assert.equal(theirs[i]![0], name);
      assert.ok((await values.data()).some((v) => v !== 0 && v !== 1), `${name} did not move`);
      await assertClose(theirs[i]![1], values, { rtol: 0, atol: 0 });
    }
    await assertClose(loaded.forward(x), model.forward(x), { rtol: 0, atol: 0 });
    using other = await loadResNet(`${folder}/model`, { labels: ["cat", "dog"] });
    assert.deepEqual(other.fresh, ["fc.weight", "fc.bias"]);
    assert.deepEqual(other.forward(x).shape, [3, 2]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testOnDevices(
  "ResNet's recorded forward pass moves the running statistics as op by op",
  async () => {
    const run = async (recorded: boolean) => {
      seed(1);
      using model = new ResNet({ ...TINY_RESNET, block: "basic", stem: "small" });
      const forward = (x: { x: Tensor }) => model.forward(x.x);
      using step = record(forward);
      for (let k = 0; k < 4; k++) {
        const y = tf.tidy(() => {
          const x = tf.mul(images([3, 8, 8, 2]), k + 1);
          return recorded ? step({ x }) : forward({ x });
        });
        y.dispose();
      }
      return await Promise.all(
        [...model.namedBuffers()].map(async ([, b]) => Array.from(await b.data())),
      );
    };
    const [recorded, plain] = [await run(true), await run(false)];
    for (const [i, values] of recorded.entries()) await assertClose(values, plain[i]!);
  },
);

testOnDevices("attentionRollout() gives what ViT's class token saw", async () => {
  seed(1);
  using model = FAMILIES["ViT"]!.make().eval();
  const x = images([2, 8, 8, 2]);
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

testOnDevices("models of images name what is wrong with them", () => {
  const before = memory().numTensors;
  assert.throws(() => new ResNet({ ...TINY_RESNET, depths: [1], block: "basic" }), RangeError);
  assert.throws(() => new KerasCNN({ ...SMALL, imageSize: 8 }), RangeError);
  using net = new UNet({ ...SMALL, width: 2, depth: 2 });
  assert.throws(() => net.forward(tf.zeros([1, 6, 8, 2])), ShapeError);
  assert.ok(memory().numTensors > before);
});
