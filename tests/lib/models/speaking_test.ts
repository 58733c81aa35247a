import assert from "node:assert/strict";
import { generateWave, speakFrames } from "@tome/tome/generate";
import { loadTacotron, saveTacotron, Tacotron } from "@tome/tome/models/tacotron";
import {
  doublingDilations,
  loadWaveNet,
  saveWaveNet,
  WaveNet,
  WAVENET_PRESETS,
} from "@tome/tome/models/wavenet";
import type { Module } from "@tome/tome/nn";
import { Rng, type Scalar, seed, type Tensor } from "@tome/tome/tensor";
import { synthesisLoss, synthesisWith, waveLoss } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/speaking.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { assertModel } from "../../_support/model.ts";
import { assertClose } from "../../_support/numeric.ts";
import { sineFill } from "../../_support/sine_fill.ts";

const int = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const TINY_WAVE = {
  levels: 12,
  residualChannels: 8,
  skipChannels: 16,
  dilations: [1, 2, 4],
  numClasses: 3,
};
const random = new Rng(3);
const WAVE = Array.from({ length: 2 }, () => Array.from({ length: 9 }, () => random.int(12)));
const waves = () => ({
  inputs: int(WAVE.map((row) => row.slice(0, -1))),
  targets: int(WAVE.map((row) => row.slice(1))),
  labels: tf.tensor1d([2, 0], "int32") as Tensor,
});

assertModel<WaveNet>({
  name: "WaveNet",
  make: () => new WaveNet(TINY_WAVE),
  forward: (model) => model.forward(waves().inputs, waves().labels),
  outputShape: [2, 8, 12],
  // of the classes only those of the batch have gradients, but each has some in the table
  loss: (model) => waveLoss(model, waves()),
  async saveAndLoad(model, folder) {
    await saveWaveNet(model, folder);
    return await loadWaveNet(folder);
  },
});

const TINY_TACOTRON = {
  vocabSize: 6,
  numMels: 4,
  framesPerStep: 2,
  encoderDim: 8,
  prenetDim: 8,
  prenetDropout: 0,
  decoderDim: 12,
  attentionDim: 6,
  locationFilters: 3,
  locationTaps: 5,
  postnetDim: 6,
};
const spoken = () => ({
  ids: int([[1, 2, 3], [4, 5, 0]]),
  mask: int([[1, 1, 1], [1, 1, 0]]),
  frames: tf.tensor3d(
    Float32Array.from({ length: 32 }, (_, i) => Math.sin(i * i)),
    [2, 4, 4],
  ) as Tensor,
  frameMask: int([[1, 1, 1, 1], [1, 1, 0, 0]]),
});

assertModel<Tacotron>({
  name: "Tacotron",
  make: () => new Tacotron(TINY_TACOTRON),
  forward(model) {
    const { ids, mask, frames } = spoken();
    return model.decode(model.encode({ ids, mask }), frames, mask).frames;
  },
  outputShape: [2, 4, 4],
  loss: (model) => synthesisLoss(model, spoken()),
  async saveAndLoad(model, folder) {
    await saveTacotron(model, folder);
    return await loadTacotron(folder);
  },
});

/** Compares a loss and the gradients of all parameters with golden ones. */
async function assertGolden(
  model: Module,
  loss: () => Scalar,
  given: { loss: number; gradients: object },
): Promise<void> {
  const { value, grads } = tf.variableGrads(loss, model.parameters());
  await assertClose(value, [given.loss]);
  const expected = given.gradients as Record<string, number[]>;
  const names = [...model.namedParameters()].map(([name]) => name);
  assert.deepEqual(names.sort(), Object.keys(expected).sort());
  for (const [name, { name: id }] of model.namedParameters()) {
    await assertClose(grads[id]!, expected[name]!, { atol: 1e-5 });
  }
  tf.dispose([value, grads]);
}

testOnDevices(
  "WaveNet is PyTorch's, and writes sample by sample what it is as a whole",
  async () => {
    const { config, ids, labels, logits, ...given } = golden.wavenet;
    using model = new WaveNet(config);
    sineFill(model);
    const batch = {
      inputs: int(ids.map((row) => row.slice(0, -1))),
      targets: int(ids.map((row) => row.slice(1))),
      labels: tf.tensor1d(labels, "int32"),
    };
    await assertClose(model.forward(batch.inputs, batch.labels), logits);
    await assertGolden(model, () => waveLoss(model, batch), given);
    const steps = await model.stepper(labels);
    const T = ids[0]!.length - 1;
    for (let t = 0; t < T; t++) {
      const made = steps.step(ids.map((row) => row[t]!));
      const expected = labels.flatMap((_, b) => logits.slice((b * T + t) * 8, (b * T + t + 1) * 8));
      await assertClose(made, expected, { rtol: 1e-4, atol: 1e-5 });
    }
  },
);

