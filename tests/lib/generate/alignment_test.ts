import assert from "node:assert/strict";
import { alignTokens } from "@tome/tome/generate";
import { RNNSeq2Seq } from "@tome/tome/models/rnn-seq2seq";
import { Transformer } from "@tome/tome/models/transformer";
import { seed } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

const SIZES = { vocabSize: 12, embedDim: 8, startId: 1, endId: 2 };
const transformer = () =>
  new Transformer({ ...SIZES, contextLength: 8, numHeads: 2, numLayers: 2, dropout: 0.5 });
const recurrent = (attention: "additive" | "none") =>
  new RNNSeq2Seq({ ...SIZES, sourceVocabSize: 12, hiddenSize: 8, attention, dropout: 0.5 });

testOnDevices("alignTokens() gives a row of shares for each token that was written", async () => {
  seed(1);
  using transformerModel = transformer();
  using recurrentModel = recurrent("additive");
  for (const model of [transformerModel, recurrentModel]) {
    model.train();
    const before = tf.memory().numTensors;
    const { weights, layers } = await alignTokens(model, [4, 5, 6, 2], [7, 8, 2]);
    assert.equal(tf.memory().numTensors, before);
    assert.ok(model.training, "a model in training stays so");
    assert.equal(layers.length, model === transformerModel ? 2 : 1);
    assert.deepEqual([weights.length, weights[0]!.length], [3, 4]);
    for (const row of weights) {
      assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-5);
      assert.ok(row.every((w) => w > 0));
    }
    // a token is predicted before it is read: the last one changes nothing, the first one what follows
    const last = await alignTokens(model, [4, 5, 6, 2], [7, 8, 9]);
    assert.deepEqual(last.weights, weights);
    const first = await alignTokens(model, [4, 5, 6, 2], [9, 8, 2]);
    assert.deepEqual(first.weights[0], weights[0]);
    assert.notDeepEqual(first.weights[1], weights[1]);
  }
  const { weights, layers } = await alignTokens(transformerModel, [4, 5], [7], 0);
  const [one, other] = [layers[0]!.values[0]!, layers[0]!.values[2]!]; // heads of the first layer
  assert.ok(Math.abs(weights[0]![0]! - (one + other) / 2) < 1e-6);
});

Deno.test("alignTokens() refuses models without attention, and texts without tokens", async () => {
  using model = recurrent("none");
  await assert.rejects(() => alignTokens(model, [4], [5]), {
    name: "RangeError",
    message: /must have a layer -1 that looks at the source: current number of them is 0/,
  });
  await assert.rejects(() => alignTokens(model, [], [5]), {
    message: /current lengths are 0 and 1/,
  });
});
