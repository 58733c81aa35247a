import assert from "node:assert/strict";
import { assignRecords, fromFloat32, namesInFile } from "@tome/tome/checkpoint";
import { generateSeq2Seq } from "@tome/tome/generate";
import {
  loadRNNSeq2Seq,
  RNN_SEQ2SEQ_PRESETS,
  RNNSeq2Seq,
  rnnSeq2SeqCheckpoint,
  type RNNSeq2SeqConfig,
  saveRNNSeq2Seq,
} from "@tome/tome/models/rnn-seq2seq";
import { captureAttention, KVCache, type Seq2SeqBatch } from "@tome/tome/nn";
import { Adam } from "@tome/tome/optim";
import { gpuCounters, Rng, seed, type Tensor, useDevice } from "@tome/tome/tensor";
import { seq2seqLoss, Trainer } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/rnn_seq2seq.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: RNNSeq2SeqConfig = {
  sourceVocabSize: 9,
  vocabSize: 8,
  embedDim: 12,
  hiddenSize: 16,
  startId: 0,
  endId: 1,
};

const int = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const batch = (): Seq2SeqBatch => ({
  ids: int([[3, 4, 5, 6], [7, 8, 1, 1]]),
  mask: int([[1, 1, 1, 1], [1, 1, 0, 0]]),
  decoderIds: int([[0, 2, 3], [0, 4, 5]]),
  labels: int([[2, 3, 1], [4, 5, 1]]),
});

const FORMS: Record<string, RNNSeq2SeqConfig> = {
  "RNNSeq2Seq of LSTMs": TINY,
  "RNNSeq2Seq of GRUs with additive attention": { ...TINY, cell: "gru", attention: "additive" },
  "RNNSeq2Seq of LSTMs both ways with dot attention": {
    ...TINY,
    numLayers: 2,
    bidirectional: true,
    attention: "dot",
  },
};

for (const [name, config] of Object.entries(FORMS).slice(0, 2)) {
  assertModel<RNNSeq2Seq>({
    name,
    make: () => new RNNSeq2Seq(config),
    forward: (model) => model.forward(batch()),
    outputShape: [2, 3, 8],
    loss: (model) => seq2seqLoss(model, batch()),
    async saveAndLoad(model, folder) {
      await saveRNNSeq2Seq(model, folder);
      return loadRNNSeq2Seq(folder);
    },
  });
}

/** The model of a case with PyTorch's weights, and their names by ours. */
function goldenModel(given: typeof golden.cases[number]): [RNNSeq2Seq, Map<string, string>] {
  const model = new RNNSeq2Seq({ ...golden.sizes, ...given.config } as RNNSeq2SeqConfig).eval();
  const names = [...model.namedParameters()].map(([name]) => name);
  const pairs = namesInFile(rnnSeq2SeqCheckpoint, names);
  const weights = given.weights as unknown as Record<string, { shape: number[]; values: number[] }>;
  assert.deepEqual(pairs.map(({ theirs }) => theirs).sort(), Object.keys(weights).sort());
  assignRecords(
    model.namedParameters(),
    pairs.map(({ ours, theirs }) =>
      fromFloat32(ours, weights[theirs]!.shape, Float32Array.from(weights[theirs]!.values))
    ),
  );
  return [model, new Map(pairs.map(({ ours, theirs }) => [ours, theirs]))];
}

for (const given of golden.cases) {
  const { cell, attention, bidirectional } = given.config;
  const name = `RNNSeq2Seq of ${cell}s, ${
    bidirectional ? "both ways, " : ""
  }attention ${attention}`;
  testOnDevices(`${name}, is PyTorch's`, async () => {
    const [model, theirs] = goldenModel(given);
    using _ = model;
    const rows = {
      ids: int(golden.ids),
      mask: int(golden.mask),
      decoderIds: int(golden.decoderIds),
      labels: int(golden.labels),
    };
    await assertClose(model.forward(rows), given.logits);
    const { value, grads } = tf.variableGrads(() => seq2seqLoss(model, rows), model.parameters());
    await assertClose(value, [given.loss]);
    const gradients = given.gradients as unknown as Record<string, number[]>;
    for (const [path, parameter] of model.namedParameters()) {
      await assertClose(grads[parameter.name]!, gradients[theirs.get(path)!]!, { atol: 1e-5 });
    }
    tf.dispose([value, grads]);
    for (const useCache of [true, false]) {
      const written = await generateSeq2Seq(model, [golden.ids[0]!], {
        maxNewTokens: 6,
        useCache,
      });
      assert.deepEqual(written[0]![0]!.newIds, given.greedy);
    }
    const seen = await captureAttention(model, () => model.forward(rows));
    assert.equal(seen.length, given.attention ? 1 : 0);
    if (given.attention) {
      assert.deepEqual([seen[0]!.path, seen[0]!.kind], ["attention", "cross"]);
      assert.deepEqual(seen[0]!.shape, [2, 1, 4, 4]);
      await assertClose(seen[0]!.values, given.attention);
    }
  });
}

