import assert from "node:assert/strict";
import { readImage } from "@tome/tome/data";
import { runForJson, testManual } from "./_run.ts";

/** What train_dalle.ts --json ends with. */
interface Trained {
  firstLoss: number;
  lastLoss: number;
  usedCodes: number;
  seen: Record<"made" | "real", { all: { value: number }; place: { value: number } }>;
}

testManual("train_dalle");

Deno.test("train_dalle.ts learns codes and captions, and shows pictures", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const flags = ["--kinds=shapes", "--scenes=160", "--held=16", "--steps=30", "--judgeSteps=20"];
    const tiny = ["--codebookSteps=60", "--layers=1", "--width=32", "--hidden=8", "--batch=16"];
    const found = await runForJson<Trained>(
      "train_dalle",
      [...flags, ...tiny, "--device=wasm", "--out=runs/dalle"],
      { cwd },
    );
    assert.ok(found.lastLoss < 0.9 * found.firstLoss, `${found.firstLoss} ${found.lastLoss}`);
    assert.ok(found.usedCodes > 2, `${found.usedCodes} codes`);
    assert.ok(found.seen.real.place.value > 0.5, JSON.stringify(found.seen.real));
    const sheet = await readImage(`${cwd}/runs/dalle/asked.png`);
    assert.deepEqual([sheet.width, sheet.height], [8 * 29, 6 * 29]);
    for (const file of ["again.png", "unseen.png", "vqvae/config.json", "model/config.json"]) {
      await Deno.stat(`${cwd}/runs/dalle/${file}`);
    }
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
