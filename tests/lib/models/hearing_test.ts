import assert from "node:assert/strict";
import { collateFrames, type FrameBatch } from "@tome/tome/data";
import { loadModel } from "@tome/tome/models";
import { Conformer, CONFORMER_PRESETS, saveConformer } from "@tome/tome/models/conformer";
import { KeywordCNN, saveKeywordCNN } from "@tome/tome/models/keyword-cnn";
import { RNNCTC, saveRNNCTC } from "@tome/tome/models/rnn-ctc";
import type { Module, SoundClassifier, SpeechRecognizer } from "@tome/tome/nn";
import { record, Rng, type Scalar, seed, type Tensor } from "@tome/tome/tensor";
import { type Objective, recognitionLoss, soundClassificationLoss } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/hearing.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { assertModel } from "../../_support/model.ts";
import { assertClose } from "../../_support/numeric.ts";
import { sineFill } from "../../_support/sine_fill.ts";

const F = 6;
const [rows, T] = golden.shape as [number, number];
const int = (values: number[]) => tf.tensor1d(values, "int32") as Tensor;

/** The frames that the golden file was made of. */
function sineFrames(labels: Tensor): FrameBatch {
  const values = Float32Array.from(
    { length: rows * T * F },
    (_, i) => Math.sin(i * i * 0.01),
  );
  const mask = golden.lengths.map((length) =>
    Array.from({ length: T }, (_, t) => Number(t < length))
  );
  return {
    frames: tf.tensor3d(values, [rows, T, F]),
    frameMask: tf.tensor2d(mask, undefined, "int32"),
    labels,
  };
}
const strings = () => sineFrames(tf.tensor2d([[1, 2], [3, -100]], undefined, "int32"));
const classes = () => sineFrames(int([2, 0]));

const RNN = { numFeatures: F, numLabels: 4, hiddenSize: 4, numLayers: 2, framesPerStep: 2 };
const CONFORMER = {
  numFeatures: F,
  numLabels: 4,
  embedDim: 8,
  numLayers: 2,
  numHeads: 2,
  hiddenDim: 12,
  kernelSize: 3,
  numHalvings: 1,
  frontWidth: 3,
  dropout: 0,
};
const KEYWORD = { numFeatures: F, numLabels: 4, widths: [3, 5], dropout: 0 };

async function saved<M extends Module>(
  model: M,
  folder: string,
  save: (model: M, folder: string) => Promise<void>,
): Promise<M> {
  await save(model, folder);
  const loaded = await loadModel(folder);
  assert.equal(loaded.constructor, model.constructor);
  return loaded as unknown as M;
}

assertModel<KeywordCNN>({
  name: "KeywordCNN",
  make: () => new KeywordCNN({ ...KEYWORD, widths: [6, 12] }),
  forward: (model) => model.forward(classes()),
  outputShape: [2, 4],
  loss: (model) => soundClassificationLoss(model, classes()),
  saveAndLoad: (model, folder) => saved(model, folder, saveKeywordCNN),
});

assertModel<RNNCTC>({
  name: "RNNCTC",
  make: () => new RNNCTC({ ...RNN, hiddenSize: 8, numLayers: 1 }),
  forward: (model) => model.forward(strings()).logits,
  outputShape: [2, 6, 4],
  loss: (model) => recognitionLoss(model, strings()),
  saveAndLoad: (model, folder) => saved(model, folder, saveRNNCTC),
});

assertModel<Conformer>({
  name: "Conformer",
  make: () => new Conformer({ ...CONFORMER, numLayers: 1 }),
  forward: (model) => model.forward(strings()).logits,
  outputShape: [2, 7, 4],
  loss: (model) => recognitionLoss(model, strings()),
  saveAndLoad: (model, folder) => saved(model, folder, saveConformer),
});

/** Compares loss, logits and the beginnings of all gradients with PyTorch's. */
async function compare<M extends Module>(
  model: M,
  forward: (model: M) => Tensor,
  loss: (model: M) => Scalar,
  given: { logits: number[]; loss: number; gradients: Record<string, number[]> },
): Promise<void> {
  sineFill(model);
  await assertClose(forward(model), given.logits, { atol: 1e-4 });
  const { value, grads } = tf.variableGrads(() => loss(model), model.parameters());
  await assertClose(value, [given.loss]);
  const named = [...model.namedParameters()];
  assert.deepEqual(named.map(([name]) => name).sort(), Object.keys(given.gradients).sort());
  for (const [name, parameter] of named) {
    const values = await grads[parameter.name]!.data();
    await assertClose(values.slice(0, 40), given.gradients[name]!, { rtol: 1e-3, atol: 1e-4 });
  }
}

testOnDevices("KeywordCNN is PyTorch's", async () => {
  using model = new KeywordCNN(KEYWORD);
  await compare(
    model,
    (model) => model.forward(classes()),
    (model) => soundClassificationLoss(model, classes()),
    golden.keyword,
  );
});

