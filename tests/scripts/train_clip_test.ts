import assert from "node:assert/strict";
import { runForJson, testManual } from "./_run.ts";

/** What train_clip.ts --json ends with. */
interface Trained {
  firstLoss: number;
  lastLoss: number;
  results: { pictures: string; task: string; chance: number; zeroShot: { value: number } }[];
}

testManual("train_clip");

Deno.test("train_clip.ts learns scenes, and sorts them by words alone", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const flags = ["--kinds=shapes", "--scenes=160", "--held=24", "--steps=40", "--batch=16"];
    const more = ["--width=32", "--supervised=10", "--device=wasm", "--out=runs/clip"];
    const found = await runForJson<Trained>("train_clip", [...flags, ...more], { cwd });
    assert.ok(found.lastLoss < 0.8 * found.firstLoss, `${found.firstLoss} ${found.lastLoss}`);
    assert.deepEqual(found.results.map(({ chance }) => Math.round(1 / chance)), [6, 36, 6, 36]);
    for (const file of ["model/model.safetensors", "model/tokenizer.json", "metrics.jsonl"]) {
      await Deno.stat(`${cwd}/runs/clip/${file}`);
    }
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
