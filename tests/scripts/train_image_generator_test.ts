import assert from "node:assert/strict";
import { readImage } from "@tome/tome/data";
import { runForJson, testManual } from "./_run.ts";

/** What train_image_generator.ts --json ends with. */
interface Trained {
  firstLoss: number;
  lastLoss: number;
  fid: number;
  realFid: number;
  noiseFid: number;
}

testManual("train_image_generator");

Deno.test("train_image_generator.ts learns digits, and shows and measures them", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const flags = ["--kind=vae", "--steps=60", "--features=40", "--images=200", "--width=64"];
    const found = await runForJson<Trained>(
      "train_image_generator",
      [...flags, "--device=wasm", "--out=runs/vae"],
      { cwd },
    );
    assert.ok(found.lastLoss < 0.6 * found.firstLoss, `${found.firstLoss} ${found.lastLoss}`);
    assert.ok(found.realFid < found.fid && found.realFid < found.noiseFid, JSON.stringify(found));
    const sheet = await readImage(`${cwd}/runs/vae/images.png`);
    assert.deepEqual([sheet.width, sheet.height], [224, 224]);
    await Deno.stat(`${cwd}/runs/vae/model/model.safetensors`);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
