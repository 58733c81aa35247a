import assert from "node:assert/strict";
import { loadModel } from "@tome/tome";
import {
  completeTransformerConfig,
  loadMarian,
  loadTransformer,
  loadTransformerWeights,
  saveMarian,
  saveTransformer,
  Transformer,
  TRANSFORMER_PRESETS,
  type TransformerConfig,
  TransformerLM,
} from "@tome/tome/models/transformer";
import { KVCache, type Seq2SeqLM, SinusoidalPositions } from "@tome/tome/nn";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { seed, type Tensor } from "@tome/tome/tensor";
import { seq2seqLoss } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: TransformerConfig = {
  vocabSize: 11,
  contextLength: 8,
  embedDim: 8,
  numHeads: 2,
  numLayers: 2,
  decoderLayers: 1,
  hiddenDim: 16,
  dropout: 0,
};
const MARIAN: TransformerConfig = {
  ...TINY,
  positions: "sinesFirst",
  activation: "swish",
  outputBias: true,
};

const int = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const batch = () => ({
  ids: int([[7, 3, 4, 5, 2], [6, 7, 2, 0, 0]]),
  mask: int([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
  decoderIds: int([[1, 5, 4, 3], [1, 7, 6, 8]]),
  labels: int([[5, 4, 3, 2], [7, 6, 8, 2]]),
});

const CASES: [string, TransformerConfig, "own" | "marian"][] = [
  ["Transformer", TINY, "own"],
  [
    "Transformer with learned positions, norms first and nothing shared",
    { ...TINY, contextLength: 5, positions: "learned", normFirst: true, shared: "none" },
    "own",
  ],
  ["Marian", MARIAN, "marian"],
];
for (const [name, config, format] of CASES) {
  assertModel<Transformer>({
    name,
    make: () => new Transformer(config),
    forward: (model) => model.forward(batch()),
    outputShape: [2, 4, 11],
    loss: (model) => seq2seqLoss(model, batch()),
    async saveAndLoad(model, folder) {
      if (format === "marian") {
        await saveMarian(model, folder);
        return await loadMarian(folder);
      }
      await saveTransformer(model, folder);
      return await loadTransformer(folder);
    },
  });
}

testOnDevices(
  "Transformer.decode() gives the same logits token by token, with a cache",
  async () => {
    seed(3);
    for (const [, config] of CASES) {
      using model = new Transformer(config).eval();
      const { mask, decoderIds } = batch();
      const source = model.encode(batch());
      const all = model.decode(decoderIds, source, { mask });
      using cache = new KVCache({ capacity: 2 });
      const parts = [[0, 2], [2, 1], [3, 1]].map(([start, length]) =>
        model.decode(tf.slice(decoderIds, [0, start!], [2, length!]), source, { mask, cache })
      );
      await assertClose(tf.concat(parts as tf.Tensor3D[], 1) as Tensor, all, { atol: 1e-4 });
      cache.select([1, 1]); // the second row alone goes on, twice
      const next = model.decode(int([[3], [3]]), source, { mask, cache, lastOnly: true });
      const whole = model.decode(int([[1, 7, 6, 8, 3]]), tf.slice(source, [1], [1]), {
        mask: tf.slice(mask, [1], [1]),
        lastOnly: true,
      });
      await assertClose(next, tf.concat([whole, whole]), { atol: 1e-4 });
    }
  },
);

testOnDevices(
  "TransformerLM predicts from the tokens before, with a cache too, and learns",
  async () => {
    seed(4);
    using model = new TransformerLM({ ...TINY, shared: "none" }).eval();
    const ids = int([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]);
    const all = model.forward(ids);
    const changed = model.forward(int([[1, 2, 3, 9, 9], [6, 7, 8, 1, 1]]));
    const first3 = (x: Tensor) => tf.slice(x, [0, 0, 0], [2, 3, 11]);
    await assertClose(first3(changed), first3(all), { rtol: 0, atol: 1e-5 });
    using cache = new KVCache();
    const parts = [0, 1, 2, 3, 4].map((t) =>
      model.forward(tf.slice(ids, [0, t], [2, 1]), { cache })
    );
    await assertClose(tf.concat(parts as tf.Tensor3D[], 1) as Tensor, all, { atol: 1e-4 });
    const targets = int([[2, 3, 4, 5, 6], [7, 8, 9, 10, 0]]);
    const optimizer = tf.train.adam(3e-2);
    const loss = () => tf.tidy(() => softmaxCrossEntropy(model.forward(ids), targets));
    const before = (await loss().data())[0]!;
    for (let step = 0; step < 30; step++) optimizer.minimize(loss, false, model.parameters());
    optimizer.dispose();
    assert.ok((await loss().data())[0]! < before / 5);
  },
);

testOnDevices("SinusoidalPositions are the paper's, in both orders", async () => {
  using tokens = new SinusoidalPositions(4, 4);
  using sines = new SinusoidalPositions(4, 4, { order: "sinesFirst", scale: 2 });
  const table = { weight: tf.zeros([1, 4]) } as never;
  const row = (p: number) => [Math.sin(p), Math.cos(p), Math.sin(p / 100), Math.cos(p / 100)];
  await assertClose(tokens.embed(table, int([[0, 0]]), 2), [...row(2), ...row(3)]);
  const [a, b, c, d] = row(3) as [number, number, number, number];
  await assertClose(sines.embed(table, int([[0]]), () => 3), [a, c, b, d]);
});

Deno.test("TRANSFORMER_PRESETS have sizes of the published orders", () => {
  const count = (config: TransformerConfig) => {
    const { embedDim: C, hiddenDim: F, numLayers: L, decoderLayers: M, vocabSize: V } =
      completeTransformerConfig(config);
    const attention = 4 * C * C + 4 * C, network = 2 * C * F + F + C, norm = 2 * C;
    return V * C + L * (attention + network + 2 * norm) +
      M * (2 * attention + network + 3 * norm) + (config.outputBias ? V : 0);
  };
  assert.equal(count(TRANSFORMER_PRESETS["transformer-base"]), 63_082_496);
  assert.equal(count(TRANSFORMER_PRESETS["transformer-big"]), 214_245_376);
});

testOnDevices("Transformer counts its parameters once, and its fixed positions not at all", () => {
  using model = new Transformer(TINY);
  const attention = 4 * 64 + 32, network = 2 * 8 * 16 + 16 + 8, norm = 16;
  const layers = 2 * (attention + network + 2 * norm) + 2 * attention + network + 3 * norm;
  assert.equal(model.numParameters(), 88 + layers);
}, ["cpu"]);

testOnDevices(
  "Transformer's folders are found by loadModel(), and compared by their sizes",
  async () => {
    seed(5);
    const folder = await Deno.makeTempDir();
    try {
      for (
        const [name, save, config] of [
          ["own", saveTransformer, TINY],
          ["marian", saveMarian, MARIAN],
        ] as const
      ) {
        using model = new Transformer(config).eval();
        await save(model, `${folder}/${name}`);
        using same = await loadModel(`${folder}/${name}`, { task: "seq2seq-lm" });
        const logits = (m: Seq2SeqLM) => m.decode(int([[1, 3]]), m.encode({ ids: int([[7, 2]]) }));
        await assertClose(logits(same), logits(model), { rtol: 0, atol: 0 });
      }
      using other = new Transformer({ ...TINY, activation: "gelu" });
      await assert.rejects(() => loadTransformerWeights(other, `${folder}/own`), {
        name: "CheckpointError",
        message: /must have activation relu: current model has activation gelu/,
      });
      await assert.rejects(() => saveMarian(other, `${folder}/none`), {
        name: "CheckpointError",
        message: /positions must be sinesFirst: current value is sinusoidal/,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  ["cpu"],
);

testOnDevices("Transformer refuses what does not fit together", () => {
  assert.throws(() => new Transformer({ ...TINY, embedDim: 0 }), {
    name: "RangeError",
    message: /embedDim must be a positive integer: current value is 0/,
  });
  assert.throws(() => new Transformer({ ...TINY, shared: "all", targetVocabSize: 5 }), {
    message: /shared may be "all" only if targetVocabSize is vocabSize, 11/,
  });
  using model = new Transformer(TINY);
  assert.throws(() => model.encode({ ids: int([[1, 1, 1, 1, 1, 1, 1, 1, 1]]) }), {
    name: "RangeError",
  });
}, ["cpu"]);
