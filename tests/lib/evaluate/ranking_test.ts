import assert from "node:assert/strict";
import { feedbackBatches, leaveOneOut } from "@tome/tome/data";
import {
  evaluateRanking,
  itemNeighbours,
  popularItems,
  rankingCases,
  recommenderScorer,
} from "@tome/tome/evaluate";
import { CollaborativeFilter, SASRec } from "@tome/tome/models/recommender";
import { Adam } from "@tome/tome/optim";
import { Rng, seed } from "@tome/tome/tensor";
import { implicitFeedback, Trainer } from "@tome/tome/train";
import { testOnDevices } from "../../_support/devices.ts";

/** Users of two tastes: even ones meet items below 15, odd ones the others. */
function tastes() {
  const random = new Rng(1);
  const interactions = Array.from({ length: 40 }, (_, user) => {
    const items = Array.from({ length: 15 }, (_, i) => 15 * (user % 2) + i);
    return random.shuffle(items).slice(0, 8).map((item, time) => ({ user, item, time }));
  }).flat();
  return leaveOneOut({ interactions, numUsers: 40, numItems: 30 });
}

Deno.test("rankingCases() ranks the held-out item among items that the user has not met", () => {
  const split = tastes();
  for (const [protocol, count] of [["full", 23], ["sampled", 11]] as const) {
    const cases = rankingCases(split, protocol, { candidates: 10, seed: 2 });
    assert.equal(cases.length, 40);
    for (const { user, items, target } of cases) {
      const all = new Set(Array.from(items));
      assert.equal(all.size, count);
      assert.ok(all.has(target));
      assert.ok(split.history[user]!.every((item) => !all.has(item)));
    }
    assert.deepEqual(rankingCases(split, protocol, { candidates: 10, seed: 2 }), cases);
  }
});

Deno.test("popularItems() counts, and itemNeighbours() adds up what is alike", async () => {
  const history = [[0, 1], [0, 1, 2], [0, 3], [4]];
  const cases = [{ user: 2, items: [0, 1, 2, 4], target: 1 }];
  assert.deepEqual(await popularItems(history, 5).scores(cases), [[3, 2, 1, 1]]);
  const [found] = await itemNeighbours(history, 5, { shrink: 0 }).scores(cases);
  // user 2 knows 0 and 3; 1 shares two users with 0, and 2 one
  const expected = [1 / Math.sqrt(3), 2 / Math.sqrt(6), 1 / Math.sqrt(3), 0];
  Array.from(found!).forEach((score, i) => assert.ok(Math.abs(score - expected[i]!) < 1e-12));
  const [few] = await itemNeighbours(history, 5, { neighbours: 1, shrink: 0 }).scores(cases);
  assert.equal(few![2], 0); // the item most alike to 2 is 1, which user 2 does not know
});

Deno.test("evaluateRanking() counts who stands before the target, of equals the lower number", async () => {
  const items = [5, 3, 8, 1];
  const scorer = { name: "given", scores: () => [[2, 1, 1, 1], [1, 1, 1, 9], [0, 0, 3, 0]] };
  const cases = [[3], [3], [8]].map(([target], user) => ({ user, items, target: target! }));
  const { mrr, hitRate } = await evaluateRanking(scorer, cases, { k: 2 });
  // 5, 1, 3, 8; then 1, 3, 5, 8; then 8 in front
  assert.ok(Math.abs(mrr - (1 / 3 + 1 / 2 + 1) / 3) < 1e-12, `${mrr}`);
  assert.ok(Math.abs(hitRate.value - 2 / 3) < 1e-12);
});

testOnDevices("NeuMF, trained, ranks by taste, where popularity cannot", async () => {
  seed(1);
  const split = tastes();
  using model = new CollaborativeFilter({
    kind: "neumf",
    numUsers: 40,
    numItems: 30,
    layers: [16, 8],
  });
  using optimizer = new Adam(model.namedParameters(), { lr: 2e-2 });
  await new Trainer(model, { optimizer, loss: implicitFeedback }).fit(
    feedbackBatches(split, { batchSize: 256, seed: 1 }),
    { epochs: 8 },
  );
  const cases = rankingCases(split, "full");
  const of = (scorer: Parameters<typeof evaluateRanking>[0]) =>
    evaluateRanking(scorer, cases, { k: 8 });
  const popular = await of(popularItems(split.history, 30));
  const alike = await of(itemNeighbours(split.history, 30));
  const own = await of(recommenderScorer(model, { history: split.history, scoresAtOnce: 50 }));
  assert.ok(own.hitRate.value > popular.hitRate.value + 0.2, `${own.hitRate} ${popular.hitRate}`);
  assert.ok(
    alike.hitRate.value > popular.hitRate.value + 0.2,
    `${alike.hitRate} ${popular.hitRate}`,
  );
  assert.ok(own.ndcg.value <= own.hitRate.value && own.map.value === own.mrr);
  assert.ok(own.map.low < own.map.value && own.map.value < own.map.high);
  assert.equal(own.name, "CollaborativeFilter");
}, ["cpu", "wasm"]);

testOnDevices("recommenderScorer() scores as the model does, in use, and refuses NaN", async () => {
  const split = tastes();
  using model = new SASRec({ numItems: 30, contextLength: 5, embedDim: 8, dropout: 0.5 });
  const cases = rankingCases(split, "full").slice(0, 4);
  const scorer = (scoresAtOnce: number) =>
    recommenderScorer(model, { name: "own", history: split.history, scoresAtOnce });
  const [one, all] = [await scorer(1).scores(cases), await scorer(1e6).scores(cases)];
  one.forEach((row, i) =>
    Array.from(row).forEach((score, j) => assert.ok(Math.abs(score - all[i]![j]!) < 1e-5))
  );
  assert.ok(model.training && model.drop.training);
  const broken = {
    name: "broken",
    scores: () => cases.map(({ items }) => Array.from(items, () => NaN)),
  };
  await assert.rejects(() => evaluateRanking(broken, cases), { message: /must be a number/ });
  const strange = cases.map((one) => ({ ...one, target: split.history[one.user]![0]! }));
  await assert.rejects(() => evaluateRanking(scorer(100), strange), {
    message: /target must be one of the items/,
  });
});
