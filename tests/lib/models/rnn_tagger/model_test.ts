import assert from "node:assert/strict";
import {
  loadRNNTagger,
  loadRNNTaggerWeights,
  RNN_TAGGER_PRESETS,
  RNNTagger,
  type RNNTaggerConfig,
  saveRNNTagger,
} from "@tome/tome/models/rnn-tagger";
import { loadModel } from "@tome/tome/models";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/rnn_tagger.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { assertModel } from "../../../_support/model.ts";
import { inFolder } from "../../../_support/folder.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { assignRecords, fromFloat32, namesInFile } from "@tome/tome/checkpoint";
import { rnnTaggerCheckpoint } from "@tome/tome/models/rnn-tagger";

const TINY: RNNTaggerConfig = {
  vocabSize: 11,
  labels: ["O", "A", "B"],
  embedDim: 12,
  hiddenSize: 10,
};
const int = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32") as Tensor;
const batch = () => ({
  ids: int([[1, 2, 3, 4, 5], [6, 7, 8, 0, 0]]),
  mask: int([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
});
const labels = () => int([[0, 1, 2, 1, 0], [2, 0, 1, -100, -100]]);

const FORMS: Record<string, RNNTaggerConfig> = {
  "RNNTagger of LSTMs": TINY,
  "RNNTagger of two layers of GRUs": { ...TINY, cell: "gru", numLayers: 2 },
};
for (const [name, config] of Object.entries(FORMS)) {
  assertModel<RNNTagger>({
    name,
    make: () => new RNNTagger(config),
    forward: (model) => model.forward(batch()),
    outputShape: [2, 5, 3],
    loss: (model) => softmaxCrossEntropy(model.forward(batch()), labels()),
    async saveAndLoad(model, folder) {
      await saveRNNTagger(model, folder);
      const loaded = await loadModel(folder);
      assert.ok(loaded instanceof RNNTagger);
      return loaded;
    },
  });
}

for (const given of golden.cases) {
  testOnDevices(
    `RNNTagger of ${given.cell} cells is PyTorch's, also where rows are filled up`,
    async () => {
      using model = new RNNTagger({
        ...golden.sizes,
        labels: golden.labels,
        cell: given.cell as "lstm" | "gru",
      }).eval();
      const pairs = namesInFile(
        rnnTaggerCheckpoint,
        [...model.namedParameters()].map(([name]) => name),
      );
      const weights = given.weights as unknown as Record<
        string,
        { shape: number[]; values: number[] }
      >;
      assert.deepEqual(pairs.map(({ theirs }) => theirs).sort(), Object.keys(weights).sort());
      assignRecords(
        model.namedParameters(),
        pairs.map(({ ours, theirs }) => {
          const { shape, values } = weights[theirs]!;
          return fromFloat32(ours, shape, Float32Array.from(values));
        }),
      );
      const inputs = { ids: int(golden.ids), mask: int(golden.mask) };
      const kept = tf.expandDims(tf.cast(inputs.mask, "float32"), 2);
      await assertClose(tf.mul(model.forward(inputs), kept), given.logits); // PyTorch's are set to 0 where filled up
      const { value, grads } = tf.variableGrads(
        () => softmaxCrossEntropy(model.forward(inputs), int(golden.targets)),
        model.parameters(),
      );
      await assertClose(value, [given.loss]);
      const gradients = given.gradients as unknown as Record<string, number[]>;
      const theirs = new Map(pairs.map((pair) => [pair.ours, pair.theirs]));
      for (const [name, parameter] of model.namedParameters()) {
        await assertClose(grads[parameter.name]!, gradients[theirs.get(name)!]!, { atol: 1e-5 });
      }
    },
  );
}

testOnDevices("RNNTagger.forward() does not depend on how far a row is filled up", async () => {
  seed(3);
  using model = new RNNTagger(TINY).eval();
  const alone = model.forward({ ids: int([[6, 7, 8]]) });
  const filled = tf.slice(model.forward(batch()), [1, 0, 0], [1, 3, 3]);
  await assertClose(filled, alone);
});

Deno.test("RNNTagger refuses sizes that make none, and weights of other sizes", async () => {
  assert.throws(() => new RNNTagger({ ...TINY, labels: [] }), {
    message: /number of labels must be a positive integer: current value is 0/,
  });
  await inFolder(async (folder) => {
    using model = new RNNTagger(TINY);
    using other = new RNNTagger({ ...TINY, labels: ["O", "A", "C"] });
    await saveRNNTagger(model, `${folder}/model`, { tokenizerJson: "{}" });
    await assert.rejects(() => loadRNNTaggerWeights(other, `${folder}/model`), {
      message: /must have labels O A B: current model has labels O A C/,
    });
    await loadRNNTaggerWeights(model, `${folder}/model`);
    const path = `${folder}/model/config.json`;
    const config = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, JSON.stringify({ ...config, cell: "qrnn" }));
    await assert.rejects(() => loadRNNTagger(`${folder}/model`), {
      message: /cell must be one of lstm, gru, tanh, relu: current value is qrnn/,
    });
  });
});

Deno.test("RNN_TAGGER_PRESETS have the numbers of parameters of their formulas", () => {
  for (const preset of Object.values(RNN_TAGGER_PRESETS)) {
    using model = new RNNTagger({ ...preset, vocabSize: 50, labels: ["O", "B"] });
    const { embedDim: E, hiddenSize: H } = preset;
    assert.equal(model.numParameters(), 50 * E + 8 * H * (E + H + 2) + 4 * H + 2);
  }
});
