import assert from "node:assert/strict";
import {
  CrossAttention,
  Dropout,
  Embedding,
  LayerNorm,
  LearnedPositions,
  Linear,
  MLP,
  Module,
  RMSNorm,
  SelfAttention,
  Sequential,
  summary,
  SwiGLU,
} from "@tome/tome/nn";
import { gelu } from "@tome/tome/ops";
import { memory, randomNormal, seed, type Tensor, tidy } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

testOnDevices("Linear.forward() is an affine map of the last axis", async () => {
  using layer = new Linear(2, 3);
  layer.weight.assign(tf.tensor2d([[1, 2], [3, 4], [5, 6]]));
  layer.bias!.assign(tf.tensor1d([0.5, 0, -1]));
  const y = layer.forward(tf.tensor3d([[[1, 1], [0, 2]]]));
  assert.deepEqual(y.shape, [1, 2, 3]);
  await assertClose(y, [3.5, 7, 10, 4.5, 8, 11]);
  assert.throws(() => layer.forward(tf.ones([2, 3])), {
    name: "ShapeError",
    message: /last axis of x must be 2: current shape is \[2,3\]/,
  });
});

testOnDevices("Embedding.forward() gives the rows that ids name", async () => {
  using layer = new Embedding(4, 2);
  layer.weight.assign(tf.tensor2d([[0, 1], [2, 3], [4, 5], [6, 7]]));
  await assertClose(layer.forward(tf.tensor2d([[3, 0]], [1, 2], "int32")), [6, 7, 0, 1]);
  assert.throws(() => layer.forward(tf.ones([2])), { name: "TypeError", message: /must be int32/ });
});

testOnDevices("LayerNorm and RMSNorm give unit variance and unit mean square", async () => {
  using layer = new LayerNorm(4), rms = new RMSNorm(2, { eps: 0 });
  const y = layer.forward(tf.tensor2d([[1, 2, 3, 4]]));
  const [a, b] = [1.3416354, 0.4472118];
  await assertClose(y, [-a, -b, b, a]);
  await assertClose(rms.forward(tf.tensor2d([[3, 4]])), [0.848528, 1.131371]); // 3/√12.5, 4/√12.5
});

testOnDevices("Dropout keeps the mean, and does nothing in use", async () => {
  seed(1);
  const layer = new Dropout(0.25);
  const x = tf.ones([4000]);
  const y = await layer.forward(x).data();
  const zeros = y.filter((v) => v === 0).length / y.length;
  assert.ok(Math.abs(zeros - 0.25) < 0.03, `${zeros} are 0`);
  assert.ok(y.every((v) => v === 0 || Math.abs(v - 4 / 3) < 1e-6));
  assert.equal(layer.eval().forward(x), x);
  assert.throws(() => new Dropout(1), { name: "RangeError" });
});

testOnDevices(
  "Dropout drops the same elements on every device, and again in the gradient",
  async () => {
    seed(7);
    const layer = new Dropout(0.5);
    const kept = tidy(() => layer.forward(tf.ones([16])));
    await assertClose(kept, [2, 0, 2, 0, 2, 2, 2, 0, 2, 0, 0, 0, 2, 2, 0, 0]);
    seed(7);
    await assertClose(tf.grad((x: Tensor) => layer.forward(x))(tf.ones([16])), kept);
  },
);

testOnDevices(
  "SelfAttention equals itself token by token, with rotary positions and shared keys",
  async () => {
    seed(2);
    using layer = new SelfAttention({
      embedDim: 8,
      numHeads: 4,
      numKeyHeads: 2,
      rotary: {},
    });
    const { KVCache } = await import("@tome/tome/nn");
    using cache = new KVCache();
    const x = randomNormal([2, 5, 8]);
    const all = layer.forward(x);
    const past = { cache, layer: 0 };
    const parts = [0, 1, 2, 3, 4].map((t) =>
      layer.forward(tf.slice(x, [0, t, 0], [2, 1, 8]), { past })
    );
    await assertClose(tf.concat(parts, 1), all);
    cache.select([1, 1]);
    assert.equal(cache.length, 5);
  },
);

