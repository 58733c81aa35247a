import assert from "node:assert/strict";
import { runForJson, runScript, testManual } from "./_run.ts";

/** What train_recommender.ts --json ends with. */
interface Trained {
  protocol: string;
  users: number;
  firstLoss: number;
  lastLoss: number;
  results: { name: string; hitRate: number; ndcg: number; mrr: number }[];
}

testManual("train_recommender");

/** Ratings by users of two tastes. */
function ratings(): string {
  const rows = ["movieId\ttitle\tyear\tgenres\tuserId\trating\ttimestamp"];
  for (let user = 0; user < 30; user++) {
    for (let n = 0; n < 8; n++) {
      const item = (user % 2) * 100 + (user * 3 + n * 5) % 17;
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
    const flags = [...common, "--width=8", "--protocol=full", "--batch=64"];
    for (const kind of ["neumf", "twotower"]) {
      const out = `runs/${kind}`;
      const more = [`--kind=${kind}`, `--out=${out}`, "--export=cases.json"];
      const found = await runForJson<Trained>("train_recommender", [...flags, ...more], { cwd });
      assert.deepEqual([found.protocol, found.users], ["full", 30]);
      assert.deepEqual(found.results.map(({ name }) => name), ["popularity", "item-kNN", kind]);
      assert.ok(found.lastLoss < found.firstLoss, `${found.firstLoss} ${found.lastLoss}`);
      for (const { hitRate, ndcg } of found.results) assert.ok(0 <= ndcg && ndcg <= hitRate);
      await Deno.stat(`${cwd}/${out}/model.safetensors`);
    }
    const { cases, numItems } = JSON.parse(await Deno.readTextFile(`${cwd}/cases.json`));
    assert.deepEqual([cases.length, numItems], [30, 34]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("train_recommender.ts says in one line that it has no ratings", async () => {
  const { code, stderr } = await runScript("train_recommender", ["--device=cpu"], {
    env: { TOME_DATA: "" },
  });
  assert.equal(code, 1);
  assert.match(stderr, /DownloadError: Cannot load the ratings of MovieLens/);
});
