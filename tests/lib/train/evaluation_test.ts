import assert from "node:assert/strict";
import { TextWindows, type TokenBatch } from "@tome/tome/data";
import { Rng } from "@tome/tome/tensor";
import { evaluateLoss, nextToken, type Objective } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";
import { countingBatch, finiteBatches, TinyLM } from "./_tiny.ts";

testOnDevices("evaluateLoss() is the loss of all batches as one, with dropout off", async () => {
  using model = new TinyLM(0.5);
  model.head.training = false; // a mode to be kept
  const random = new Rng(1);
  const sizes = [1, 5, 2];
  const batches = sizes.map((rows) => countingBatch(random, rows));
  const results = await evaluateLoss(model, batches, { loss: nextToken });
  assert.deepEqual([model.training, model.dropout.training, model.head.training], [
    true,
    true,
    false,
  ]);
  const all = {
    inputs: tf.concat(batches.map((b) => b.inputs)),
    targets: tf.concat(batches.map((b) => b.targets)),
  };
  await assertClose([results.loss!], nextToken(model.eval(), all), { rtol: 1e-5 });
});

testOnDevices("evaluateLoss() averages further metrics and stops at maxBatches", async () => {
  using model = new TinyLM();
  let seen = 0;
  const metrics = (_: TinyLM, { inputs }: TokenBatch) => {
    seen++;
    return { rows: tf.scalar(inputs.shape[0]!), one: tf.scalar(1) };
  };
  const results = await evaluateLoss(model, finiteBatches(40), {
    loss: nextToken,
    metrics,
    maxBatches: 20,
  });
  assert.equal(seen, 20);
  assert.deepEqual([results.rows, results.one], [4, 1]);
});

testOnDevices("evaluateLoss() passes over batches in which nothing counts", async () => {
  using model = new TinyLM(0);
  const good = countingBatch(new Rng(1));
  const empty = { inputs: good.inputs, targets: tf.fill(good.targets.shape, -100, "int32") };
  const both = await evaluateLoss(model, [good, empty], { loss: nextToken });
  const one = await evaluateLoss(model, [good], { loss: nextToken });
  assert.equal(both.loss, one.loss);
});

testOnDevices(
  "evaluateLoss() leaves the model as it was, and no tensor, if the loss throws",
  async () => {
    using model = new TinyLM();
    let calls = 0;
    const failing: Objective<TinyLM, TokenBatch> = (m, b) => {
      if (++calls === 3) throw new Error("no more");
      return nextToken(m, b);
    };
    const before = tf.memory().numTensors;
    await assert.rejects(evaluateLoss(model, finiteBatches(5), { loss: failing }), /no more/);
    assert.equal(tf.memory().numTensors, before);
    assert.ok(model.dropout.training);
    await assert.rejects(evaluateLoss(model, [], { loss: nextToken }), RangeError);
  },
);

testOnDevices(
  "evaluateLoss() sees the same batches each time, and refuses those without end",
  async () => {
    using model = new TinyLM();
    const ids = Array.from({ length: 200 }, (_, i) => i * i % 11);
    const held = new TextWindows(ids, { contextLength: 8, batchSize: 2, seed: 1 });
    const place = held.state();
    const [a, b] = [
      await evaluateLoss(model, held, { loss: nextToken, maxBatches: 3 }),
      await evaluateLoss(model, held, { loss: nextToken, maxBatches: 3 }),
    ];
    assert.deepEqual(a, b);
    assert.deepEqual(held.state(), place);
    await assert.rejects(evaluateLoss(model, held, { loss: nextToken }), {
      name: "RangeError",
      message: /without end; pass maxBatches/,
    });
  },
);