testOnDevices("SelfAttention hides what its mask hides", async () => {
  seed(3);
  using layer = new SelfAttention({ embedDim: 4, numHeads: 2, causal: false });
  const x = randomNormal([1, 3, 4]);
  const mask = tf.tensor1d([0, 0, -1e9]);
  const y = layer.forward(x, { mask });
  const changed = tf.concat([tf.slice(x, [0, 0, 0], [1, 2, 4]), tf.ones([1, 1, 4])], 1);
  const z = layer.forward(changed, { mask });
  const two = (t: Tensor) => tf.slice(t, [0, 0, 0], [1, 2, 4]);
  await assertClose(two(y), two(z));
});

testOnDevices("CrossAttention gathers from the other sequence, and has a gradient", async () => {
  seed(4);
  using layer = new CrossAttention({ embedDim: 4, numHeads: 2 });
  for (const p of layer.parameters()) p.assign(randomNormal(p.shape, 0, 0.5));
  const [x, memory] = [randomNormal([1, 2, 4]), randomNormal([1, 3, 4])];
  assert.deepEqual(layer.forward(x, memory).shape, [1, 2, 4]);
  await assertGradient((a, b) => layer.forward(a!, b!), [x, memory]);
});

testOnDevices("MLP and SwiGLU have gradients", async () => {
  seed(5);
  for (const layer of [new MLP(3), new SwiGLU(3)]) {
    for (const p of layer.parameters()) p.assign(randomNormal(p.shape, 0, 0.5));
    await assertGradient((x) => layer.forward(x!), [randomNormal([2, 3])]);
    layer[Symbol.dispose]();
  }
});

testOnDevices("Sequential passes through layers and functions, and names their parameters", () => {
  using model = new Sequential(new Linear(3, 4), (x) => gelu(x), new Linear(4, 2));
  assert.deepEqual(model.forward(tf.ones([5, 3])).shape, [5, 2]);
  assert.deepEqual([...model.namedParameters()].map(([name]) => name), [
    "layers.0.weight",
    "layers.0.bias",
    "layers.2.weight",
    "layers.2.bias",
  ]);
});

testOnDevices("Module counts a tied weight once, and frees all of them", () => {
  class Tied extends Module {
    readonly a = new Linear(2, 2, { bias: false });
    readonly b = this.a.weight;
    readonly list = [new Linear(2, 1)];
  }
  const before = memory().numTensors;
  const model = new Tied();
  assert.deepEqual([...model.namedParameters()].map(([name]) => name), [
    "a.weight",
    "list.0.weight",
    "list.0.bias",
  ]);
  assert.equal(model.numParameters(), 7);
  model.eval();
  assert.ok([...model.namedModules()].every(([, module]) => !module.training));
  model[Symbol.dispose]();
  assert.equal(memory().numTensors, before);
}, ["wasm"]);

testOnDevices("LearnedPositions adds the vectors of the positions from start on", async () => {
  using layer = new LearnedPositions(4, 2);
  layer.weight.assign(tf.tensor2d([[0, 1], [2, 3], [4, 5], [6, 7]]));
  await assertClose(layer.forward(tf.zeros([1, 2, 2]), 2), [4, 5, 6, 7]);
  assert.throws(() => layer.forward(tf.zeros([1, 3, 2]), 2), /Cannot place 5 tokens/);
});

testOnDevices("summary() lists modules, shapes, parameters, bytes and cost", () => {
  using model = new Sequential(new Linear(3, 4), new Linear(4, 2, { bias: false }));
  const table = summary(model);
  assert.deepEqual(
    table.rows.map((
      { path, parameters, bytes, flopsPerToken },
    ) => [path, parameters, bytes, flopsPerToken]),
    [["", 24, 96, 40], ["layers.0", 16, 64, 24], ["layers.1", 8, 32, 16]],
  );
  assert.match(table.toString(), /layers\.0 {2}Linear +weight \[4, 3\] {2}bias \[4\] +16 +64 +24/);
}, ["cpu"]);
