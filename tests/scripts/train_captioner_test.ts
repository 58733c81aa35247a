import assert from "node:assert/strict";
import { readImage } from "@tome/tome/data";
import { runForJson, testManual } from "./_run.ts";

/** How often captions are right, and their BLEU. */
interface Measured {
  right: { value: number };
  bleu: { value: number };
}

/** What train_captioner.ts --json ends with. */
interface Trained {
  firstLoss: number;
  lastLoss: number;
  seen: Record<"model" | "nearest" | "mostFrequent", Measured>;
}

testManual("train_captioner");

Deno.test("train_captioner.ts learns to write captions, and measures them", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const flags = ["--kinds=shapes", "--objects=1", "--scenes=160", "--held=16", "--steps=40"];
    const more = ["--batch=16", "--width=32", "--device=wasm", "--out=runs/captions"];
    const found = await runForJson<Trained>("train_captioner", [...flags, ...more], { cwd });
    assert.ok(found.lastLoss < 0.5 * found.firstLoss, `${found.firstLoss} ${found.lastLoss}`);
    const { model, nearest, mostFrequent } = found.seen;
    assert.ok(nearest.bleu.value > mostFrequent.bleu.value, JSON.stringify(found.seen));
    assert.ok(model.bleu.value > 0 && model.right.value <= 1, JSON.stringify(found.seen));
    const lines = (await Deno.readTextFile(`${cwd}/runs/captions/captions.txt`)).trim().split("\n");
    assert.match(lines[0]!, /^1: a .* {2}\[a \w+ \w+ at the \w+ \w+\]$/);
    assert.equal((await readImage(`${cwd}/runs/captions/scenes.png`)).width, 8 * 29);
    await Deno.stat(`${cwd}/runs/captions/model/model.safetensors`);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