testOnDevices("WaveNet.receptiveField is how far a prediction sees", async () => {
  seed(1);
  using model = new WaveNet({ ...TINY_WAVE, taps: 3, numClasses: 0, dilations: [1, 3] });
  assert.equal(model.receptiveField, 9);
  const row = Array.from({ length: 10 }, () => random.int(12));
  const last = async (samples: number[]) =>
    (await model.forward(int([samples])).data()).slice(9 * 12);
  const [whole, first, second] = [
    await last(row),
    await last(row.with(0, (row[0]! + 1) % 12)), // ten samples back from the prediction
    await last(row.with(1, (row[1]! + 1) % 12)),
  ];
  assert.deepEqual(first, whole);
  assert.notDeepEqual(second, whole);
  const steps = await model.stepper();
  let made = new Float32Array() as Float32Array;
  for (const sample of row) made = steps.step([sample]);
  await assertClose(made, whole);
});

testOnDevices("generateWave() draws by the probabilities of the model as a whole", async () => {
  seed(2);
  using model = new WaveNet(TINY_WAVE);
  const options = { length: 6, labels: [1, 2], temperature: 0 };
  const codes = await generateWave(model, options);
  for (const [row, label] of options.labels.entries()) {
    const written = [6, ...codes[row]!]; // after the middle level
    const logits = await model.forward(int([written]), tf.tensor1d([label], "int32"));
    const likeliest = Array.from(await tf.argMax(logits, 2).data()).slice(0, 6);
    assert.deepEqual([...codes[row]!], likeliest);
  }
  const draw = (seed: number) => generateWave(model, { length: 30, labels: [1], seed });
  assert.deepEqual(await draw(4), await draw(4));
  assert.notDeepEqual(await draw(4), await draw(5));
  await assert.rejects(generateWave(model, { length: 3 }), TypeError);
  await assert.rejects(generateWave(model, { length: 0, labels: [1] }), RangeError);
  await assert.rejects(generateWave(model, { length: 3, labels: [3] }), RangeError);
}, ["cpu", "wasm"]);

testOnDevices("Tacotron is PyTorch's", async () => {
  const { config, frames, coarse, refined, stops, seen, ...given } = golden.tacotron;
  using model = new Tacotron(config).eval();
  sineFill(model);
  const batch = {
    ids: int(given.ids),
    mask: int(given.mask),
    frames: tf.tensor(frames, [2, 6, 3]),
    frameMask: int(given.frameMask),
  };
  const made = model.decode(model.encode(batch), batch.frames, batch.mask);
  await assertClose(made.coarse, coarse);
  await assertClose(made.frames, refined);
  await assertClose(made.stops, stops);
  await assertClose(made.weights, seen);
  await assertClose(synthesisLoss(model, batch), [given.plain]);
  const guided = synthesisWith({ guideWeight: 0.5 });
  await assertGolden(model, () => guided(model, batch), given);
});

testOnDevices(
  "speakFrames() makes of its own frames what Tacotron makes of them as given",
  async () => {
    seed(5);
    using model = new Tacotron(TINY_TACOTRON);
    const texts = [[1, 2, 3], [4, 5]];
    const made = await speakFrames(model, texts, { maxSteps: 2, stopAt: 0.999 });
    for (const [i, text] of texts.entries()) {
      const { mel, weights, ended } = made[i]!;
      assert.deepEqual([mel.frames, mel.bins, ended], [4, 4, false]);
      // the decoder is told the coarse frames that it made: found step by step
      let frames: Tensor = tf.zeros([1, 4, 4]);
      model.eval();
      const memory = model.encode({ ids: int([text]) });
      for (let step = 0; step < 2; step++) frames = model.decode(memory, frames).coarse;
      const whole = model.decode(memory, frames);
      await assertClose(mel.data, await whole.frames.data(), { atol: 1e-4 });
      await assertClose(weights.flat(), await whole.weights.data(), { atol: 1e-5 });
    }
    const [short] = await speakFrames(model, [[1]], { stopAt: 1e-6 });
    assert.deepEqual([short!.mel.frames, short!.ended], [2, true]);
    await assert.rejects(speakFrames(model, [[]]), RangeError);
  },
);

testOnDevices(
  "models that speak have the published sizes, and name what is wrong with them",
  () => {
    const { dilations } = WAVENET_PRESETS["30-blocks"];
    assert.deepEqual(dilations!.slice(9, 12), [512, 1, 2]);
    assert.deepEqual(doublingDilations(3, 2), [1, 2, 4, 1, 2, 4]);
    using model = new WaveNet({
      ...WAVENET_PRESETS["30-blocks"],
      residualChannels: 2,
      skipChannels: 2,
    });
    assert.equal(model.receptiveField, 3070);
    assert.throws(() => model.forward(int([[1]]), tf.tensor1d([1], "int32")), TypeError);
    assert.throws(() => new WaveNet({ dilations: [] }), RangeError);
    assert.throws(() => new WaveNet({ dilations: [1, 0] }), RangeError);
    assert.throws(() => new WaveNet({ numClasses: -1 }), RangeError);
    assert.throws(() => new Tacotron({ ...TINY_TACOTRON, encoderDim: 7 }), RangeError);
    assert.throws(() => new Tacotron({ ...TINY_TACOTRON, locationTaps: 4 }), RangeError);
    using small = new Tacotron(TINY_TACOTRON);
    assert.throws(() => small.decode(tf.zeros([1, 2, 8]), tf.zeros([1, 3, 4])), RangeError);
  },
  ["cpu"],
);
