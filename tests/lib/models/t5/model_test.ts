import assert from "node:assert/strict";
import { generateSeq2Seq } from "@tome/tome/generate";
import { loadModel } from "@tome/tome";
import { loadT5, loadT5Weights, saveT5, T5, T5_PRESETS, type T5Config } from "@tome/tome/models/t5";
import { captureAttention, KVCache, type Seq2SeqLM } from "@tome/tome/nn";
import { memory, seed } from "@tome/tome/tensor";
import { seq2seqLoss } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: T5Config = {
  vocabSize: 11,
  embedDim: 8,
  numLayers: 2,
  decoderLayers: 1,
  numHeads: 2,
  headDim: 6,
  hiddenDim: 16,
  dropout: 0,
  numBuckets: 4, // so that five tokens reach every bucket
  maxDistance: 4,
};

const int = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const batch = () => ({
  ids: int([[2, 3, 4, 5, 1], [6, 7, 1, 0, 0]]),
  mask: int([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
  decoderIds: int([[0, 5, 4, 3], [0, 7, 6, 8]]),
  labels: int([[5, 4, 3, 1], [7, 6, 8, 1]]),
});

for (
  const [name, options] of [
    ["T5", {}],
    ["T5 v1.1", { network: "gated-gelu", tied: false }],
  ] as const
) {
  assertModel<T5>({
    name,
    make: () => new T5({ ...TINY, ...options }),
    forward: (model) => model.forward(batch()),
    outputShape: [2, 4, 11],
    loss: (model) => seq2seqLoss(model, batch()),
    async saveAndLoad(model, folder) {
      await saveT5(model, folder);
      return await loadT5(folder);
    },
  });
}

testOnDevices(
  "T5.decode() does not look at later tokens, nor at filled places of the source",
  async () => {
    seed(2);
    using model = new T5(TINY).eval();
    const { mask, decoderIds } = batch();
    const logits = (ids: number[][], targets: number[][]) =>
      model.forward({ ids: int(ids), mask, decoderIds: int(targets) });
    const expected = model.forward({ ...batch(), decoderIds });
    const other = logits([[2, 3, 4, 5, 1], [6, 7, 1, 9, 9]], [[0, 5, 4, 9], [0, 7, 6, 2]]);
    const first3 = (x: tf.Tensor) => tf.slice(x, [0, 0, 0], [2, 3, 11]);
    await assertClose(first3(other), first3(expected), { rtol: 0, atol: 1e-5 });
  },
);

testOnDevices("T5.decode() gives the same logits token by token, with a cache", async () => {
  seed(3);
  using model = new T5(TINY).eval();
  const { mask, decoderIds } = batch();
  const source = model.encode(batch());
  const all = model.decode(decoderIds, source, { mask });
  for (const capacity of [2, 9]) { // smaller than what it will hold, and larger
    using cache = new KVCache({ capacity });
    const parts = [[0, 2], [2, 1], [3, 1]].map(([start, length]) =>
      model.decode(tf.slice(decoderIds, [0, start!], [2, length!]), source, { mask, cache })
    );
    assert.equal(cache.length, 4);
    await assertClose(tf.concat(parts as tf.Tensor3D[], 1) as tf.Tensor, all, { atol: 1e-4 });
  }
});

testOnDevices(
  "T5's attention is captured as that of its own sequence and of the source",
  async () => {
    seed(3);
    using model = new T5(TINY).eval();
    const taken = await captureAttention(model, () => model.forward(batch()));
    assert.deepEqual(taken.map(({ path, kind, shape }) => [path, kind, ...shape]), [
      ["encoder.blocks.0.attn", "self", 2, 2, 5, 5],
      ["encoder.blocks.1.attn", "self", 2, 2, 5, 5],
      ["decoder.blocks.0.attn", "self", 2, 2, 4, 4],
      ["decoder.blocks.0.cross", "cross", 2, 2, 4, 5],
    ]);
  },
);

testOnDevices("T5 writes and leaves no tensor behind, whatever the rows do", async () => {
  seed(5);
  using model = new T5(TINY);
  const before = memory().numTensors;
  for (const options of [{ numBeams: 3 }, { doSample: true, seed: 1, numReturnSequences: 2 }, {}]) {
    await generateSeq2Seq(model, [[2, 3, 1], [4, 1]], { maxNewTokens: 5, ...options });
  }
  assert.equal(memory().numTensors, before);
  assert.ok(model.training, "the model is in the mode that it was in");
});

Deno.test("T5_PRESETS have the published numbers of parameters", () => {
  const count = (c: T5Config) => {
    const { embedDim: C, hiddenDim: F, numLayers: L, numHeads: H, headDim: D = 64 } = c;
    const attention = 4 * C * H * D;
    const network = (c.network === "gated-gelu" ? 3 : 2) * C * F;
    const blocks = L * (attention + network + 2 * C) + L * (2 * attention + network + 3 * C);
    return c.vocabSize * C * (c.tied === false ? 2 : 1) + blocks + 2 * C + 2 * 32 * H;
  };
  assert.equal(count(T5_PRESETS["t5-small"]), 60_506_624);
  assert.equal(count(T5_PRESETS["t5-base"]), 222_903_552);
  assert.equal(count(T5_PRESETS["t5-large"]), 737_668_096);
  assert.equal(count(T5_PRESETS["flan-t5-small"]), 76_961_152);
  assert.equal(count(T5_PRESETS["flan-t5-base"]), 247_577_856);
  assert.equal(count(T5_PRESETS["flan-t5-large"]), 783_150_080);
});

testOnDevices("T5.numParameters() is what the sizes say", () => {
  using model = new T5(TINY);
  const attention = 4 * 8 * 12, network = 2 * 8 * 16;
  const blocks = 2 * (attention + network + 16) + 2 * attention + network + 24;
  assert.equal(model.numParameters(), 11 * 8 + blocks + 16 + 2 * 4 * 2);
}, ["cpu"]);

testOnDevices("loadModel() finds a T5, and loadT5Weights() refuses another's weights", async () => {
  seed(6);
  const folder = await Deno.makeTempDir();
  try {
    using model = new T5(TINY).eval();
    await saveT5(model, `${folder}/model`);
    using same = await loadModel(`${folder}/model`, { task: "seq2seq-lm" });
    const logits = (m: Seq2SeqLM) => m.decode(int([[0, 3]]), m.encode({ ids: int([[2, 1]]) }));
    await assertClose(logits(same), logits(model), { rtol: 0, atol: 0 });
    using longer = new T5({ ...TINY, maxDistance: 9 });
    await assert.rejects(() => loadT5Weights(longer, `${folder}/model`), {
      name: "CheckpointError",
      message: /the model must have maxDistance 4: current model has maxDistance 9/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, ["cpu"]);

Deno.test("T5 refuses sizes that are none", () => {
  assert.throws(() => new T5({ ...TINY, numLayers: 0 }), {
    name: "RangeError",
    message: /numLayers must be a positive integer: current value is 0/,
  });
});
