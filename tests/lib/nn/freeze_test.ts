import assert from "node:assert/strict";
import { freeze, Linear, Sequential, trainableParameters, unfreeze } from "@tome/tome/nn";
import { layerwiseDecay, lrByPath, SGD } from "@tome/tome/optim";
import { seed, type Variable } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const make = () => new Sequential(new Linear(2, 3), new Linear(3, 3), new Linear(3, 1));

testOnDevices("freeze() and unfreeze() choose parameters by the beginnings of their paths", () => {
  using model = make();
  const trained = () => [...trainableParameters(model)].map(([path]) => path);
  assert.equal(freeze(model, ["layers.0", "layers.*.bias"]), 9 + 3 + 1);
  assert.deepEqual(trained(), ["layers.1.weight", "layers.2.weight"]);
  assert.equal(freeze(model), 9 + 12 + 4);
  assert.equal(unfreeze(model, ["layers.2"]), 4);
  assert.deepEqual(trained(), ["layers.2.weight", "layers.2.bias"]);
  assert.throws(() => freeze(model, ["layers.7"]), {
    name: "RangeError",
    message: /current pattern is "layers.7"; there are layers.0.weight/,
  });
}, ["cpu"]);

testOnDevices(
  "An optimizer changes layers by their own learning rates, and frozen ones not at all",
  async () => {
    seed(1);
    using model = make();
    freeze(model, ["layers.1"]);
    const lrScale = lrByPath({ "layers.0": 0.1 });
    using optimizer = new SGD(model.namedParameters(), { lr: 1, lrScale });
    const before = new Map<string, Float32Array>();
    for (const [path, p] of model.namedParameters()) {
      before.set(path, Float32Array.from(await p.data() as Float32Array));
    }
    const gradients = Object.fromEntries(
      [...model.namedParameters()].map(([path, p]) => [path, tf.onesLike(p)]),
    );
    optimizer.step(gradients);
    const change = { "layers.0": 0.1, "layers.1": 0, "layers.2": 1 } as Record<string, number>;
    for (const [path, p] of model.namedParameters()) {
      const by = change[path.slice(0, 8)]!;
      await assertClose(p, before.get(path)!.map((x) => x - by));
    }
  },
);

Deno.test("layerwiseDecay() lets learning rates fall from the head to the embeddings", () => {
  const scale = layerwiseDecay({ factor: 0.5, numLayers: 3, layers: "encoder.blocks.*" });
  const of = (path: string) => scale(path, undefined as unknown as Variable);
  assert.deepEqual(
    [
      "tokens.weight",
      "encoder.blocks.0.attn.q.weight",
      "encoder.blocks.2.norm1.weight",
      "head.bias",
    ]
      .map(of),
    [0.125, 0.25, 1, 1],
  );
  assert.throws(() => layerwiseDecay({ factor: 0, numLayers: 3 }), { name: "RangeError" });
  assert.throws(() => layerwiseDecay({ factor: 1, numLayers: 3, layers: "blocks" }), {
    message: /layers must hold \*/,
  });
  assert.throws(() => lrByPath({ a: -1 }), { message: /current scale of "a" is -1/ });
});
