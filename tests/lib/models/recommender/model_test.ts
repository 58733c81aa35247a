import assert from "node:assert/strict";
import {
  CollaborativeFilter,
  DKT,
  loadDKT,
  loadRecommender,
  SASRec,
  saveDKT,
  saveRecommender,
  TwoTower,
} from "@tome/tome/models/recommender";
import {
  bprLoss,
  implicitFeedback,
  inBatchSoftmax,
  knowledgeTracingLoss,
  nextAnswers,
  nextItemLoss,
} from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/recommender.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { assertGoldenGradients } from "../../../_support/golden_gradients.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { sineFill } from "../../../_support/sine_fill.ts";

const ints = (values: number[]) => tf.tensor1d(values, "int32");
const rows = (values: number[][]) => tf.tensor2d(values, undefined, "int32");

const feedback = () => ({
  users: ints([0, 1, 2, 3, 4, 0]),
  items: ints([4, 3, 0, 1, 2, 5]),
  labels: tf.tensor1d([1, 0, 1, 0, 1, 0]),
});
const preferences = () => ({
  users: ints([0, 1, 2, 3, 4]),
  items: ints([4, 3, 0, 1, 2]),
  negatives: ints([5, 5, 5, 5, 5]),
  history: rows([[6, 0], [6, 6], [2, 1], [5, 4], [0, 3]]),
});
const asked = () => ({
  users: ints([0, 4]),
  items: rows([[0, 1, 2], [3, 4, 5]]),
  history: rows([[6, 6, 2, 3], [1, 5, 0, 4]]),
});
const files = {
  saveAndLoad: async <M extends CollaborativeFilter | SASRec | TwoTower>(m: M, folder: string) => {
    await saveRecommender(m, folder);
    return await loadRecommender(folder) as M;
  },
};

for (const kind of ["mf", "gmf", "mlp", "neumf"] as const) {
  assertModel<CollaborativeFilter>({
    name: `CollaborativeFilter (${kind})`,
    make: () => new CollaborativeFilter({ kind, numUsers: 5, numItems: 6, layers: [32, 16, 8] }),
    forward: (model) => model.forward(asked()),
    outputShape: [2, 3],
    loss: (model) => implicitFeedback(model, feedback()),
    ...files,
  });
}

assertModel<SASRec>({
  name: "SASRec",
  make: () => new SASRec({ numItems: 6, contextLength: 4, embedDim: 16, dropout: 0 }),
  forward: (model) => model.forward(asked()),
  outputShape: [2, 3],
  loss: (model) =>
    nextItemLoss(model, {
      history: rows([[6, 6, 2, 3], [1, 5, 0, 4]]),
      items: rows([[6, 6, 3, 0], [5, 0, 4, 2]]),
      negatives: rows([[6, 6, 1, 5], [2, 3, 3, 1]]),
    }),
  ...files,
});