testOnDevices(
  "RNNSeq2Seq.decode() gives the same logits token by token, with a cache",
  async () => {
    seed(3);
    for (const config of Object.values(FORMS)) {
      using model = new RNNSeq2Seq(config).eval();
      using cache = new KVCache();
      const { ids, mask } = batch();
      const memory = model.encode({ ids, mask: mask! });
      const written = int([[0, 2, 3, 4], [0, 5, 6, 7]]);
      const all = model.decode(written, memory, { mask: mask! });
      const parts = [[0, 1], [1, 1], [2, 2]].map(([start, count]) =>
        model.decode(tf.slice(written, [0, start!], [2, count!]), memory, { mask: mask!, cache })
      );
      await assertClose(tf.concat(parts as tf.Tensor3D[], 1) as Tensor, all);
      const last = model.decode(written, memory, { mask: mask!, lastOnly: true });
      await assertClose(last, tf.slice(all, [0, 3, 0], [2, 1, 8]));
    }
  },
);

testOnDevices("RNNSeq2Seq does not see where a source is filled up", async () => {
  seed(4);
  for (const config of Object.values(FORMS)) {
    using model = new RNNSeq2Seq(config).eval();
    const { decoderIds } = batch();
    const padded = model.forward({ ...batch(), decoderIds });
    const short = model.forward({
      ids: int([[7, 8]]),
      decoderIds: tf.slice(decoderIds, [1, 0], [1, 3]),
    });
    await assertClose(tf.slice(padded, [1, 0, 0], [1, 3, 8]), short, { atol: 1e-6 });
  }
});

/** Sources of digits, and the same backwards. */
function* reversals(): Generator<Seq2SeqBatch> {
  const random = new Rng(1);
  while (true) {
    const rows = Array.from(
      { length: 16 },
      () => Array.from({ length: 4 }, () => 2 + random.int(5)),
    );
    yield {
      ids: int(rows),
      decoderIds: int(rows.map((row) => [0, ...row.toReversed()])),
      labels: int(rows.map((row) => [...row.toReversed(), 1])),
    };
  }
}

testOnDevices(
  "RNNSeq2Seq learns to write a sequence backwards",
  async (device) => {
    await useDevice(device); // not in strict mode
    seed(5);
    using model = new RNNSeq2Seq({
      ...TINY,
      hiddenSize: 32,
      bidirectional: true,
      attention: "general",
    });
    using optimizer = new Adam(model.namedParameters(), { lr: 1e-2 });
    const trainer = new Trainer(model, { optimizer, loss: seq2seqLoss, maxGradNorm: 1 });
    await trainer.fit(reversals(), { steps: 250 });
    const sources = [[2, 3, 4, 5], [6, 6, 2, 4], [5, 4, 2, 3], [3, 2, 6, 5]];
    const written = await generateSeq2Seq(model, sources);
    assert.deepEqual(
      written.map(([best]) => best!.newIds),
      sources.map((source) => [...source.toReversed(), 1]),
    );
    const beams = await generateSeq2Seq(model, sources, { numBeams: 3 });
    assert.deepEqual(beams.map(([best]) => best!.newIds), written.map(([best]) => best!.newIds));
  },
  ["wasm"],
);

testOnDevices("RNNSeq2Seq's recorded steps are those op by op", async () => {
  await useDevice("webgpu"); // not in strict mode
  const losses: number[][] = [];
  for (const record of [true, false]) {
    seed(6);
    using model = new RNNSeq2Seq({
      ...FORMS["RNNSeq2Seq of GRUs with additive attention"]!,
      dropout: 0.1,
    });
    using optimizer = new Adam(model.namedParameters(), { lr: 1e-2 });
    const before = gpuCounters().replays;
    const history = await new Trainer(model, { optimizer, loss: seq2seqLoss, record })
      .fit(reversals(), { steps: 10 });
    assert.equal(gpuCounters().replays > before, record);
    losses.push(history.map(({ loss }) => loss));
  }
  await assertClose(losses[0]!, losses[1]!, { rtol: 1e-5 });
}, ["webgpu"]);

Deno.test("RNNSeq2Seq refuses sizes that do not fit together", () => {
  assert.throws(() => new RNNSeq2Seq({ ...TINY, bidirectional: true, hiddenSize: 5 }), {
    message: /hiddenSize must be even: current value is 5/,
  });
  assert.throws(() => rnnSeq2SeqCheckpoint.config({ model_type: "rnn_seq2seq", rnn_type: "RNN" }), {
    message: /rnn_type must be LSTM or GRU/,
  });
});

Deno.test("RNN_SEQ2SEQ_PRESETS have the published number of parameters, and their biases", () => {
  const { sourceVocabSize, vocabSize: V, embedDim: E, hiddenSize: H, numLayers: L } =
    RNN_SEQ2SEQ_PRESETS["sutskever-2014"];
  const layers = 2 * L! * (4 * H * (E + H));
  assert.equal(sourceVocabSize * E + V * E + layers + V * H, 384_000_000);
  assert.equal(2 * L! * 8 * H + V, 144_000);
  using tiny = new RNNSeq2Seq({ ...TINY, hiddenSize: 12, numLayers: 4 }); // the same formula counts
  const weights = 2 * 4 * (4 * 12 * 24) + 9 * 12 + 8 * 12 + 8 * 12;
  assert.equal(tiny.numParameters(), weights + 2 * 4 * 8 * 12 + 8);
});
