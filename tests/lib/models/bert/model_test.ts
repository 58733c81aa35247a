import assert from "node:assert/strict";
import { loadFolder, saveFolder, toFloat32 } from "@tome/tome/checkpoint";
import { loadModel } from "@tome/tome/models";
import {
  type AnyBert,
  Bert,
  BERT_PRESETS,
  type BertConfig,
  BertForMaskedLM,
  BertForPreTraining,
  BertForQuestionAnswering,
  BertForSequenceClassification,
  BertForTokenClassification,
  type BertTask,
  loadBert,
  loadBertWeights,
  saveBert,
} from "@tome/tome/models/bert";
import { captureAttention, type Module } from "@tome/tome/nn";
import { type Scalar, seed, type Tensor } from "@tome/tome/tensor";
import {
  classificationLoss,
  maskedLMLoss,
  pretrainingLoss,
  questionAnsweringLoss,
} from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { inFolder } from "../../../_support/folder.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: BertConfig = {
  vocabSize: 13,
  contextLength: 8,
  numLayers: 2,
  numHeads: 2,
  embedDim: 16,
  dropout: 0,
  labels: ["no", "maybe", "yes"],
};

/** One block, for the tests that train: each step costs as much as all else. */
const ONE = { ...TINY, numLayers: 1 };

const int = (values: number[] | number[][]) => tf.tensor(values, undefined, "int32");

const inputs = () => ({
  ids: int([[2, 5, 6, 7, 3, 8], [2, 9, 10, 3, 4, 0]]),
  mask: int([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]]),
  segments: int([[0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0]]),
});

const labels = () => int([[-100, 11, 12, -100, 4, -100], [-100, 7, -100, 9, -100, -100]]);

/** A family of models with one head, for {@link assertModel}. */
function check<M extends AnyBert & Module>(
  name: string,
  task: BertTask,
  make: () => M,
  forward: (model: M) => Tensor,
  outputShape: number[],
  loss: (model: M) => Scalar,
): void {
  assertModel<M>({
    name,
    make,
    forward,
    outputShape,
    loss,
    async saveAndLoad(model, folder) {
      await saveBert(model, folder);
      const loaded = await loadModel(folder);
      assert.deepEqual(loaded.fresh, []);
      assert.equal((loaded as unknown as M).constructor, model.constructor, task);
      return loaded as unknown as M;
    },
  });
}

check(
  "BertForPreTraining",
  "pretraining",
  () => new BertForPreTraining(ONE),
  (model) => model.forward(inputs()),
  [2, 6, 13],
  (model) => pretrainingLoss(model, { ...inputs(), labels: labels(), nextLabels: int([1, 0]) }),
);
check(
  "BertForMaskedLM",
  "masked-lm",
  () => new BertForMaskedLM({ ...ONE, kind: "distilbert" }),
  (model) => model.forward(inputs()),
  [2, 6, 13],
  (model) => maskedLMLoss(model, { ...inputs(), labels: labels() }),
);
check(
  "BertForSequenceClassification",
  "sequence-classification",
  () => new BertForSequenceClassification({ ...ONE, kind: "roberta" }),
  (model) => model.forward(inputs()),
  [2, 3],
  (model) => classificationLoss(model, { ...inputs(), labels: int([2, 0]) }),
);
check(
  "BertForTokenClassification",
  "token-classification",
  () => new BertForTokenClassification(ONE),
  (model) => model.forward(inputs()),
  [2, 6, 3],
  (model) =>
    classificationLoss(model, {
      ...inputs(),
      labels: int([[-100, 1, 2, 0, 0, -100], [-100, 2, 0, 1, -100, -100]]),
    }),
);
check(
  "BertForQuestionAnswering",
  "question-answering",
  () => new BertForQuestionAnswering(ONE),
  (model) => tf.stack(Object.values(model.forward(inputs()))),
  [2, 2, 6],
  (model) => questionAnsweringLoss(model, { ...inputs(), starts: int([2, 1]), ends: int([4, 2]) }),
);
check(
  "Bert",
  "encoder",
  () => new Bert(ONE),
  (model) => model.encode(inputs()),
  [2, 6, 16],
  (model) => {
    const { hidden, pooled } = model.forward(inputs());
    const wanted = tf.reshape(tf.sin(tf.range(0, hidden.size)), hidden.shape);
    const error = tf.mean(tf.square(tf.sub(hidden, wanted)));
    return tf.add(error, tf.mean(tf.square(tf.sub(pooled!, 0.5)))) as Scalar;
  },
);

testOnDevices("Bert.encode() does not look at places that are filled up", async () => {
  seed(2);
  using model = new Bert(TINY).eval();
  const short = model.encode({ ids: int([[2, 9, 10, 3]]) });
  const long = model.encode({
    ids: int([[2, 9, 10, 3, 11, 12]]),
    mask: int([[1, 1, 1, 1, 0, 0]]),
  });
  await assertClose(tf.slice(long, [0, 0, 0], [1, 4, 16]), short, { rtol: 1e-4, atol: 1e-5 });
});

