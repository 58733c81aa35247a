import assert from "node:assert/strict";
import { nextToken, Trainer, validate } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { CountingBatches, finiteBatches, TinyLM, tinyOptimizer } from "../_tiny.ts";

testOnDevices("validate() measures at the start, every so often, and at the end", async () => {
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  const trainer = new Trainer(model, {
    optimizer,
    loss: nextToken,
    callbacks: [
      validate(finiteBatches(3), { every: 2, atStart: true }),
      validate(finiteBatches(3), { name: "test", metrics: () => ({ two: tf.scalar(2) }) }),
    ],
  });
  const { evaluations } = await trainer.fit(new CountingBatches(1), { steps: 3 });
  assert.deepEqual(evaluations.map(({ step, name }) => [step, name]), [
    [0, "validation"],
    [2, "validation"],
    [3, "validation"],
    [3, "test"],
  ]);
  assert.equal(evaluations.at(-1)!.metrics.two, 2);
});

testOnDevices(
  "validate() does not measure twice at the last step, nor after an abort",
  async () => {
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const abort = new AbortController();
    const make = () =>
      new Trainer(model, {
        optimizer,
        loss: nextToken,
        signal: abort.signal,
        callbacks: [validate(finiteBatches(1), { every: 2 })],
      });
    assert.equal((await make().fit(new CountingBatches(1), { steps: 2 })).evaluations.length, 1);
    abort.abort();
    assert.equal((await make().fit(new CountingBatches(1), { steps: 2 })).evaluations.length, 0);
  },
);