const RECOGNIZERS: Record<string, [() => Module & SpeechRecognizer, typeof golden.conformer]> = {
  "RNNCTC": [() => new RNNCTC(RNN), golden.recurrent as unknown as typeof golden.conformer],
  "Conformer": [() => new Conformer(CONFORMER), golden.conformer],
};
for (const [name, [make, given]] of Object.entries(RECOGNIZERS)) {
  testOnDevices(`${name} is PyTorch's where steps count`, async () => {
    using model = make();
    const kept = () => { // what is said of places that are filled up is not compared
      const mask = given.steps.map((count) =>
        Array.from({ length: Math.max(...given.steps) }, (_, t) => [Number(t < count)])
      );
      return tf.tensor3d(mask);
    };
    assert.deepEqual([...await model.forward(strings()).steps!.data()], given.steps);
    const shape = [2, Math.max(...given.steps), 4];
    await compare(
      model,
      (model) => tf.mul(model.forward(strings()).logits, kept()),
      (model) => recognitionLoss(model, strings()),
      { ...given, logits: [...await tf.mul(tf.tensor(given.logits, shape), kept()).data()] },
    );
  });

  testOnDevices(`${name}.forward() does not depend on how far a row is filled up`, async () => {
    seed(2);
    using model = make().eval();
    const batch = strings();
    const length = golden.lengths[1]!;
    const long = model.forward(batch);
    const alone = model.forward({ frames: tf.slice(batch.frames, [1, 0, 0], [1, length, F]) });
    const steps = alone.logits.shape[1]!;
    assert.equal((await long.steps!.data())[1], steps);
    await assertClose(tf.slice(long.logits, [1, 0, 0], [1, steps, 4]), alone.logits);
  });
}

testOnDevices("models that hear may be recorded", async () => {
  const parts: [Module, Objective<never, FrameBatch>, FrameBatch][] = [
    [new KeywordCNN(KEYWORD), soundClassificationLoss as never, classes()],
    [new RNNCTC(RNN), recognitionLoss as never, strings()],
    [new Conformer(CONFORMER), recognitionLoss as never, strings()],
  ];
  for (const [model, loss, { frames, frameMask, labels }] of parts) {
    model.eval();
    const step = (batch: Record<string, Tensor>) =>
      loss(model as never, batch as unknown as FrameBatch) as Tensor;
    using recorded = record(step);
    for (let i = 1; i < 4; i++) {
      const batch = { frames: tf.mul(frames, i) as Tensor, frameMask: frameMask!, labels };
      const [made, expected] = [tf.tidy(() => recorded(batch)) as Tensor, step(batch)];
      await assertClose(made, expected);
    }
    model[Symbol.dispose]();
  }
}, ["webgpu"]);

testOnDevices("recognitionLoss() of single sounds adds up to that of a batch", async () => {
  using model = new RNNCTC(RNN);
  const rng = new Rng(1);
  const sound = (labels: number[], frames: number) => ({
    labels,
    frames: {
      data: Float32Array.from({ length: frames * F }, () => rng.normal()),
      frames,
      bins: F,
    },
  });
  const sounds = [sound([1, 2, 3], 12), sound([2], 9), sound([3, 3], 4)]; // the last one is too short
  const both = recognitionLoss.sum!(model, collateFrames(sounds));
  const singles = sounds.map((one) => recognitionLoss.sum!(model, collateFrames([one])));
  await assertClose(both, tf.sum(tf.stack(singles)));
  await assertClose(recognitionLoss(model, collateFrames(sounds)), tf.div(both, 3));
  assert.equal((await singles[2]!.data())[0], 0);
  using keyword: Module & SoundClassifier = new KeywordCNN(KEYWORD);
  const batch = classes();
  await assertClose(
    tf.div(soundClassificationLoss.sum!(keyword, batch), 2),
    soundClassificationLoss(keyword, batch),
  );
});

testOnDevices("models that hear refuse sizes that make none", () => {
  assert.throws(
    () => new KeywordCNN({ ...KEYWORD, numFeatures: 1 }),
    /current numbers are 2 and 1/,
  );
  assert.throws(() => new RNNCTC({ ...RNN, framesPerStep: 0 }), /framesPerStep must be a positive/);
  assert.throws(() => new Conformer({ ...CONFORMER, kernelSize: 4 }), /values are 2, 8 and 4/);
  using model = new KeywordCNN(KEYWORD);
  assert.throws(() => model.forward({ frames: tf.zeros([1, 5, 3]) }), { name: "ShapeError" });
}, ["cpu"]);

testOnDevices("CONFORMER_PRESETS have the number of parameters of their formula", () => {
  for (const { embedDim: C, numLayers, ...preset } of Object.values(CONFORMER_PRESETS)) {
    using model = new Conformer({
      ...{ embedDim: C, numLayers, ...preset },
      numFeatures: 80,
      numLabels: 9,
    });
    const { hiddenDim: H = 4 * C, kernelSize, numHalvings: N = 2, frontWidth: W = C } = preset;
    const feedForward = 2 * C + 2 * C * H + H + C;
    const convolution = 2 * C + 2 * C * C + 2 * C + C * kernelSize! + C + 2 * C + C * C + C;
    const block = 2 * feedForward + 4 * (C * C + C) + convolution + 4 * C;
    const front = 10 * W + (N - 1) * (9 * W * W + W) + 80 / 2 ** N * W * C + C;
    assert.equal(model.numParameters(), front + numLayers * block + 9 * (C + 1));
  }
}, ["wasm"]);
