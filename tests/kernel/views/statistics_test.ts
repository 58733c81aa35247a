import assert from "node:assert/strict";
import { histogram, statistics } from "../../../kernel/views/statistics.ts";

Deno.test("statistics() is safe for large numbers that lie close together", () => {
  const values = [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16];
  const { mean, std, min, max } = statistics(values);
  assert.deepEqual([min, max, mean], [1e9 + 4, 1e9 + 16, 1e9 + 10]);
  assert.ok(Math.abs(std - Math.sqrt(22.5)) < 1e-9);
});

Deno.test("statistics() of nothing has no mean", () => {
  assert.deepEqual(statistics([]), {
    size: 0,
    min: NaN,
    mean: NaN,
    std: NaN,
    max: NaN,
    numNaN: 0,
    numInfinite: 0,
  });
});

Deno.test("histogram() counts each finite number once, the greatest in the last interval", () => {
  const { low, high, counts } = histogram([0, 0.1, 1, 2, 3.9, 4, NaN, Infinity], 4);
  assert.deepEqual([low, high, counts], [0, 4, [2, 1, 1, 2]]);
});

Deno.test("histogram() finds an interval for equal numbers of any magnitude", () => {
  for (const value of [0, 5, -1e30, 3.4e38]) {
    const { low, high, counts } = histogram([value, value], 5);
    assert.ok(low < value && value < high);
    assert.equal(counts.reduce((a, b) => a + b), 2);
    assert.equal(counts[2], 2);
  }
});
