import assert from "node:assert/strict";
import { earlyStopping, type EarlyStoppingOptions, type TrainerHandle } from "@tome/tome/train";

/** The number of validations after which it stops the run; 0 if it does not. */
function stopsAfter(
  results: number[],
  options: EarlyStoppingOptions,
  callback = earlyStopping(options),
) {
  let stopped = false;
  const trainer = { stop: () => stopped = true } as unknown as TrainerHandle;
  const metric = options.metric ?? "loss";
  for (const [i, value] of results.entries()) {
    const metrics = { [metric]: value };
    callback.onEvaluate!({ trainer, step: i, epoch: 0, millis: 0, name: "validation", metrics });
    callback.onEvaluate!({ trainer, step: i, epoch: 0, millis: 0, name: "other", metrics: {} });
    if (stopped) return i + 1;
  }
  return 0;
}

Deno.test("earlyStopping() stops after `patience` validations without an improvement", () => {
  assert.equal(stopsAfter([3, 2, 2.5, 1, 1, 1, 1], { patience: 2 }), 6);
  assert.equal(stopsAfter([3, 2, 1], { patience: 1 }), 0);
  assert.equal(stopsAfter([1, NaN, NaN], { patience: 2 }), 3);
});

Deno.test("earlyStopping() asks for more than minDelta, in either direction", () => {
  assert.equal(stopsAfter([3, 2.95, 2.9], { patience: 2, minDelta: 0.2 }), 3);
  assert.equal(stopsAfter([0.1, 0.2, 0.3, 0.2], { patience: 1, metric: "f1", mode: "max" }), 4);
});

Deno.test("earlyStopping() goes on counting from a state", () => {
  const first = earlyStopping({ patience: 3 });
  assert.equal(stopsAfter([1, 2, 2], {}, first), 0);
  const second = earlyStopping({ patience: 3 });
  second.restore!(JSON.parse(JSON.stringify(first.state!())));
  assert.equal(stopsAfter([2], {}, second), 1);
});
