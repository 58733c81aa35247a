import assert from "node:assert/strict";
import { moduleView, show } from "@tome/tome/display";
import { GPT } from "@tome/tome/models/gpt";
import { Linear, Module, Sequential } from "@tome/tome/nn";
import { testOnDevices } from "../../_support/devices.ts";
import { assertSnapshot } from "../../_support/snapshot.ts";

/** Views read values and do the rest by themselves, so that two devices are enough. */
const testOnBoth = (name: string, run: () => void | Promise<void>) =>
  testOnDevices(name, run, ["cpu", "wasm"]);

const snapshot = (name: string) => new URL(`../snapshots/${name}`, import.meta.url);

const TINY = {
  vocabSize: 11,
  contextLength: 8,
  numLayers: 3,
  numHeads: 2,
  embedDim: 4,
  dropout: 0,
};

testOnBoth("moduleView() tells a GPT as a table, as boxes and as Mermaid text", async () => {
  using model = new GPT(TINY);
  const { bundle } = moduleView(model);
  await assertSnapshot(snapshot("gpt_module.txt"), bundle["text/plain"]);
  await assertSnapshot(snapshot("gpt_module.svg"), bundle["image/svg+xml"] as string);
  await assertSnapshot(snapshot("gpt_module.mmd"), bundle["text/vnd.mermaid"] as string);
});

testOnBoth("moduleView() folds the blocks that are alike, and only those", () => {
  using alike = new GPT({ ...TINY, numLayers: 12 });
  const { bundle } = moduleView(alike);
  assert.match(bundle["text/plain"], /blocks\.0–11 +Block ×12/);
  assert.equal((bundle["image/svg+xml"] as string).match(/: Block/g)!.length, 1);
  assert.equal((bundle["text/vnd.mermaid"] as string).match(/SelfAttention/g)!.length, 1);

  const linear = (a: number, b: number) => new Linear(a, b);
  using mixed = new Sequential(
    linear(2, 2),
    linear(2, 2),
    linear(2, 3),
    linear(3, 3),
    linear(3, 3),
  );
  const text = `${moduleView(mixed)}`;
  assert.match(text, /layers\.0–1 +Linear ×2/);
  assert.match(text, /layers\.2 +Linear {2}/);
  assert.match(text, /layers\.3–4 +Linear ×2/);
});

class Named extends Module {
  readonly first = new Linear(2, 2);
  readonly second = new Linear(2, 2);
}

testOnBoth("moduleView() does not fold modules that have names of their own", () => {
  using model = new Named();
  assert.doesNotMatch(`${moduleView(model)}`, /×/);
  assert.match(`${moduleView(model)}`, /first +Linear[^]*second +Linear/);
});

testOnBoth("moduleView() tells as many parameters as the model has", async () => {
  using model = new GPT(TINY);
  const view = await show(model, { title: "<mine>" });
  assert.match(`${view}`, new RegExp(`^<mine>: ${model.numParameters()} parameters`));
  assert.doesNotMatch(view.bundle["text/html"] as string, /<mine>/);
  assert.match(view.bundle["text/vnd.mermaid"] as string, /#60;mine#62;/);
});

testOnBoth("moduleView() shows a module without parameters", () => {
  using model = new Sequential();
  assert.match(`${moduleView(model)}`, /^Sequential: 0 parameters/);
});
