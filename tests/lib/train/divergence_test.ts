import assert from "node:assert/strict";
import type { StepRecord } from "@tome/tome/train";
import { DivergenceGuard } from "../../../lib/train/divergence.ts";

function record(step: number, loss: number, more: Partial<StepRecord> = {}): StepRecord {
  return { step, loss, epoch: 0, lr: 0.01, tokens: 1, millis: 1, tokensPerSecond: 1, ...more };
}

function feed(guard: DivergenceGuard, losses: number[]): (string | undefined)[] {
  return losses.map((loss, i) => guard.check(record(i + 1, loss))?.kind);
}

Deno.test("DivergenceGuard tells losses and gradients that are not finite, with the step and advice", () => {
  const guard = new DivergenceGuard();
  assert.equal(guard.check(record(1, 2)), undefined);
  const nan = guard.check(record(7, NaN), "runs/x/last");
  assert.equal(nan?.kind, "not finite");
  assert.match(nan!.error.message, /at step 7 as the loss must be finite: current loss is NaN/);
  assert.match(nan!.error.message, /lower lr \(it was 0\.01\).*maxGradNorm.*data/);
  assert.match(nan!.error.message, /the last good checkpoint is runs\/x\/last/);
  assert.equal(nan!.error.checkpoint, "runs/x/last");
  assert.equal(guard.check(record(2, 2, { gradNorm: Infinity }))?.kind, "not finite");
  assert.match(guard.check(record(2, -Infinity))!.error.message, /no checkpoint was written/);
});

Deno.test("DivergenceGuard tells a spike from noise", () => {
  const falling = Array.from({ length: 60 }, (_, i) => 4 * 0.95 ** i + (i % 2 ? 0.05 : 0));
  assert.ok(feed(new DivergenceGuard(), falling).every((kind) => kind === undefined));

  const guard = new DivergenceGuard();
  feed(guard, falling);
  assert.equal(guard.check(record(61, 3.5)), undefined, "not worse than at the start");
  assert.equal(guard.check(record(62, 40))?.kind, "spike");
  assert.match(guard.check(record(62, 40))!.error.message, /current loss is 40, their median is/);
});

Deno.test("DivergenceGuard judges nothing before it has seen ten losses, and bears negative ones", () => {
  assert.ok(feed(new DivergenceGuard(), [1, 100, 1, 1000]).every((kind) => kind === undefined));
  const guard = new DivergenceGuard();
  assert.ok(feed(guard, Array(20).fill(-5)).every((kind) => kind === undefined));
  assert.equal(guard.check(record(21, 4)), undefined, "within twice the size of the median");
  assert.equal(guard.check(record(22, 6))?.kind, "spike");
});

Deno.test("DivergenceGuard goes on from a state", () => {
  const first = new DivergenceGuard();
  feed(first, Array(30).fill(2));
  const second = new DivergenceGuard();
  second.restore(JSON.parse(JSON.stringify(first.state())));
  assert.equal(second.check(record(31, 20))?.kind, "spike");
});
