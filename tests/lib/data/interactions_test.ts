// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import {
  feedbackBatches,
  genreRows,
  historyRows,
  leaveOneOut,
  movieLens,
  movieLens100K,
  NegativeSampler,
  preferenceBatches,
  sequenceBatches,
  simulateLearners,
} from "@tome/tome/data";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

const SET = {
  numUsers: 3,
  numItems: 6,
  interactions: [
    { user: 0, item: 3, time: 5 },
    { user: 0, item: 1, time: 2 },
    { user: 0, item: 1, time: 9 }, // met before
    { user: 0, item: 5, time: 5 },
    { user: 1, item: 0, time: 1 },
    { user: 2, item: 4, time: 1 },
    { user: 2, item: 2, time: 0 },
  ],
};
const SPLIT = leaveOneOut(SET);

Deno.test("leaveOneOut() holds the last item of each user with two or more", () => {
  assert.deepEqual(SPLIT.history, [[1, 3], [0], [2]]);
  assert.deepEqual(SPLIT.held, [{ user: 0, item: 5 }, { user: 2, item: 4 }]);
  assert.equal(leaveOneOut(SET, 3).held.length, 1);
  assert.throws(() => leaveOneOut({ ...SET, numItems: 3 }), {
    message: /items below 3: current user is 2, item 4|items below 3: current user is 0, item 3/,
  });
});

Deno.test("NegativeSampler draws what is not known, evenly, and equal seeds draw equally", () => {
  const sampler = new NegativeSampler(SPLIT, { seed: 3 });
  const counts = new Float64Array(6);
  for (let i = 0; i < 8000; i++) counts[sampler.draw(0)]!++;
  assert.deepEqual([counts[1], counts[3]], [0, 0]);
  for (const item of [0, 2, 4, 5]) { // the held-out item too: training does not know of it
    assert.ok(Math.abs(counts[item]! - 2000) < 5 * Math.sqrt(1500), `${item}: ${counts[item]}`);
  }
  const test = new NegativeSampler(SPLIT, { seed: 3, exclude: SPLIT.held });
  assert.deepEqual(test.sample(0, 3).sort(), [0, 2, 4]);
  assert.throws(() => test.sample(0, 4), { message: /current number is 3/ });
  const draws = () => new NegativeSampler(SPLIT, { seed: 4 }).sample(1, 4);
  assert.deepEqual(draws(), draws());
});

testOnDevices("feedbackBatches() has each met item once, and draws the rest", async () => {
  const batches = feedbackBatches(SPLIT, { batchSize: 5, negatives: 2, seed: 1 });
  const seen: number[][] = [];
  for await (const { users, items, labels } of batches) {
    const [u, i, l] = await Promise.all([users.data(), items.data(), labels.data()]);
    seen.push(...Array.from(u, (user, n) => [user, i[n]!, l[n]!]));
    tf.dispose([users, items, labels]);
  }
  const met = seen.filter(([, , label]) => label === 1).map(([user, item]) => `${user} ${item}`);
  assert.deepEqual(met.sort(), ["0 1", "0 3", "1 0", "2 2"]);
  assert.equal(seen.length, 12);
  for (const [user, item, label] of seen) {
    assert.equal(SPLIT.history[user!]!.includes(item!), label === 1);
  }
});

testOnDevices("batches of recommenders go on from a saved place, bit for bit", async () => {
  const make = () => preferenceBatches(SPLIT, { batchSize: 2, length: 3, seed: 2 });
  const read = async (source: ReturnType<typeof make>, passes: number) => {
    const found: number[][] = [];
    for (let pass = 0; pass < passes; pass++) {
      for await (const batch of source) {
        found.push(
          (await Promise.all(Object.values(batch).map((x) => x.data()))).flatMap((x) => [...x]),
        );
        tf.dispose(Object.values(batch));
      }
    }
    return found;
  };
  const all = await read(make(), 2);
  assert.equal(all.length, 4);
  assert.notDeepEqual(all.slice(0, 2), all.slice(2));
  const first = make();
  for await (const batch of first) {
    tf.dispose(Object.values(batch));
    break;
  }
  const second = make();
  second.restore(first.state());
  assert.deepEqual(await read(second, 2), all.slice(1));
  assert.throws(() => second.restore({ batchSize: 3 }), { message: /batchSize must be 2/ });
});

