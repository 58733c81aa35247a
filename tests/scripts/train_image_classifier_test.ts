import assert from "node:assert/strict";
import { readImage } from "@tome/tome/data";
import { loadModel } from "@tome/tome/models";
import { enter } from "../_support/devices.ts";
import { runForJson, testManual } from "./_run.ts";

/** What train_image_classifier.ts --json ends with. */
interface Trained {
  accuracy: number;
  images: { train: number; held: number };
  predictions: number[];
  mistakes: number;
  parameters: number;
}

testManual("train_image_classifier");

Deno.test("train_image_classifier.ts learns digits, and keeps model, pictures and what was held out", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const flags = ["--model=softmax", "--maxImages=1000", "--epochs=6", "--lr=1e-2", "--shift=1"];
    const found = await runForJson<Trained>(
      "train_image_classifier",
      [...flags, "--device=wasm", "--out=runs/digits", "--export=runs/split"],
      { cwd },
    );
    assert.deepEqual([found.images, found.parameters], [{ train: 800, held: 200 }, 7850]);
    assert.ok(found.accuracy > 0.6, `${found.accuracy}`);
    const bytes = await Deno.readFile(`${cwd}/runs/split/held.bin`);
    assert.equal(bytes.length, 200 * 785);
    assert.equal((await Deno.stat(`${cwd}/runs/split/learnt.bin`)).size, 800 * 785);
    const wrong = found.predictions.filter((taken, i) => taken !== bytes[785 * i]).length;
    assert.deepEqual([wrong, 1 - wrong / 200], [found.mistakes, found.accuracy]);
    const sheet = await readImage(`${cwd}/runs/digits/mistakes.png`);
    assert.equal(sheet.channels, 1);
    await enter("wasm");
    using model = await loadModel(`${cwd}/runs/digits/model`, { task: "image-classification" });
    assert.equal(model.numLabels, 10);
    await Deno.stat(`${cwd}/runs/digits/confusion.svg`);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
