import assert from "node:assert/strict";
import { GPT } from "@tome/tome/models/gpt";
import {
  type AttentionWeights,
  captureAttention,
  CrossAttention,
  Module,
  SelfAttention,
  tokenLosses,
} from "@tome/tome/nn";
import { attention, softmaxCrossEntropyRows } from "@tome/tome/ops";
import { memory, randomNormal, seed, type Tensor, tidy } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const TINY = { vocabSize: 11, contextLength: 8, numLayers: 2, numHeads: 2, embedDim: 8 };

/** Fails unless each looking token spreads a weight of 1. */
function assertRowsSumToOne({ shape, values }: AttentionWeights): void {
  const S = shape[3];
  assert.equal(values.length, shape.reduce((a, b) => a * b));
  for (let start = 0; start < values.length; start += S) {
    const sum = values.subarray(start, start + S).reduce((a, b) => a + b);
    assert.ok(Math.abs(sum - 1) < 1e-4, `a row sums to ${sum}`);
  }
}

class Decoder extends Module {
  readonly self = new SelfAttention({ embedDim: 8, numHeads: 4, numKeyHeads: 2, dropout: 0.5 });
  readonly cross = new CrossAttention({ embedDim: 8, numHeads: 2, dropout: 0.5 });
  forward(x: Tensor, memory: Tensor): Tensor {
    return tidy(() => this.cross.forward(this.self.forward(x), memory));
  }
}

testOnDevices(
  "captureAttention() gives the weights of every layer of a GPT, and leaks nothing",
  async () => {
    seed(1);
    using model = new GPT({ ...TINY, dropout: 0 }).eval();
    const ids = tf.tensor2d([[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]], [2, 5], "int32");
    const before = memory();
    const layers = await captureAttention(model, () => model.forward(ids));
    assert.equal(memory().numTensors, before.numTensors);
    assert.equal(memory().numDataBuffers, before.numDataBuffers);
    assert.deepEqual(layers.map(({ path }) => path), ["blocks.0.attn", "blocks.1.attn"]);
    for (const layer of layers) {
      assert.deepEqual(layer.shape, [2, 2, 5, 5]);
      assert.equal(layer.kind, "self");
      assertRowsSumToOne(layer);
      for (let row = 0; row < 2 * 2 * 5; row++) {
        for (let s = row % 5 + 1; s < 5; s++) {
          assert.equal(
            layer.values[row * 5 + s],
            0,
            "the future",
          );
        }
      }
    }
    assert.ok([...model.namedModules()].every(([, m]) => !("onWeights" in m) || !m.onWeights));
  },
);

testOnDevices(
  "captureAttention() reads cross attention before dropout, through a tidy, beside a hook",
  async () => {
    seed(1);
    using model = new Decoder();
    let calls = 0;
    const own = () => void calls++;
    model.cross.onWeights = own;
    const [x, memory] = [randomNormal([1, 3, 8]), randomNormal([1, 5, 8])];
    const layers = await captureAttention(model, () => model.forward(x, memory));
    assert.deepEqual(layers.map(({ path, kind, shape }) => [path, kind, shape]), [
      ["self", "self", [1, 4, 3, 3]],
      ["cross", "cross", [1, 2, 3, 5]],
    ]);
    layers.forEach(assertRowsSumToOne);
    assert.equal(calls, 1);
    assert.equal(model.cross.onWeights, own);
  },
);

testOnDevices(
  "captureAttention() takes its hooks off and frees the weights where the run fails",
  async () => {
    seed(1);
    using model = new GPT({ ...TINY, dropout: 0 });
    const ids = tf.tensor2d([[1, 2]], [1, 2], "int32");
    const before = memory().numTensors;
    const failing = () => {
      model.forward(ids);
      throw new Error("half way");
    };
    await assert.rejects(captureAttention(model, failing), { message: "half way" });
    await assert.rejects(captureAttention(model, () => Promise.resolve()), {
      name: "TypeError",
      message: /must be synchronous/,
    });
    assert.equal(memory().numTensors, before);
    assert.equal(model.blocks[0]!.attn.onWeights, undefined);
  },
);

testOnDevices(
  "attention() is the same with a hook on its weights, which give it back",
  async () => {
    seed(1);
    const [q, k, v] = [
      randomNormal([1, 2, 3, 4]),
      randomNormal([1, 2, 5, 4]),
      randomNormal([1, 2, 5, 4]),
    ];
    let weights: Tensor | undefined;
    const y = attention(q, k, v, { onWeights: (w) => weights = w });
    await assertClose(y, attention(q, k, v), { rtol: 0, atol: 0 });
    await assertClose(tf.matMul(weights!, v), y);
  },
);

testOnDevices("tokenLosses() gives the loss of each token, with dropout off", async () => {
  seed(1);
  using model = new GPT({ ...TINY, dropout: 0.5 });
  const losses = await tokenLosses(model, [1, 2, 3, 4]);
  assert.equal(model.training && model.blocks[1]!.drop.training, true);
  model.eval();
  const logits = model.forward(tf.tensor2d([[1, 2, 3]], [1, 3], "int32"));
  const expected = softmaxCrossEntropyRows(logits, tf.tensor2d([[2, 3, 4]], [1, 3], "int32"));
  assert.ok(Number.isNaN(losses[0]));
  await assertClose(losses.subarray(1), await expected.data());
  assert.deepEqual(await tokenLosses(model, [7]), new Float32Array([NaN]));
  await assert.rejects(tokenLosses(model, []), { name: "RangeError", message: /1 to 8 tokens/ });
  await assert.rejects(tokenLosses(model, new Int32Array(9)), { name: "RangeError" });
});
