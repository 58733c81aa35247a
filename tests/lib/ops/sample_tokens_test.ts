import assert from "node:assert/strict";
import {
  applyTemperature,
  argmax,
  draw,
  keepMinP,
  keepTopK,
  keepTopP,
  logSoftmax,
  softmax,
} from "@tome/tome/generate";
import { sampleTokens, type SampleTokensOptions } from "@tome/tome/ops";
import { Rng } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

/** The logits of a row after the cuts, by the samplers of the CPU. */
function cut(logits: Float32Array, options: SampleTokensOptions): Float32Array {
  const { temperature = 1, topK = logits.length, topP = 1, minP = 0 } = options;
  return keepMinP(
    keepTopP(keepTopK(applyTemperature(logits, temperature), topK), topP),
    minP,
  );
}

const CUTS: SampleTokensOptions[] = [
  {},
  { temperature: 0.3 },
  { temperature: 2.5, topK: 3 },
  { topK: 1 },
  { topP: 0.5 },
  { temperature: 1.4, topP: 0.9 },
  { minP: 0.2 },
  { temperature: 1.2, topK: 7, topP: 0.8, minP: 0.1 },
];

function randomRows(rows: number, size: number, random: Rng, spread = 2): Float32Array {
  return Float32Array.from({ length: rows * size }, () => random.normal(0, spread));
}

testOnDevices("sampleTokens() without draws is the likeliest, the first of equals", async () => {
  for (const size of [1, 5, 127, 128, 300, 5000]) {
    const values = randomRows(3, size, new Rng(size));
    if (size > 4) values.fill(9, size + 2, size + 5); // equal ones in the second row
    const { ids, chosen } = sampleTokens(tf.tensor2d(values, [3, size]));
    assert.deepEqual(ids.shape, [3, 1]);
    const [id, pairs] = [await ids.data(), await chosen.data()];
    for (let row = 0; row < 3; row++) {
      const logits = values.slice(row * size, (row + 1) * size);
      assert.equal(id[row], argmax(logits));
      assert.equal(pairs[2 * row], id[row]);
      const expected = logSoftmax(logits)[id[row]!]!;
      assert.ok(Math.abs(pairs[2 * row + 1]! - expected) < 1e-5 * (1 + Math.abs(expected)));
    }
  }
});

testOnDevices("sampleTokens() draws what the samplers draw by the same number", async () => {
  const random = new Rng(5);
  for (const options of CUTS) {
    for (const size of [2, 11, 200]) {
      const rows = 60;
      const values = randomRows(rows, size, random);
      const numbers = Float32Array.from({ length: rows }, () => random.uniform());
      const { chosen } = sampleTokens(
        tf.tensor2d(values, [rows, size]),
        tf.tensor1d(numbers),
        options,
      );
      const pairs = await chosen.data();
      for (let row = 0; row < rows; row++) {
        const logits = values.slice(row * size, (row + 1) * size);
        const fixed = {
          uniform: (low: number, high: number) => low + (high - low) * numbers[row]!,
        };
        const expected = draw(softmax(cut(logits, options)), fixed as unknown as Rng);
        const what = `${JSON.stringify(options)} of ${size}, row ${row}`;
        assert.equal(pairs[2 * row], expected, what);
        assert.ok(Math.abs(pairs[2 * row + 1]! - logSoftmax(logits)[expected]!) < 1e-4, what);
      }
    }
  }
});

testOnDevices(
  "sampleTokens() keeps so many of equal tokens as top-p needs, the first",
  async () => {
    const logits = [1, 3, 3, 3, 0, 3]; // each of the four has a share of 0.23 or so
    const seen = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const { ids } = sampleTokens(tf.tensor2d([logits]), tf.tensor1d([i / 40]), { topP: 0.6 });
      seen.add((await ids.data())[0]!);
    }
    assert.deepEqual([...seen].sort(), [1, 2, 3]);
  },
);

testOnDevices(
  "sampleTokens() draws from the cut distribution of many tokens (chi-square)",
  async () => {
    const size = 1000, rows = 2000;
    const row = randomRows(1, size, new Rng(8), 1.5);
    const options = { temperature: 0.9, topK: 40, topP: 0.9 };
    const random = new Rng(9);
    const logits = tf.tile(tf.tensor2d(row, [1, size]), [rows, 1]);
    const counts = new Float64Array(size);
    for (let round = 0; round < 3; round++) {
      const draws = tf.tensor1d(Float32Array.from({ length: rows }, () => random.uniform()));
      const { ids } = sampleTokens(logits, draws, options);
      for (const id of await ids.data()) counts[id]!++;
    }
    const p = softmax(cut(row, options));
    let [chi, degrees] = [0, -1];
    for (let id = 0; id < size; id++) {
      if (p[id] === 0) assert.equal(counts[id], 0);
      else {[chi, degrees] = [
          chi + (counts[id]! - 3 * rows * p[id]!) ** 2 / (3 * rows * p[id]!),
          degrees + 1,
        ];}
    }
    assert.ok(degrees > 10);
    const limit = degrees * (1 - 2 / (9 * degrees) + 3.09 * Math.sqrt(2 / (9 * degrees))) ** 3; // 99.9 %
    assert.ok(chi < limit, `χ² is ${chi} of at most ${limit}`);
  },
);

testOnDevices("sampleTokens() marks rows that have no probabilities", async () => {
  const bad = tf.tensor2d([[0, NaN, 1], [-Infinity, -Infinity, -Infinity], [0, Infinity, 0], [
    0,
    1,
    2,
  ]]);
  const pairs = await sampleTokens(bad).chosen.data();
  assert.deepEqual([1, 3, 5].map((i) => Number.isFinite(pairs[i])), [false, false, false]);
  assert.ok(Number.isFinite(pairs[7]));
});

testOnDevices("sampleTokens() refuses shapes that do not fit", () => {
  assert.throws(() => sampleTokens(tf.zeros([3])), { name: "ShapeError" });
  assert.throws(() => sampleTokens(tf.zeros([2, 3]), tf.zeros([3])), { name: "ShapeError" });
});
