import assert from "node:assert/strict";
import { readImage } from "@tome/tome/data";
import { runForJson, testManual } from "./_run.ts";

/** What train_image_generator.ts --json ends with. */
interface Trained {
  realFid: number;
  noiseFid: number;
  results: { kind: string; firstLoss: number; lastLoss: number; fid: number; asked?: number }[];
}

testManual("train_image_generator");

Deno.test("train_image_generator.ts learns digits, and shows and measures them", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const flags = ["--denoising=2", "--device=wasm", "--out=runs"];
    const train = (...more: string[]) =>
      runForJson<Trained>("train_image_generator", [...flags, ...more], { cwd });
    const { results: [vae], realFid, noiseFid } = await train(
      ...["--kind=vae", "--steps=60", "--features=40", "--images=200", "--width=64"],
    );
    assert.ok(vae!.lastLoss < 0.6 * vae!.firstLoss, `${vae!.firstLoss} ${vae!.lastLoss}`);
    assert.ok(realFid < vae!.fid && realFid < noiseFid, `${realFid} ${vae!.fid} ${noiseFid}`);
    const small = ["--width=8", "--batch=4", "--images=70", "--steps=2", "--features=1"];
    const all = await train("--kind=all", ...small);
    const kinds = ["gan", "dcgan", "cgan", "wgan-gp", "autoencoder", "vae", "diffusion"];
    assert.deepEqual(all.results.map(({ kind }) => kind), kinds);
    for (const { kind, fid, asked } of all.results) {
      assert.ok(Number.isFinite(fid));
      assert.equal(asked !== undefined, kind === "cgan");
      const sheet = await readImage(`${cwd}/runs/${kind}/images.png`);
      assert.deepEqual([sheet.width, sheet.height], [224, 224]);
      await Deno.stat(`${cwd}/runs/${kind}/model/model.safetensors`);
    }
    const overview = await readImage(`${cwd}/runs/overview.png`);
    assert.deepEqual([overview.width, overview.height], [16 * 28, 8 * 28]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
