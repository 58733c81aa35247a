import assert from "node:assert/strict";
import { generateCaptions } from "@tome/tome/generate";
import {
  type CaptionerConfig,
  ImageCaptioner,
  loadCaptioner,
  saveCaptioner,
} from "@tome/tome/models/captioner";
import { randomUniform, Rng, seed, type Tensor, tidy } from "@tome/tome/tensor";
import { captionLoss } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: CaptionerConfig = {
  vision: { imageSize: 8, patchSize: 4, numLayers: 1, numHeads: 2, embedDim: 6 },
  vocabSize: 9,
  contextLength: 5,
  embedDim: 8,
  numHeads: 2,
  numLayers: 1,
  startId: 1,
  endId: 2,
};
const images = () => {
  const noise = randomUniform([2, 8, 8, 3], 0, 0.3, { rng: new Rng(4) });
  return tf.add(noise, tf.reshape(tf.tensor1d([1, 0, 0, 0, 0, 1]), [2, 1, 1, 3])) as Tensor;
};
const CAPTIONS = [[5, 6, 7, 2], [8, 4, 2, -100]];
const batch = () => ({
  images: images(),
  decoderIds: tf.tensor2d([[1, 5, 6, 7], [1, 8, 4, 0]], undefined, "int32") as Tensor,
  labels: tf.tensor2d(CAPTIONS, undefined, "int32") as Tensor,
});

assertModel<ImageCaptioner>({
  name: "ImageCaptioner",
  make: () => new ImageCaptioner(TINY),
  forward: (model) => model.forward(images(), batch().decoderIds),
  outputShape: [2, 4, 9],
  loss: (model) => captionLoss(model, batch()),
  saveAndLoad: async (model, folder) => {
    await saveCaptioner(model, folder);
    return await loadCaptioner(folder);
  },
});

testOnDevices(
  "generateCaptions() writes what the model was taught, alone and by beams",
  async () => {
    seed(1);
    using model = new ImageCaptioner(TINY);
    const optimizer = tf.train.adam(2e-2);
    for (let step = 0; step < 40; step++) {
      optimizer.minimize(() => tidy(() => captionLoss(model, batch())), false, model.parameters());
    }
    optimizer.dispose();
    const x = images();
    const wanted = CAPTIONS.map((row) => row.filter((id) => id >= 0));
    for (const options of [{}, { numBeams: 2 }]) {
      const found = await generateCaptions(model, x, options);
      assert.deepEqual(found.map(({ newIds }) => newIds), wanted);
    }
    assert.ok(model.training);
    // token by token with a cache as all at once
    model.eval();
    const memory = model.encode(x);
    const states = model.decodeStates(batch().decoderIds, memory);
    assert.deepEqual(states.shape, [2, 4, 8]);
    const last = model.decodeStates(batch().decoderIds, memory, { lastOnly: true });
    await assertClose(last, tf.slice(states, [0, 3, 0], [2, 1, 8]), { rtol: 1e-5, atol: 1e-6 });
  },
);