testOnDevices("sequenceBatches() and historyRows() fill in front", async () => {
  const split = { ...SPLIT, history: [[1, 3, 2], [0], [2, 4]] };
  for await (
    const { history, items, negatives } of sequenceBatches(split, { batchSize: 9, length: 3 })
  ) {
    const [h, i, n] = await Promise.all([
      history.array(),
      items.array(),
      negatives.array(),
    ]) as number[][][];
    const pairs = h!.map((row, b) => `${row} → ${i![b]}`).sort();
    assert.deepEqual(pairs, ["6,1,3 → 6,3,2", "6,6,2 → 6,6,4"]);
    i!.forEach((row, b) =>
      row.forEach((item, t) => {
        if (item === 6) assert.equal(n![b]![t], 6);
        else assert.ok(![...split.history].find((own) => own.includes(item))!.includes(n![b]![t]!));
      })
    );
    tf.dispose([history, items, negatives]);
  }
  assert.deepEqual(await historyRows([[1, 2, 3], []], 2, 6).array(), [[2, 3], [6, 6]]);
});

Deno.test("movieLens() reads a table, and numbers users and films as they come", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const head = "movieId\ttitle\tyear\tgenres\tuserId\trating\ttimestamp";
    const lines = [
      head,
      "31\tA\t1995\tDrama|War\t7\t2.5\t10",
      "9\tB\t1996\tWar\t7\t4\t11",
      "31\tA\t1995\tDrama|War\t8\t3\t12",
    ];
    await Deno.writeTextFile(`${folder}/a.tsv`, lines.join("\n") + "\n");
    const found = await movieLens(`${folder}/a.tsv`);
    assert.deepEqual(found.interactions, [
      { user: 0, item: 0, rating: 2.5, time: 10 },
      { user: 0, item: 1, rating: 4, time: 11 },
      { user: 1, item: 0, rating: 3, time: 12 },
    ]);
    assert.deepEqual([found.numUsers, found.numItems, found.movies[1]!.title], [2, 2, "B"]);
    assert.deepEqual(genreRows(found.movies), { names: ["Drama", "War"], rows: [[1, 1], [0, 1]] });
    await Deno.writeTextFile(`${folder}/b.tsv`, lines.slice(0, 2).join("\n").replace("2.5", "x"));
    await assert.rejects(() => movieLens(`${folder}/b.tsv`), { message: /current row 1 is 31 A/ });
    await Deno.writeTextFile(`${folder}/c.tsv`, "movieId\ttitle\n");
    await assert.rejects(() => movieLens(`${folder}/c.tsv`), {
      message: /current file lacks year/,
    });
    await assert.rejects(() => movieLens(`${folder}/d.tsv`), { name: "DownloadError" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("movieLens100K() has the ratings that it is named after", async () => {
  const set = await movieLens100K().catch((error) => {
    if (!/the server does not answer/.test(error.message)) throw error;
  });
  if (!set) return console.log("movieLens100K(): not run, PyPI does not answer");
  assert.deepEqual([set.interactions.length, set.numUsers, set.numItems], [100_000, 943, 1682]);
  const sum = set.interactions.reduce((sum, { rating }) => sum + rating!, 0);
  assert.equal(sum, 352_986); // a mean of 3.53 stars
  assert.deepEqual(set.movies[0], { title: "Kolya", genres: ["Comedy"] });
  assert.equal(set.movies.filter(({ title }) => title === "Star Wars").length, 1);
  assert.ok(set.interactions.every(({ user }) => user < 943));
});

Deno.test("simulateLearners() answers as often right as the chances say", () => {
  const { answers, chances } = simulateLearners({ learners: 200, skills: 4, seed: 1 });
  const right = answers.flatMap(({ correct }) => correct);
  const expected = chances.flat();
  const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
  assert.equal(right.length, 10_000);
  assert.ok(Math.abs(mean(right) - mean(expected)) < 0.02);
  const late = chances.map((row) => mean(row.slice(-10))),
    early = chances.map((row) => mean(row.slice(0, 10)));
  assert.ok(mean(late) > mean(early) + 0.1, "they learn");
});
