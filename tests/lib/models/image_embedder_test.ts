import assert from "node:assert/strict";
import type { ImageBatch, LabelledImage } from "@tome/tome/data";
import { collateImages } from "@tome/tome/data";
import { cosinePairs, rocAuc } from "@tome/tome/metrics";
import {
  ImageEmbedder,
  loadImageEmbedder,
  saveImageEmbedder,
} from "@tome/tome/models/image-embedder";
import { Adam } from "@tome/tome/optim";
import { Rng, seed, ShapeError, type Tensor } from "@tome/tome/tensor";
import {
  batchHardTriplet,
  supervisedContrastive,
  supervisedContrastiveWith,
  Trainer,
  tripletWith,
} from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/vision_metrics.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { assertModel } from "../../_support/model.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

/** Stripes of eight directions, as labels, with noise. */
function stripes(count: number, seed: number, kinds: readonly number[]): LabelledImage[] {
  const rng = new Rng(seed);
  return Array.from({ length: count }, (_, n) => {
    const label = kinds[n % kinds.length]!;
    const [angle, phase] = [label * Math.PI / 8, rng.uniform(0, 6)];
    const data = Uint8Array.from({ length: 144 }, (_, i) => {
      const along = Math.cos(angle) * (i % 12) + Math.sin(angle) * Math.floor(i / 12);
      return Math.min(
        255,
        Math.max(0, 128 + 90 * Math.sin(1.6 * along + phase) + rng.normal(0, 20)),
      );
    });
    return { image: { width: 12, height: 12, channels: 1, data }, label };
  });
}

const TINY = { widths: [4, 8], embedDim: 6 };

assertModel<ImageEmbedder>({
  name: "ImageEmbedder",
  make: () => new ImageEmbedder(TINY),
  forward: (model) => model.forward(collateImages(stripes(3, 1, [0, 4])).images),
  outputShape: [3, 6],
  loss: (model) => {
    const { images, labels } = collateImages(stripes(8, 2, [0, 2, 4, 6]));
    return batchHardTriplet(model.forward(images), labels, 0.3);
  },
  async saveAndLoad(model, folder) {
    await saveImageEmbedder(model, folder);
    return await loadImageEmbedder(folder);
  },
});

/** Vectors of length 1. */
const unit = (x: Tensor) => tf.div(x, tf.norm(x, 2, -1, true));

const LOSSES = {
  triplet: (x: Tensor, labels: Tensor) => batchHardTriplet(unit(x), labels, 0.5),
  supervisedContrastive: (x: Tensor, labels: Tensor) => supervisedContrastive(unit(x), labels, 0.2),
};

for (const [name, loss] of Object.entries(LOSSES)) {
  testOnDevices(`${name} loss and its gradient are pytorch-metric-learning's`, async () => {
    const { vectors, labels, ...wanted } = golden.metricLearning;
    const x = tf.tensor2d(vectors);
    const of = tf.tensor1d(labels, "int32");
    const { value, grad } = tf.valueAndGrad((x: Tensor) => loss(x, of))(x);
    await assertClose(value, [wanted[name as keyof typeof wanted].loss]);
    await assertClose(grad, wanted[name as keyof typeof wanted].gradient.flat(), { atol: 1e-4 });
  });

  testOnDevices(`${name} loss has the gradient of its definition`, async () => {
    const rng = new Rng(4);
    const x = tf.tensor(Float32Array.from({ length: 15 }, () => rng.normal()), [5, 3]);
    const labels = tf.tensor1d([0, 1, 0, 1, 2], "int32");
    await assertGradient((x) => loss(x, labels), [x]);
  });
}

testOnDevices("metric losses are 0 for batches without pairs", async () => {
  const labels = tf.tensor1d([0, 1, 2], "int32");
  for (const loss of Object.values(LOSSES)) {
    await assertClose(loss(tf.eye(3), labels), [0]);
  }
}, ["cpu", "wasm"]);

testOnDevices("ImageEmbedder tells directions apart that it was not trained with", async () => {
  for (const [n, loss] of [tripletWith(), supervisedContrastiveWith()].entries()) {
    seed(3);
    using model = new ImageEmbedder(TINY);
    using optimizer = new Adam(model.namedParameters(), { lr: 1e-2 });
    const batches: ImageBatch[] = Array.from(
      { length: 6 },
      (_, i) => collateImages(stripes(24, 10 + i, [0, 1, 3, 4, 6, 7])),
    );
    await new Trainer(model, { optimizer, loss }).fit(batches, { steps: 30 });
    const held = stripes(24, 99, [2, 5]);
    const { images, labels } = collateImages(held);
    const vectors = tf.tidy(() => model.eval().forward(images));
    const rows = await vectors.array() as number[][];
    const { scores, same } = cosinePairs(rows, held.map(({ label }) => label));
    const auc = rocAuc(scores, same);
    assert.ok(auc > 0.85, `loss ${n}: the area under the ROC curve is ${auc}`);
    await assertClose(rows.map((row) => Math.hypot(...row)), rows.map(() => 1));
    tf.dispose([vectors, images, labels]);
    for (const batch of batches) tf.dispose([batch.images, batch.labels]);
  }
}, ["wasm"]);

testOnDevices("ImageEmbedder names what is wrong", () => {
  using model = new ImageEmbedder(TINY);
  assert.throws(() => model.forward(tf.zeros([1, 12, 12, 3])), ShapeError);
}, ["cpu"]);