testOnDevices(
  "Bert.encode() takes segments for 0, and everything for a token, if not told",
  async () => {
    seed(3);
    using model = new Bert(TINY).eval();
    const { ids } = inputs();
    const [zeros, ones] = [int(Array(12).fill(0)), int(Array(12).fill(1))].map((x) =>
      tf.reshape(x, [2, 6])
    ) as [Tensor, Tensor];
    await assertClose(model.encode({ ids }), model.encode({ ids, mask: ones, segments: zeros }));
    const others = model.encode({ ids, segments: ones });
    const apart = await tf.max(tf.abs(tf.sub(model.encode({ ids }), others))).data();
    assert.ok(apart[0]! > 1e-3);
  },
);

testOnDevices("Bert's attention sees tokens on both sides, and is 0 at filled places", async () => {
  seed(4);
  using model = new Bert(TINY).eval();
  const layers = await captureAttention(model, () => model.encode(inputs()));
  assert.deepEqual(layers.map(({ path }) => path), [
    "encoder.blocks.0.attn",
    "encoder.blocks.1.attn",
  ]);
  const { values, shape: [, H, T, S] } = layers[0]!;
  const at = (b: number, t: number, s: number) => values[((b * H) * T + t) * S + s]!;
  assert.ok(at(0, 0, 5) > 0);
  assert.equal(at(1, 0, 5), 0);
});

testOnDevices("Bert drops in training only", async () => {
  seed(4);
  using model = new BertForSequenceClassification({ ...TINY, dropout: 0.5 });
  const apart = async () =>
    (await tf.sum(tf.abs(tf.sub(model.forward(inputs()), model.forward(inputs())))).data())[0]!;
  assert.ok(await apart() > 1e-3);
  model.eval();
  assert.equal(await apart(), 0);
});

testOnDevices("loadBert() makes a new head for a folder that has none, and names it", async () => {
  await inFolder(async (folder) => {
    seed(5);
    using model = new BertForMaskedLM(TINY).eval();
    await saveBert(model, folder);
    using loaded = await loadModel(folder, {
      task: "sequence-classification",
      labels: ["spam", "ham"],
      dropout: 0.3,
    });
    assert.ok(loaded instanceof BertForSequenceClassification);
    assert.deepEqual(loaded.fresh, [
      "pooler.weight",
      "pooler.bias",
      "classifier.weight",
      "classifier.bias",
    ]);
    assert.deepEqual(loaded.config.labels, ["spam", "ham"]);
    assert.equal(loaded.drop.rate, 0.3);
    await assertClose(loaded.encoder.forward(inputs()), model.encoder.forward(inputs()), {
      rtol: 0,
      atol: 0,
    });
    await saveBert(loaded, `${folder}/spam`);
    using again = await loadBert(`${folder}/spam`, { task: "sequence-classification" });
    assert.deepEqual([again.fresh, again.config.labels], [[], ["spam", "ham"]]);
    using bare = await loadBert(`${folder}/spam`, { task: "encoder" });
    assert.deepEqual(bare.fresh, []);
    await assert.rejects(
      loadBert(`${folder}/spam`, { task: "sequence-classification", labels: ["one"] }),
      { name: "ShapeError", message: /"classifier.weight" must have shape \[1, 16\]/ },
    );
  });
}, ["wasm"]);

testOnDevices("loadBert() reads the names that files from TensorFlow have", async () => {
  await inFolder(async (folder) => {
    seed(6);
    using model = new Bert(TINY).eval();
    await saveBert(model, folder);
    using source = await loadFolder(folder);
    const weights = await Promise.all([...source.weights.infos.keys()].map(async (name) => ({
      ...await source.weights.read(name),
      name: `bert.${
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
          "LayerNorm.bias",
          "LayerNorm.beta",
        )
      }`,
    })));
    assert.equal(weights.filter(({ name }) => /gamma|beta/.test(name)).length, 10);
    await saveFolder(`${folder}/old`, { config: source.config, weights });
    using loaded = await loadBert(`${folder}/old`, { task: "encoder" });
    await assertClose(loaded.encode(inputs()), model.encode(inputs()), { rtol: 0, atol: 0 });
  });
}, ["wasm"]);

testOnDevices("saveBert() writes queries, keys and values apart", async () => {
  await inFolder(async (folder) => {
    using model = new Bert({ ...TINY, kind: "distilbert" });
    await saveBert(model, folder);
    using source = await loadFolder(folder);
    const key = await source.weights.read("transformer.layer.1.attention.k_lin.weight");
    const all = await model.encoder.blocks[1]!.attn.qkv.weight.data();
    assert.deepEqual(key.shape, [16, 16]);
    assert.deepEqual(toFloat32(key), Float32Array.from(all.slice(256, 512)));
  });
}, ["wasm"]);

