import assert from "node:assert/strict";
import { runForJson, runScript, testManual } from "./_run.ts";

/** What train_recommender.ts --json ends with. */
interface Trained {
  users: number;
  results: {
    protocol: string;
    name: string;
    hitRate: { value: number; low: number; high: number };
    ndcg: { value: number };
    map: { value: number };
    mrr: number;
    firstLoss?: number;
    lastLoss?: number;
  }[];
}

testManual("train_recommender");

/** Ratings by users of two tastes. */
function ratings(): string {
  const rows = ["movieId\ttitle\tyear\tgenres\tuserId\trating\ttimestamp"];
  for (let user = 0; user < 30; user++) {
    for (let n = 0; n < 8; n++) {
      const item = (user % 2) * 100 + (user * 3 + n * 5) % 90;
      rows.push([item, `Film ${item}`, 1990, user % 2 ? "War" : "Drama", user, 4, n].join("\t"));
    }
  }
  return rows.join("\n");
}

Deno.test("train_recommender.ts trains and compares, and exports its cases", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/ratings.tsv`, ratings());
    const common = ["--ratings=ratings.tsv", "--device=wasm", "--epochs=12", "--lr=1e-2"];
    const more = ["--width=8", "--protocol=both", "--batch=64", "--length=5", "--out=runs"];
    const found = await runForJson<Trained>("train_recommender", [
      ...[...common, ...more, "--kind=all", "--export=cases.json"],
    ], { cwd });
    assert.equal(found.users, 30);
    const kinds = ["mf", "gmf", "mlp", "neumf", "bpr", "sasrec", "twotower"];
    for (const protocol of ["sampled", "full"]) {
      const own = found.results.filter((result) => result.protocol === protocol);
      assert.deepEqual(own.map(({ name }) => name), ["popularity", "item-kNN", ...kinds]);
      for (const { hitRate, ndcg, map, mrr } of own) {
        assert.ok(0 <= ndcg.value && ndcg.value <= hitRate.value);
        assert.ok(hitRate.low <= hitRate.value && hitRate.value <= hitRate.high);
        assert.equal(map.value, mrr);
      }
      for (const { name, firstLoss, lastLoss } of own.slice(2)) {
        assert.ok(lastLoss! < firstLoss!, `${name}: ${firstLoss} ${lastLoss}`);
      }
    }
    for (const kind of kinds) await Deno.stat(`${cwd}/runs/${kind}/model.safetensors`);
    const { cases, numItems } = JSON.parse(await Deno.readTextFile(`${cwd}/cases.json`));
    assert.deepEqual([cases.length, numItems], [30, 180]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("train_recommender.ts says in one line that it has no ratings", async () => {
  const { code, stderr } = await runScript("train_recommender", [
    ...["--device=cpu", "--ratings=none.tsv"],
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /DownloadError: Cannot load the ratings of MovieLens/);
});

Deno.test("train_recommender.ts names the kinds there are", async () => {
  const { code, stderr } = await runScript("train_recommender", ["--kind=neumf,als"]);
  assert.equal(code, 2);
  assert.match(stderr, /--kind must be all, or some of mf, .*twotower: it is als/);
});
