import assert from "node:assert/strict";
import { cosinePairs, rocAuc, verificationReport } from "@tome/tome/metrics";
import { Rng } from "@tome/tome/tensor";
import golden from "../../golden/vision_metrics.json" with { type: "json" };
import { assertNear } from "./_golden.ts";

const { scores, same, auc, equalErrorRate } = golden.verification;

Deno.test("verificationReport() finds scikit-learn's equal error rate", () => {
  assertNear(rocAuc(scores, same), auc, "AUC");
  assertNear(verificationReport(scores, same).equalErrorRate, equalErrorRate, "EER");
});

Deno.test("verificationReport() finds the threshold that tells most pairs right", () => {
  const { threshold } = verificationReport(scores, same);
  const right = (at: number) => scores.filter((s, i) => Number(s >= at) === same[i]).length;
  assert.equal(right(threshold), Math.max(...[...scores, Infinity].map(right)));
});

Deno.test("verificationReport() does not see the fold that it measures", () => {
  const apart = verificationReport([...same], same);
  assert.deepEqual([apart.accuracy, apart.error, apart.equalErrorRate], [1, 0, 0]);
  const few = verificationReport([3, 2, 1, 0, 5], [0, 1, 0, 1, 1], { folds: 5 });
  assert.ok(few.accuracy >= 0 && few.accuracy <= 1); // one pair a fold
  // scores that say nothing: with thresholds chosen on all pairs it would be above one half
  const rng = new Rng(2);
  const means = Array.from({ length: 40 }, () => {
    const labels = Array.from({ length: 60 }, (_, i) => i % 2);
    return verificationReport(labels.map(() => rng.uniform()), rng.shuffle(labels)).accuracy;
  });
  const mean = means.reduce((a, b) => a + b) / means.length;
  assert.ok(Math.abs(mean - 0.47) < 0.05, `${mean}`);
});

Deno.test("verificationReport() and cosinePairs() name what is wrong, and pair each with each", () => {
  assert.throws(() => verificationReport([1], [1]), { name: "RangeError" });
  assert.throws(() => verificationReport([1, 2], [1, 2], { folds: 2 }), /labels must be 0 or 1/);
  assert.throws(() => verificationReport([1, 2], [1, 1], { folds: 2 }), /both classes/);
  const pairs = cosinePairs([[1, 0], [0, 1], [0.6, 0.8]], [4, 4, 5]);
  assert.deepEqual(pairs, { scores: [0, 0.6, 0.8], same: [1, 0, 0] });
});
