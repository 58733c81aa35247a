import assert from "node:assert/strict";
import { scale } from "../../../../kernel/charts/render/scale.ts";

const labels = (values: number[], options = {}) => {
  const s = scale(values, options);
  return s.ticks.map((tick) => s.label(tick));
};

Deno.test("scale() labels round values", () => {
  assert.deepEqual(labels([0, 1]), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  assert.deepEqual(labels([1.61, 4.13]), ["1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5"]);
  assert.deepEqual(labels([-30, 60]), ["−40", "−20", "0", "20", "40", "60"]);
  assert.deepEqual(labels([0, 10000], { count: 4 }), ["0", "5,000", "10,000"]);
  assert.deepEqual(labels([1, 600], { snug: true }), ["100", "200", "300", "400", "500", "600"]);
  assert.deepEqual(labels([0, 3e9], { count: 3 }), ["0", "1e9", "2e9", "3e9"]);
});

Deno.test("scale() labels powers of ten on a log axis", () => {
  assert.deepEqual(labels([0.02, 900], { log: true }), ["0.01", "0.1", "1", "10", "100", "1,000"]);
  assert.deepEqual(labels([2, 30], { log: true }), ["1", "2", "5", "10", "20", "50", "100"]);
  assert.equal(scale([1, 100], { log: true }).at(10), 0.5);
  assert.ok(Number.isNaN(scale([1, 100], { log: true }).at(0)));
});

Deno.test("scale() places a flat line in the middle, and survives no values", () => {
  assert.ok(Math.abs(scale([5, 5], { snug: true }).at(5) - 0.5) < 1e-9);
  assert.deepEqual([scale([]).at(0), scale([]).at(1)], [0, 1]);
  assert.deepEqual(scale([NaN, 2, Infinity, 4], { snug: true }).at(3), 0.5);
});
