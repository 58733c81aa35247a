import assert from "node:assert/strict";
import { type MediaBundle, show, Shown, View } from "@tome/tome/display";
import { GPT } from "@tome/tome/models/gpt";
import { Linear, Sequential } from "@tome/tome/nn";
import { SGD } from "@tome/tome/optim";
import { memory } from "@tome/tome/tensor";
import { type Objective, Trainer } from "@tome/tome/train";
import * as tf from "../../lib/tensor/_tf.ts";
import { testOnDevices } from "../_support/devices.ts";

const DISPLAY = Symbol.for("Jupyter.display");
const display = (value: unknown) =>
  (value as Record<symbol, () => Promise<MediaBundle>>)[DISPLAY]!();

Deno.test("show() tells what it does not know as text", async () => {
  const values = [
    NaN,
    -0,
    12n,
    undefined,
    null,
    "a\nb",
    true,
    Symbol("s"),
    [1, 2],
    new Map([[1, 2]]),
  ];
  for (const value of values) {
    assert.deepEqual((await show(value)).bundle, { "text/plain": Deno.inspect(value) });
  }
  assert.match(`${await show(() => 1)}`, /Function/);
});

Deno.test("show() leaves a view as it is, and awaits a promise", async () => {
  const view = new View({ "text/plain": "mine" });
  assert.equal(await show(view), view);
  assert.equal(await show(show(view)), view);
  assert.equal(await show(Promise.resolve(view)), view);
  assert.equal(`${await show(Promise.resolve(7))}`, "7");
});

Deno.test("show() keeps what an object shows of itself", async () => {
  const object = { [DISPLAY]: () => Promise.resolve({ "text/plain": "own", "text/html": "<i>" }) };
  assert.deepEqual((await show(object)).bundle, { "text/plain": "own", "text/html": "<i>" });
  assert.equal((await show([object])).bundle["text/html"], undefined);
  const mute = { a: 1, [DISPLAY]: () => ({ "text/html": "<i>" }) };
  assert.match((await show(mute)).bundle["text/plain"], /a: 1/);
});

Deno.test("Shown is what a notebook displays", async () => {
  const shown = show(NaN);
  assert.ok(shown instanceof Shown);
  assert.deepEqual(await display(shown), { "text/plain": "NaN" });
});

Deno.test("Shown throws where it is looked at, and nowhere else", async () => {
  const broken = show({ samples: [1], sampleRate: -1 });
  await new Promise((resolve) => setTimeout(resolve)); // an unhandled rejection would end the test
  await assert.rejects(display(broken), RangeError);
  await assert.rejects(async () => await broken, RangeError);
});

testOnDevices("show() makes no tensor and frees none", async () => {
  const x = tf.ones([9, 9, 3]);
  using model = new GPT({
    vocabSize: 5,
    contextLength: 4,
    numLayers: 2,
    numHeads: 1,
    embedDim: 2,
    dropout: 0,
  });
  const before = memory();
  for (
    const value of [x, model, model.parameters()[0], {
      samples: tf.keep(x).flatten(),
      sampleRate: 10,
    }]
  ) {
    await show(value);
  }
  assert.equal(memory().numTensors, before.numTensors + 1); // the flattened one
  assert.equal(x.isDisposed, false);
  x.dispose();
}, ["cpu", "wasm"]);

testOnDevices(
  "show() gives every value of the library a text, a picture and safe HTML",
  async () => {
    using model = new GPT({
      vocabSize: 5,
      contextLength: 4,
      numLayers: 2,
      numHeads: 1,
      embedDim: 2,
      dropout: 0,
    });
    const history = Object.assign([], { evaluations: [], checkpoints: [] });
    const values = [
      tf.scalar(1),
      tf.ones([3]),
      tf.ones([3, 3]),
      tf.zeros([0]),
      model,
      history,
      memory(),
      { samples: [0, 1], sampleRate: 2 },
      { width: 1, height: 1, data: [0] },
      [{ a: 1 }],
    ];
    for (const value of values) {
      const { bundle } = await show(value);
      assert.ok(bundle["text/plain"].length > 0);
      assert.ok("image/png" in bundle || "image/svg+xml" in bundle);
      assert.doesNotMatch(bundle["text/html"] as string, /<script|<style|<svg|\son\w+=/i);
      assert.deepEqual(JSON.parse(JSON.stringify(bundle)), bundle); // the kernel sends JSON
    }
  },
);

testOnDevices(
  "a tensor, a module and a history show themselves as the last expression of a cell",
  async () => {
    const x = tf.tensor1d([1, 2]);
    assert.match((await display(x))["text/plain"], /^Tensor float32 \[2\]/);
    using model = new Sequential(new Linear(2, 1));
    assert.match((await display(model.parameters()[0]))["text/plain"], /^Variable /);
    assert.match((await display(model))["text/plain"], /^Sequential: 3 parameters/);
    using optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
    const loss: Objective<Sequential, tf.Tensor> = (model, x) => model.forward(x).square().mean();
    const trainer = new Trainer(model, { optimizer, loss });
    const history = await trainer.fit([tf.ones([1, 2])], { steps: 2 });
    const bundle = await display(history);
    assert.match(bundle["text/plain"], /ended by +steps$/);
    assert.match(bundle["text/html"] as string, /<img /);
    assert.equal(history.length, 2);
  },
  ["cpu"],
);
