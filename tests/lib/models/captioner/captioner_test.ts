import assert from "node:assert/strict";
import { generateCaptions } from "@tome/tome/generate";
import {
  type CaptionerConfig,
  ImageCaptioner,
  loadCaptioner,
  saveCaptioner,
} from "@tome/tome/models/captioner";
import { randomUniform, Rng, seed, type Tensor } from "@tome/tome/tensor";
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
const batch = () => ({
  images: images(),
  decoderIds: tf.tensor2d([[1, 5, 6, 7], [1, 8, 4, 0]], undefined, "int32") as Tensor,
  labels: tf.tensor2d([[5, 6, 7, 2], [8, 4, 2, -100]], undefined, "int32") as Tensor,
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

testOnDevices("generateCaptions() writes with a cache what is likeliest without one", async () => {
  seed(3);
  using model = new ImageCaptioner(TINY);
  const x = images();
  const found = await generateCaptions(model, x, { eosTokenId: [], maxNewTokens: 3 });
  assert.ok(model.training);
  model.eval();
  for (const [b, { ids }] of found.entries()) {
    const rows = tf.tensor2d([ids.slice(0, -1), ids.slice(0, -1)], undefined, "int32") as Tensor;
    const likeliest = await tf.argMax(model.forward(x, rows), 2).array() as number[][];
    assert.deepEqual(ids, [1, ...likeliest[b]!]);
  }
  const memory = model.encode(x);
  const states = model.decodeStates(batch().decoderIds, memory);
  const last = model.decodeStates(batch().decoderIds, memory, { lastOnly: true });
  await assertClose(last, tf.slice(states, [0, 3, 0], [2, 1, 8]), { rtol: 1e-5, atol: 1e-6 });
});

testOnDevices("generateCaptions() finds by beams what is at least as likely", async () => {
  seed(3);
  using model = new ImageCaptioner(TINY);
  const x = images();
  const options = { eosTokenId: [], maxNewTokens: 3 };
  const greedy = await generateCaptions(model, x, options);
  const beams = await generateCaptions(model, x, { ...options, numBeams: 9 });
  const likelihood = ({ tokens }: typeof greedy[0]) =>
    tokens.reduce((sum, { logProb }) => sum + logProb, 0);
  for (const [b, beam] of beams.entries()) {
    assert.ok(likelihood(beam) >= likelihood(greedy[b]!) - 1e-5);
  }
}, ["cpu", "wasm"]);
