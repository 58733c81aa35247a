import assert from "node:assert/strict";
import { readImage } from "@tome/tome/data";
import { runForJson, testManual } from "./_run.ts";

/** What both scripts end with. */
interface Trained {
  map50?: number;
  iou?: number;
  low: number;
  high: number;
  mota?: number;
  steps: number;
  firstLoss: number;
  lastLoss: number;
}

const TINY = ["--side=32", "--objects=1", "--smallest=14", "--largest=20", "--clutter=0"];
const SHORT = ["--batch=4", "--held=12", "--width=8", "--depth=1", "--lr=2e-2", "--device=wasm"];

for (
  const [name, picture, steps, more] of [
    ["train_detector", "found.png", 50, ["--films=1"]],
    ["train_segmenter", "segments.png", 25, ["--oneClass"]],
  ] as const
) {
  testManual(name);

  Deno.test(`${name}.ts learns, goes on, measures, and leaves a model and pictures`, async () => {
    const cwd = await Deno.makeTempDir();
    try {
      const flags = [...TINY, ...SHORT, ...more, "--out=runs/a"];
      const first = await runForJson<Trained>(name, [...flags, "--steps=10"], { cwd });
      const found = await runForJson<Trained>(name, [...flags, `--steps=${steps}`, "--resume"], {
        cwd,
      });
      assert.deepEqual([first.steps, found.steps], [10, steps]);
      assert.ok(found.lastLoss < 0.8 * first.firstLoss, JSON.stringify({ first, found }));
      const value = found.map50 ?? found.iou!;
      assert.ok(value >= found.low && value <= found.high && value > 0, JSON.stringify(found));
      assert.ok(name === "train_segmenter" || Number.isFinite(found.mota));
      const sheet = await readImage(`${cwd}/runs/a/${picture}`);
      assert.ok(sheet.width > 300 && sheet.height > 200, `${sheet.width} × ${sheet.height}`);
      await Deno.stat(`${cwd}/runs/a/model/model.safetensors`);
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  });
}
