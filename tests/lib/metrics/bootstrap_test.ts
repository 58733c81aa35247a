import assert from "node:assert/strict";
import { accuracy, bootstrap, compare, countedMetric, f1, Running } from "@tome/tome/metrics";
import { Rng } from "@tome/tome/tensor";
import { assertNear, golden } from "./_golden.ts";

const mean = countedMetric<[value: number]>("mean", (value) => [value, 1], ([sum, n]) => sum! / n!);

Deno.test("bootstrap gives scipy's intervals, but for the draws", () => {
  const { sample } = golden.intervals;
  for (const method of ["percentile", "BCa"] as const) {
    const found = bootstrap(mean, [sample], { method, samples: 20_000, seed: 3 });
    const [low, high] = golden.intervals[method];
    const slack = 0.02 * (high - low); // of 20,000 draws each
    assert.ok(Math.abs(found.low - low) < slack, `${method}: ${found.low} instead of ${low}`);
    assert.ok(Math.abs(found.high - high) < slack, `${method}: ${found.high} instead of ${high}`);
  }
});

Deno.test("bootstrap covers the true value about as often as it says", () => {
  const random = new Rng(5);
  let covered = 0;
  for (let trial = 0; trial < 200; trial++) {
    const sample = Array.from({ length: 80 }, () => random.normal(2, 1));
    const { low, high } = bootstrap(mean, [sample], { samples: 300, seed: trial });
    covered += Number(low <= 2 && 2 <= high);
  }
  assert.ok(covered >= 180 && covered <= 199, `${covered} of 200`);
});

Deno.test("counted and plain metrics are drawn alike", () => {
  const [predictions, labels] = [[0, 1, 1, 0, 1, 1], [0, 1, 0, 0, 1, 0]];
  const plain = bootstrap((...columns: Parameters<typeof accuracy>) => accuracy(...columns), [
    predictions,
    labels,
  ]);
  assert.deepEqual(bootstrap(accuracy, [predictions, labels]), plain);
  assert.ok(bootstrap(f1("macro"), [predictions, labels]).value > 0.5);
  assert.match(String(plain), /^0\.6667 \[0\.\d+, 1\.?\]$/);
});

Deno.test("compare finds a difference where there is one, and none between equals", () => {
  const random = new Rng(9);
  const labels = Array.from({ length: 300 }, () => random.int(2));
  const guess = (right: number) =>
    labels.map((label) => random.uniform() < right ? label : 1 - label);
  const [good, bad] = [guess(0.9), guess(0.7)];
  const found = compare(accuracy, [good, labels], [bad, labels]);
  assert.ok(found.difference.low > 0 && found.pValue < 0.01, String(found));
  const same = compare(accuracy, [good, labels], [good, labels]);
  assert.deepEqual([same.difference.value, same.pValue], [0, 1]);
});

Deno.test("Running measures batch by batch what the whole gives", () => {
  const running = new Running(accuracy).addAll([0, 1], [0, 0]).addAll([2], [2]);
  assertNear(running.value(), 2 / 3, "accuracy");
  assert.equal(running.examples, 3);
  assert.throws(() => new Running(accuracy).value(), /there are no examples/);
});

Deno.test("options that make no sense are refused", () => {
  assert.throws(
    () => bootstrap(mean, [[1]], { confidence: 1 }),
    /confidence must lie between 0 and 1.*current values are 1/s,
  );
});
