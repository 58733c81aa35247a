import assert from "node:assert/strict";
import {
  applyTemperature,
  argmax,
  draw,
  forbidRepeatedRuns,
  keepMinP,
  keepTopK,
  keepTopP,
  logSoftmax,
  penalizeRepetition,
  softmax,
  topIndices,
} from "@tome/tome/generate";
import { Rng } from "@tome/tome/tensor";
import { assertClose } from "../../_support/numeric.ts";

const logs = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log);
const kept = (logits: Float32Array) => [...logits.keys()].filter((i) => logits[i] !== -Infinity);

Deno.test("softmax() and logSoftmax() match hand-computed values and do not overflow", async () => {
  await assertClose(softmax(Float32Array.of(0, Math.LN2, -Infinity)), [1 / 3, 2 / 3, 0]);
  await assertClose(logSoftmax(Float32Array.of(1e4, 1e4)), [-Math.LN2, -Math.LN2]);
  await assertClose(logSoftmax(Float32Array.of(-1e4, -1e4, -2e4)), [
    -Math.LN2,
    -Math.LN2,
    -10000.693,
  ]);
});

Deno.test("softmax() throws if there is nothing to choose from", () => {
  for (const bad of [[0, NaN], [Infinity, 0], [-Infinity, -Infinity]]) {
    assert.throws(() => softmax(Float32Array.from(bad)), {
      name: "RangeError",
      message: /Cannot choose a token as logits must be numbers.*current one is (NaN|-?Infinity)/,
    });
  }
});

Deno.test("penalizeRepetition() divides positive and multiplies negative logits, once each", () => {
  const logits = Float32Array.of(2, -2, 3, 0);
  assert.deepEqual([...penalizeRepetition(logits, [0, 1, 0, 3], 2)], [1, -4, 3, 0]);
  assert.deepEqual([...logits], [2, -2, 3, 0]); // unchanged
});

Deno.test("forbidRepeatedRuns() forbids what would end a run that was there before, and nothing else", () => {
  const rng = new Rng(3);
  for (let round = 0; round < 60; round++) {
    const [size, count] = [1 + rng.int(4), rng.int(14)];
    const ids = Array.from({ length: count }, () => rng.int(3));
    const runs = new Set(ids.map((_, i) => ids.slice(i, i + size)).map(String));
    const expected = [0, 1, 2].filter((id) => !runs.has(String([...ids, id].slice(-size))));
    const allowed = count + 1 < size ? [0, 1, 2] : expected;
    assert.deepEqual(kept(forbidRepeatedRuns(Float32Array.of(1, 2, 3), ids, size)), allowed);
  }
  const logits = Float32Array.of(1, 2, 3);
  assert.deepEqual([...forbidRepeatedRuns(logits, [0, 1, 2, 0, 1], 3)], [1, 2, -Infinity]);
  assert.deepEqual([...logits], [1, 2, 3]); // unchanged
});

Deno.test("applyTemperature() sharpens and flattens", async () => {
  const half = softmax(applyTemperature(logs(0.2, 0.8), 0.5)); // squares the odds: 1 : 16
  await assertClose(half, [1 / 17, 16 / 17]);
});

Deno.test("keepTopK() keeps the k largest and those equal to the last", () => {
  const logits = Float32Array.of(1, 5, 3, 3, 0);
  assert.deepEqual(kept(keepTopK(logits, 1)), [1]);
  assert.deepEqual(kept(keepTopK(logits, 2)), [1, 2, 3]);
  assert.deepEqual(kept(keepTopK(logits, 4)), [0, 1, 2, 3]);
  assert.deepEqual([...keepTopK(logits, 9)], [...logits]);
  assert.deepEqual(kept(keepTopK(Float32Array.of(-5, -7, -6), 2)), [0, 2]);
});

Deno.test("keepTopP() keeps the smallest set whose mass is at least p", () => {
  const logits = logs(0.125, 0.5, 0.25, 0.125); // sums are exact in binary
  assert.deepEqual(kept(keepTopP(logits, 0.01)), [1]);
  assert.deepEqual(kept(keepTopP(logits, 0.49)), [1]);
  assert.deepEqual(kept(keepTopP(logits, 0.51)), [1, 2]);
  assert.deepEqual(kept(keepTopP(logits, 0.74)), [1, 2]);
  assert.deepEqual(kept(keepTopP(logits, 0.76)), [0, 1, 2]); // of two equals the first
  assert.deepEqual(kept(keepTopP(logits, 0.99)), [0, 1, 2, 3]);
  assert.deepEqual([...keepTopP(logits, 1)], [...logits]);
});

Deno.test("keepTopP() agrees with the definition on random logits", () => {
  const random = new Rng(4);
  for (let trial = 0; trial < 200; trial++) {
    const logits = Float32Array.from({ length: 20 }, () => random.normal(0, 2));
    const p = random.uniform(0.05, 0.95);
    const chosen = kept(keepTopP(logits, p));
    const probabilities = softmax(logits);
    const mass = chosen.reduce((sum, id) => sum + probabilities[id]!, 0);
    const least = Math.min(...chosen.map((id) => probabilities[id]!));
    assert.ok(mass >= p && mass - least < p, `trial ${trial}`);
    assert.equal(probabilities.filter((x) => x >= least).length, chosen.length);
  }
});

Deno.test("keepMinP() keeps what is likely enough beside the likeliest", () => {
  const logits = logs(0.5, 0.26, 0.14, 0.1);
  assert.deepEqual(kept(keepMinP(logits, 0.25)), [0, 1, 2]);
  assert.deepEqual(kept(keepMinP(logits, 0.51)), [0, 1]);
  assert.deepEqual(kept(keepMinP(logits, 1)), [0]);
  assert.deepEqual(kept(keepMinP(logits, 0)), [0, 1, 2, 3]);
});

Deno.test("argmax() and topIndices() put the lower index first among equals", () => {
  assert.equal(argmax(Float32Array.of(1, 4, 4, 2)), 1);
  assert.deepEqual(topIndices([3, 1, 4, 1, 5, 4], 4), [4, 2, 5, 0]);
  assert.deepEqual(topIndices([1, 2], 9), [1, 0]);
  assert.deepEqual(topIndices([1, 2], 0), []);
  const random = new Rng(2);
  const values = Array.from({ length: 500 }, () => random.int(50));
  const sorted = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
  assert.deepEqual(topIndices(values, 37), sorted.slice(0, 37));
});

Deno.test("draw() draws as the probabilities say (chi-square, 20,000 draws)", () => {
  const random = new Rng(11);
  const probabilities = Float32Array.of(0.05, 0, 0.3, 0.15, 0.4, 0.1, 0);
  const counts = new Array(7).fill(0);
  for (let i = 0; i < 20_000; i++) counts[draw(probabilities, random)]++;
  assert.deepEqual([counts[1], counts[6]], [0, 0]);
  const chi = [0, 2, 3, 4, 5].reduce((sum, i) => {
    const expected = 20_000 * probabilities[i]!;
    return sum + (counts[i] - expected) ** 2 / expected;
  }, 0);
  assert.ok(chi < 18.47, `χ² is ${chi}`); // 99.9 % of χ² with 4 degrees of freedom
});