testOnDevices(
  "loadBertWeights() refuses a folder of another shape or without the head",
  async () => {
    await inFolder(async (folder) => {
      using model = new BertForMaskedLM(TINY);
      await saveBert(model, folder);
      using same = new BertForMaskedLM(TINY).eval();
      await loadBertWeights(same, folder);
      await assertClose(same.forward(inputs()), model.eval().forward(inputs()));
      using heads = new BertForMaskedLM({ ...TINY, numHeads: 4 });
      await assert.rejects(loadBertWeights(heads, folder), {
        name: "CheckpointError",
        message: /must have numHeads 2: current model has numHeads 4/,
      });
      using other = new BertForTokenClassification(TINY);
      await assert.rejects(loadBertWeights(other, folder), {
        name: "CheckpointError",
        message: /it lacks classifier.weight, classifier.bias/,
      });
    });
  },
  ["wasm"],
);

Deno.test("loadBert() refuses variants that differ in more than sizes", async () => {
  await inFolder(async (folder) => {
    using model = new Bert(TINY);
    await saveBert(model, folder);
    const config = JSON.parse(await Deno.readTextFile(`${folder}/config.json`));
    const refused = async (change: Record<string, unknown>, message: RegExp) => {
      await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify({ ...config, ...change }));
      await assert.rejects(loadBert(folder), { name: "CheckpointError", message });
    };
    await refused({ model_type: "electra" }, /must be one of bert, .*: current value is "electra"/);
    await refused({ hidden_act: "swish" }, /the activation must be one of gelu/);
    await refused({ position_embedding_type: "relative_key" }, /must be "absolute"/);
    await refused({ is_decoder: true }, /is_decoder must be false/);
    await refused({ hidden_size: "16" }, /hidden_size in config.json must be a number/);
  });
});

Deno.test("BERT_PRESETS have the published numbers of parameters", () => {
  const count = (name: keyof typeof BERT_PRESETS) => {
    const { kind = "bert", vocabSize: V, contextLength: T, numLayers: L, embedDim: C } =
      BERT_PRESETS[name];
    const [places, segments] = kind === "roberta" ? [T + 2, 1] : [T, kind === "bert" ? 2 : 0];
    const pooler = kind === "distilbert" ? 0 : C * C + C;
    return (V + places + segments + 2) * C + L * (12 * C * C + 13 * C) + pooler;
  };
  assert.deepEqual(
    (Object.keys(BERT_PRESETS) as (keyof typeof BERT_PRESETS)[]).map((name) => [name, count(name)]),
    [
      ["bert-tiny", 4_385_920],
      ["bert-mini", 11_170_560],
      ["bert-small", 28_763_648],
      ["bert-medium", 41_373_184],
      ["bert-base-uncased", 109_482_240],
      ["bert-base-cased", 108_310_272],
      ["bert-large-uncased", 335_141_888],
      ["all-MiniLM-L6-v2", 22_713_216],
      ["distilbert-base-uncased", 66_362_880],
      ["roberta-base", 124_645_632],
      ["roberta-large", 355_359_744],
    ],
  );
});

testOnDevices("Bert.numParameters() is the published number, for the smallest of each kind", () => {
  using tiny = new Bert(BERT_PRESETS["bert-tiny"]);
  assert.equal(tiny.numParameters(), 4_385_920);
  const small = { numLayers: 1, numHeads: 1, embedDim: 4 };
  using distil = new Bert({ ...BERT_PRESETS["distilbert-base-uncased"], ...small });
  assert.equal(distil.numParameters(), (30522 + 512 + 2) * 4 + 12 * 16 + 13 * 4);
  using roberta = new Bert({ ...BERT_PRESETS["roberta-base"], ...small });
  assert.equal(roberta.numParameters(), (50265 + 514 + 1 + 2) * 4 + 12 * 16 + 13 * 4 + 20);
}, ["wasm"]);

Deno.test("Bert refuses sizes that do not fit together", () => {
  assert.throws(() => new Bert({ ...TINY, numHeads: 3 }), {
    name: "RangeError",
    message: /embedDim must be a multiple of numHeads/,
  });
  assert.throws(() => new Bert({ ...TINY, numLayers: 0 }), {
    message: /numLayers must be a positive integer: current value is 0/,
  });
  assert.throws(() => new BertForPreTraining({ ...TINY, kind: "roberta" }), {
    name: "RangeError",
    message: /kind must be "bert": current value is "roberta"/,
  });
});

testOnDevices("Bert refuses more tokens than positions, and a mask of another shape", () => {
  using model = new Bert(TINY);
  const long = int([[1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  assert.throws(() => model.encode({ ids: long }), {
    message: /Cannot place 9 tokens as there are 8 positions/,
  });
  assert.throws(() => model.encode({ ids: int([[1, 2]]), mask: int([[1, 1, 1]]) }), {
    name: "ShapeError",
    message: /mask must have shape \[1, 2\]/,
  });
}, ["cpu"]);