const FEATURES = [[1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [0, 1]];

assertModel<TwoTower>({
  name: "TwoTower",
  make: () => new TwoTower({ numUsers: 5, numItems: 6, numFeatures: 2, embedDim: 8 }, FEATURES),
  forward: (model) => model.forward(asked()),
  outputShape: [2, 3],
  loss: (model) => inBatchSoftmax(model, preferences()),
  ...files,
});

const answers = () => ({
  skills: rows([[0, 1, 2, 0, 1], [2, 2, 1, 0, 0]]),
  correct: rows([[1, 0, 1, 1, 0], [0, 1, 0, 1, -1]]),
});

assertModel<DKT>({
  name: "DKT",
  make: () => new DKT({ numSkills: 3, hiddenSize: 12 }),
  forward: (model) => nextAnswers(model, answers()),
  outputShape: [2, 4],
  loss: (model) => knowledgeTracingLoss(model, answers()),
  async saveAndLoad(model, folder) {
    await saveDKT(model, folder);
    return loadDKT(folder);
  },
});

testOnDevices("NeuMF's scores, loss and gradients are PyTorch's", async () => {
  const { sizes, users, items, labels, scores, ...given } = golden.neumf;
  using model = new CollaborativeFilter({ kind: "neumf", ...sizes });
  sineFill(model);
  const batch = { users: ints(users), items: ints(items), labels: tf.tensor1d(labels) };
  const found = model.forward({ users: batch.users, items: tf.expandDims(batch.items, 1) });
  await assertClose(tf.squeeze(found, [1]), scores);
  await assertGoldenGradients(model, () => implicitFeedback(model, batch), given);
});

testOnDevices("SASRec's scores, loss and gradients are PyTorch's", async () => {
  const { sizes, history, items, negatives, scores, ...given } = golden.sasRec;
  using model = new SASRec(sizes);
  sineFill(model);
  const batch = { history: rows(history), items: rows(items), negatives: rows(negatives) };
  const all = [0, 1, 2, 3, 4, 5, 6];
  const found = model.forward({
    users: ints([0, 1]),
    items: rows([all, all]),
    history: batch.history,
  });
  await assertClose(tf.reshape(found, [-1]), scores);
  await assertGoldenGradients(model, () => nextItemLoss(model, batch), given);
});

testOnDevices("SASRec sees nothing that comes later, and no filled place", async () => {
  using model = new SASRec({ numItems: 6, contextLength: 4, embedDim: 8, dropout: 0.5 }).eval();
  const states = (history: number[][]) => model.hiddenStates(rows(history));
  const [a, b] = [states([[1, 2, 3, 4]]), states([[1, 2, 5, 0]])];
  await assertClose(tf.slice(a, [0, 0, 0], [1, 2, 8]), tf.slice(b, [0, 0, 0], [1, 2, 8]));
  const [short, long] = [states([[3, 4]]), states([[6, 6, 3, 4]])];
  await assertClose(short, tf.slice(long, [0, 2, 0], [1, 2, 8]), { atol: 1e-4 });
});

testOnDevices(
  "bprLoss() is −log σ of the difference, and teaches matrix factorisation",
  async () => {
    using model = new CollaborativeFilter({ kind: "mf", numUsers: 5, numItems: 6 });
    const { users, items, negatives } = preferences();
    const differences = tf.sub(
      model.forward({ users, items: tf.expandDims(items, 1) }),
      model.forward({ users, items: tf.expandDims(negatives, 1) }),
    );
    await assertClose(bprLoss(model, preferences()), tf.neg(tf.mean(tf.logSigmoid(differences))));
    const optimizer = tf.train.adam(0.1);
    for (let i = 0; i < 20; i++) optimizer.minimize(() => bprLoss(model, preferences()));
    optimizer.dispose();
    assert.ok((await bprLoss(model, preferences()).data())[0]! < 0.05);
  },
);

testOnDevices("inBatchSoftmax() forgives an item that is in the batch twice", async () => {
  using model = new TwoTower({ numUsers: 3, numItems: 6, embedDim: 4 });
  const of = (users: number[], items: number[]) => ({
    users: ints(users),
    items: ints(items),
    negatives: ints(items),
    history: rows(users.map(() => [6])),
  });
  const loss = async (users: number[], items: number[]) =>
    (await inBatchSoftmax(model, of(users, items)).data())[0]!;
  const [both, once] = [await loss([0, 1], [2, 2]), await loss([0], [2])];
  assert.ok(Math.abs(both) < 1e-6 && Math.abs(once) < 1e-6, `${both} ${once}`);
  assert.ok(await loss([0, 1], [2, 3]) > 1e-3);
});

Deno.test("recommenders refuse sizes, histories and folders that do not fit", async () => {
  const sizes = { numUsers: 2, numItems: 0 };
  assert.throws(() => new CollaborativeFilter({ kind: "mf", ...sizes }), {
    message: /numItems must be a positive integer: current value is 0/,
  });
  assert.throws(
    () => new CollaborativeFilter({ kind: "mlp", numUsers: 2, numItems: 2, layers: [3] }),
    {
      message: /must be even: current width is 3/,
    },
  );
  using model = new SASRec({ numItems: 3 });
  assert.throws(() => tf.tidy(() => model.forward({ users: ints([0]), items: rows([[1]]) })), {
    name: "TypeError",
    message: /reads a history/,
  });
  const folder = await Deno.makeTempDir();
  try {
    await saveRecommender(model, `${folder}/model`);
    await assert.rejects(() => loadDKT(`${folder}/model`), {
      message: /model_type in its config.json must be dkt: current value is sas_rec/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
