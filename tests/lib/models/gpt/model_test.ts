import assert from "node:assert/strict";
import { GPT, GPT_PRESETS, type GPTConfig, loadGPT, saveGPT } from "@tome/tome/models/gpt";
import { KVCache } from "@tome/tome/nn";
import { linear, softmaxCrossEntropy } from "@tome/tome/ops";
import { memory, resetPeak, seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: GPTConfig = {
  vocabSize: 11,
  contextLength: 8,
  numLayers: 2,
  numHeads: 2,
  embedDim: 16,
  dropout: 0,
};

const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const batch = () => ids([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]);
const targets = () => ids([[2, 3, 4, 5, 6], [7, 8, 9, 10, 0]]);

for (const bias of [true, false]) {
  assertModel<GPT>({
    name: bias ? "GPT" : "GPT without biases",
    make: () => new GPT({ ...TINY, bias }),
    forward: (model) => model.forward(batch()),
    outputShape: [2, 5, 11],
    loss: (model) => softmaxCrossEntropy(model.forward(batch()), targets()),
    async saveAndLoad(model, folder) {
      await saveGPT(model, folder);
      return loadGPT(folder);
    },
  });
}

testOnDevices("GPT.forward() does not look at later tokens", async () => {
  seed(2);
  using model = new GPT(TINY);
  const first3 = (row: number[]) => tf.slice(model.forward(ids([row])), [0, 0, 0], [1, 3, 11]);
  await assertClose(first3([1, 2, 3, 4]), first3([1, 2, 3, 9]), { rtol: 0, atol: 1e-6 });
});

testOnDevices("GPT.forward() gives the same logits token by token, with a cache", async () => {
  seed(3);
  using model = new GPT(TINY).eval();
  using cache = new KVCache();
  const all = model.forward(ids([[1, 2, 3, 4, 5]]));
  const parts = [[[1, 2]], [[3]], [[4, 5]]].map((rows) => model.forward(ids(rows), { cache }));
  assert.equal(cache.length, 5);
  await assertClose(tf.concat(parts as tf.Tensor3D[], 1) as Tensor, all);
});

testOnDevices("GPT.forward() gives the last logits alone, if only those are wanted", async () => {
  seed(3);
  using model = new GPT(TINY).eval();
  const last = model.forward(batch(), { lastOnly: true });
  await assertClose(last, tf.slice(model.forward(batch()), [0, 4, 0], [2, 1, 11]));
});

testOnDevices("GPT drops in training only", async () => {
  seed(4);
  using model = new GPT({ ...TINY, dropout: 0.5 });
  const different = await tf.sum(tf.abs(tf.sub(model.forward(batch()), model.forward(batch()))))
    .data();
  assert.ok(different[0]! > 1e-3);
  model.eval();
  await assertClose(model.forward(batch()), model.forward(batch()), { rtol: 0, atol: 0 });
});

Deno.test("GPT_PRESETS have the published numbers of parameters", () => {
  // a parameter's size, without allocating it: embeddings, 12 C² + 13 C a block, the last norm
  const count = (
    { vocabSize: V, contextLength: T, numLayers: L, embedDim: C, bias = true }: GPTConfig,
  ) => V * C + T * C + L * (12 * C * C + (bias ? 13 : 2) * C) + (bias ? 2 : 1) * C;
  assert.equal(count(GPT_PRESETS["gpt2"]), 124_439_808);
  assert.equal(count(GPT_PRESETS["gpt2-medium"]), 354_823_168);
  assert.equal(count(GPT_PRESETS["gpt2-large"]), 774_030_080);
  assert.equal(count(GPT_PRESETS["gpt2-xl"]), 1_557_611_200);
  assert.equal(count(GPT_PRESETS["nanogpt-shakespeare-char"]) - 256 * 384, 10_646_784); // "10.65M"
});

testOnDevices("GPT.numParameters() counts each parameter once", () => {
  using model = new GPT(GPT_PRESETS["nanogpt-cpu"]);
  assert.equal(model.numParameters(), 804_096);
}, ["wasm"]);

testOnDevices("GPT.forward() refuses more tokens than its context, and wrong ranks", () => {
  using model = new GPT(TINY);
  assert.throws(() => model.forward(ids([[1, 2, 3, 4, 5, 6, 7, 8, 9]])), {
    name: "RangeError",
    message: /Cannot place 9 tokens as there are 8 positions/,
  });
  assert.throws(() => model.forward(tf.tensor1d([1, 2], "int32")), { name: "ShapeError" });
}, ["cpu"]);

Deno.test("GPT refuses sizes that do not fit together", () => {
  assert.throws(() => new GPT({ ...TINY, numHeads: 3 }), {
    name: "RangeError",
    message: /embedDim must be a multiple of numHeads/,
  });
  assert.throws(() => new GPT({ ...TINY, numLayers: 0 }), {
    message: /numLayers must be a positive integer: current value is 0/,
  });
});

testOnDevices(
  "GPT.forward() is its blocks one after another, between the embedding and the norm",
  async () => {
    seed(4);
    using model = new GPT(TINY).eval();
    let x = model.positions.forward(model.tokens.forward(batch()));
    for (const block of model.blocks) x = block.forward(x);
    const logits = linear(model.norm.forward(x), model.tokens.weight);
    await assertClose(model.forward(batch()), logits, { rtol: 1e-5, atol: 1e-6 });
  },
);

testOnDevices("GPT.halfActivations keeps half, and changes gradients by a thousandth", async () => {
  seed(5);
  using model = new GPT({ ...TINY, numLayers: 6, dropout: 0.2 });
  const ids = tf.randomUniform([32, TINY.contextLength], 0, TINY.vocabSize, "int32", 7);
  const measure = async (half: boolean, again = false) => {
    seed(6);
    Object.assign(model, { halfActivations: half, gradientCheckpointing: again });
    const start = memory().numBytes;
    let bytes = 0;
    resetPeak();
    const { value, grads } = tf.variableGrads(() => {
      const loss = tf.tidy(() => tf.sum(tf.square(model.forward(ids))) as tf.Scalar);
      bytes = memory().numBytes - start; // what waits for the way back
      return loss;
    }, model.parameters());
    const peak = memory().bytesPeak - start;
    const all = await Promise.all(Object.values(grads).map((gradient) => gradient.data()));
    const [loss] = await value.data();
    tf.dispose([value, grads]);
    return { bytes, peak, loss, grads: all };
  };
  const plain = await measure(false);
  for (const again of [false, true]) {
    const [full, half] = [await measure(false, again), await measure(true, again)];
    assert.equal(half.loss, plain.loss); // the way forward is the same
    for (const [k, gradient] of plain.grads.entries()) {
      let [error, size] = [0, 0];
      for (const [i, value] of gradient.entries()) {
        error += (value - half.grads[k]![i]!) ** 2;
        size += value ** 2;
      }
      assert.ok(Math.sqrt(error / size) < 3e-3, `${Math.sqrt(error / size)} of gradient ${k}`);
    }
    assert.ok(half.bytes < full.bytes, `${half.bytes} of ${full.bytes} bytes`);
    if (!again) {
      assert.ok(half.bytes < 0.7 * full.bytes, `${half.bytes} of ${full.bytes} bytes`);
      assert.ok(half.peak < 0.8 * full.peak, `${half.peak} of ${full.peak} bytes at the peak`);
    }
  }
});

testOnDevices("GPT.gradientCheckpointing keeps less and changes no gradient", async () => {
  seed(5);
  using model = new GPT({ ...TINY, numLayers: 3, dropout: 0.2 });
  const measure = (again: boolean) => {
    seed(6);
    model.gradientCheckpointing = again;
    const start = memory().numBytes;
    let bytes = 0;
    const { value, grads } = tf.variableGrads(() => {
      const loss = tf.tidy(() => tf.sum(tf.square(model.forward(batch()))) as tf.Scalar);
      bytes = memory().numBytes - start; // what waits for the way back
      return loss;
    }, model.parameters());
    return { bytes, value, grads };
  };
  const [plain, again] = [measure(false), measure(true)];
  await assertClose(again.value, plain.value);
  for (const [name, gradient] of Object.entries(plain.grads)) {
    await assertClose(again.grads[name]!, gradient);
  }
  assert.ok(again.bytes < plain.bytes / 2, `${again.bytes} of ${plain.bytes} bytes`);
  tf.dispose([plain.value, plain.grads, again.value, again.grads]);
});
