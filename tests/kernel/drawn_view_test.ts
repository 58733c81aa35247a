import assert from "node:assert/strict";
import {
  audioPlayer,
  dataTable,
  DrawnView,
  embeddingView,
  headView,
  historyView,
  lineChart,
  type MediaBundle,
  modelView,
  moduleView,
  tensorView,
  tokenView,
  type View,
} from "@tome/tome/display";
import { Linear } from "@tome/tome/nn";
import * as tf from "@tensorflow/tfjs";
import { decode } from "fast-png";
import { testOnDevices } from "../_support/devices.ts";

/** What a notebook is sent of a view. */
async function sent(view: View): Promise<MediaBundle> {
  const shown = view as unknown as Record<symbol, () => Promise<MediaBundle>>;
  return await shown[Symbol.for("Jupyter.display")]!();
}

/** Fails unless a bundle has a picture of its drawing's size that is not of one colour. */
function assertTwin(name: string, bundle: MediaBundle): void {
  const [, width, height] = /^<svg [^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"/
    .exec(bundle["image/svg+xml"] as string)!.map(Number);
  const png = decode(Uint8Array.fromBase64(bundle["image/png"] as string));
  assert.deepEqual([png.width, png.height], [Math.ceil(width!), Math.ceil(height!)], name);
  assert.ok(new Set(png.data).size > 8, `${name}: nothing is drawn`);
}

testOnDevices("every view that is a drawing is sent with a PNG twin", async () => {
  const weights = {
    path: "attention",
    kind: "self" as const,
    shape: [1, 1, 2, 2] as [number, number, number, number],
    values: new Float32Array([1, 0, 0.5, 0.5]),
  };
  using model = new Linear(2, 3);
  const x = tf.tensor1d([0.5, 1.5, 4]);
  const attention = { weights: [weights], queries: ["a", "b"] };
  const record = { epoch: 0, lr: 0.1, millis: 1, tokens: 1, gradNorm: 1 };
  const history = [{ ...record, step: 1, loss: 3 }, { ...record, step: 2, loss: 2 }];
  const views: Record<string, View> = {
    chart: lineChart({ loss: [[1, 3], [2, 1]] }),
    tokens: tokenView(["a", " b"], { values: [1, 2] }),
    heads: headView(attention),
    model: modelView(attention),
    embedding: await embeddingView([[1, 2, 3], [3, 1, 2], [0, 0, 1]], { labels: ["a", "b", "c"] }),
    module: moduleView(model),
    vector: await tensorView(x),
    audio: await audioPlayer({ samples: [0, 0.5, -0.5, 0.2], sampleRate: 4 }),
    history: historyView(Object.assign(history, { evaluations: [], checkpoints: [] }) as never),
  };
  for (const [name, view] of Object.entries(views)) {
    assert.ok(!("image/png" in view.bundle), name); // it is drawn when it is shown, not before
    assertTwin(name, await sent(view));
  }
  x.dispose();
});

Deno.test("a view without a drawing, or with a picture already, is sent as it is", async () => {
  assert.equal((await sent(dataTable([{ a: 1 }])))["image/png"], undefined);
  for (const bundle of [{ "text/plain": "a" }, { "text/plain": "a", "image/png": "AA==" }]) {
    assert.deepEqual(await sent(new DrawnView(bundle)), bundle);
  }
  const broken = { "text/plain": "a", "image/svg+xml": "<svg" };
  assert.deepEqual(await sent(new DrawnView(broken)), broken);
});
