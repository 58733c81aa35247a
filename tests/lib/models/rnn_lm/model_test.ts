import assert from "node:assert/strict";
import { assignRecords, fromFloat32, namesInFile } from "@tome/tome/checkpoint";
import { generate } from "@tome/tome/generate";
import {
  loadRNNLM,
  loadRNNLMWeights,
  RNN_LM_PRESETS,
  RNNLM,
  rnnLMCheckpoint,
  type RNNLMConfig,
  saveRNNLM,
} from "@tome/tome/models/rnn-lm";
import { KVCache } from "@tome/tome/nn";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/rnn_lm.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: RNNLMConfig = { vocabSize: 11, embedDim: 16, hiddenSize: 16, numLayers: 2 };

const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const batch = () => ids([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]);
const targets = () => ids([[2, 3, 4, 5, 6], [7, 8, 9, 10, 0]]);

const FORMS: Record<string, RNNLMConfig> = {
  "RNNLM of LSTMs": TINY,
  "RNNLM of GRUs, tied": { ...TINY, cell: "gru", tied: true },
  "RNNLM of one plain layer": { ...TINY, cell: "tanh", numLayers: 1 },
  "RNNLM of one-hot tokens in Keras' form": { vocabSize: 11, hiddenSize: 24, style: "keras" },
};

for (const [name, config] of Object.entries(FORMS)) {
  assertModel<RNNLM>({
    name,
    make: () => new RNNLM(config),
    forward: (model) => model.forward(batch()),
    outputShape: [2, 5, 11],
    loss: (model) => softmaxCrossEntropy(model.forward(batch()), targets()),
    async saveAndLoad(model, folder) {
      await saveRNNLM(model, folder);
      return loadRNNLM(folder);
    },
  });
}

for (const given of golden.cases) {
  const { cell, tied } = given;
  testOnDevices(`RNNLM of ${cell} cells, ${tied ? "tied" : "untied"}, is PyTorch's`, async () => {
    using model = new RNNLM({ ...golden.sizes, cell: cell as "lstm" | "gru", tied }).eval();
    const pairs = namesInFile(rnnLMCheckpoint, [...model.namedParameters()].map(([name]) => name));
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
    await assertClose(model.forward(ids(golden.ids)), given.logits);
    const { value, grads } = tf.variableGrads(
      () => softmaxCrossEntropy(model.forward(ids(golden.ids)), ids(golden.targets)),
      model.parameters(),
    );
    await assertClose(value, [given.loss]);
    const gradients = given.gradients as unknown as Record<string, number[]>;
    const theirs = new Map(pairs.map((pair) => [pair.ours, pair.theirs]));
    for (const [name, parameter] of model.namedParameters()) {
      await assertClose(grads[parameter.name]!, gradients[theirs.get(name)!]!, { atol: 1e-5 });
    }
    tf.dispose([value, grads]);
    for (const useCache of [true, false]) {
      const [written] = await generate(model, given.greedy.slice(0, 3), {
        maxNewTokens: 8,
        useCache,
      });
      assert.deepEqual(written!.ids, given.greedy);
    }
  });
}

testOnDevices("RNNLM.forward() gives the same logits token by token, with a cache", async () => {
  seed(3);
  using model = new RNNLM(TINY).eval();
  using cache = new KVCache();
  const all = model.forward(ids([[1, 2, 3, 4, 5]]));
  const parts = [[[1, 2]], [[3]], [[4, 5]]].map((rows) => model.forward(ids(rows), { cache }));
  await assertClose(tf.concat(parts as tf.Tensor3D[], 1) as Tensor, all);
  const last = model.forward(batch(), { lastOnly: true });
  await assertClose(last, tf.slice(model.forward(batch()), [0, 4, 0], [2, 1, 11]));
});

testOnDevices("RNNLM writes by beams, and rows of which some end, as without a cache", async () => {
  seed(4);
  using model = new RNNLM({ ...TINY, cell: "gru" });
  tf.tidy(() => model.head!.weight.assign(tf.mul(model.head!.weight, 20)));
  const prompts = [[1, 2], [3, 4], [5, 6]];
  for (
    const options of [{ numBeams: 3, eosTokenId: 4 }, {
      eosTokenId: [2, 7],
      temperature: 1,
      seed: 1,
    }]
  ) {
    const [kept, anew] = await Promise.all(
      [true, false].map((useCache) =>
        generate(model, prompts, { maxNewTokens: 6, useCache, ...options })
      ),
    );
    assert.deepEqual(kept!.map(({ ids }) => ids), anew!.map(({ ids }) => ids));
  }
  assert.ok(model.training);
});

testOnDevices("RNNLM drops in training only", async () => {
  seed(4);
  using model = new RNNLM({ ...TINY, dropout: 0.5 });
  const twice = () => tf.sum(tf.abs(tf.sub(model.forward(batch()), model.forward(batch()))));
  assert.ok((await twice().data())[0]! > 1e-3);
  model.eval();
  assert.equal((await twice().data())[0], 0);
});

Deno.test("RNNLM refuses sizes that do not fit together, and weights of another cell", async () => {
  assert.throws(() => new RNNLM({ ...TINY, tied: true, embedDim: 8 }), {
    message: /embedDim must be hiddenSize, 16: current embedDim is 8/,
  });
  assert.throws(() => new RNNLM({ ...TINY, vocabSize: 0 }), {
    message: /vocabSize must be a positive integer: current value is 0/,
  });
  const folder = await Deno.makeTempDir();
  try {
    using model = new RNNLM({ ...TINY, cell: "tanh" });
    using other = new RNNLM({ ...TINY, cell: "relu" });
    await saveRNNLM(model, `${folder}/model`);
    await assert.rejects(() => loadRNNLMWeights(other, `${folder}/model`), {
      message: /cell must be tanh: current cell is relu/,
    });
    await loadRNNLMWeights(model, `${folder}/model`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("RNN_LM_PRESETS have the numbers of parameters of their sources", () => {
  using keras = new RNNLM({ ...RNN_LM_PRESETS["keras-lstm"], vocabSize: 28 });
  assert.equal(keras.numParameters(), 83_996); // Keras' LSTM(128) and Dense(28)
  const { vocabSize: V, embedDim: E, hiddenSize: H } = RNN_LM_PRESETS["word_language_model"];
  const layer = 4 * H * (E! + H) + 8 * H;
  assert.equal(V * E! + 2 * layer + H * V + V, 13_987_678);
  assert.deepEqual(
    rnnLMCheckpoint.config(rnnLMCheckpoint.configJson({ ...TINY, cell: "relu" })),
    { ...TINY, cell: "relu", dropout: 0, tied: false, style: "torch" },
  );
});
