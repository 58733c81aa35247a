import assert from "node:assert/strict";
import { runForJson, testManual } from "./_run.ts";

/** What train_embedder.ts --json ends with. */
interface Trained {
  accuracy: number;
  auc: number;
  pixels: { accuracy: number; auc: number };
  pairs: number;
  firstLoss: number;
  lastLoss: number;
}

testManual("train_embedder");

Deno.test("train_embedder.ts learns from some digits and measures pairs of others", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const flags = ["--steps=40", "--batch=24", "--width=4", "--dim=8", "--lr=1e-2", "--pairs=400"];
    const more = ["--device=wasm", "--out=runs/digits"];
    const found = await runForJson<Trained>("train_embedder", [...flags, ...more], { cwd });
    assert.ok(found.lastLoss < 0.9 * found.firstLoss, JSON.stringify(found));
    assert.ok(found.auc > 0.5 && found.pixels.auc > 0.5, JSON.stringify(found));
    assert.ok(found.accuracy >= 0.5 && found.pairs === 800, JSON.stringify(found));
    await Deno.stat(`${cwd}/runs/digits/model/model.safetensors`);
    await Deno.stat(`${cwd}/runs/digits/roc.svg`);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
