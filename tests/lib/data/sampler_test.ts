import assert from "node:assert/strict";
import { inOrder, shuffled, weighted } from "@tome/tome/data";
import { Rng } from "@tome/tome/tensor";
import { shuffleStream } from "../../../lib/data/sampler.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const sorted = (xs: ArrayLike<number>) => Array.from(xs).sort((a, b) => a - b);

Deno.test("inOrder() takes the examples as they lie", () => {
  assert.deepEqual(Array.from(inOrder()(4, 7)), [0, 1, 2, 3]);
});

Deno.test("shuffled() gives each example once, in an order of its own each pass", () => {
  const orders = range(20).map((epoch) => Array.from(shuffled(5)(50, epoch)));
  for (const order of orders) assert.deepEqual(sorted(order), range(50));
  assert.equal(new Set(orders.map(String)).size, 20);
  assert.deepEqual(Array.from(shuffled(5)(50, 3)), orders[3]);
  assert.notDeepEqual(Array.from(shuffled(6)(50, 3)), orders[3]);
});

Deno.test("weighted() draws each example as often as its weight says", () => {
  const order = weighted([1, 0, 3], 1, 40_000)(3, 0);
  const counts = [0, 1, 2].map((i) => Array.from(order).filter((j) => j === i).length);
  assert.equal(counts[1], 0);
  assert.ok(Math.abs(counts[0]! - 10_000) < 300, `${counts}`); // 3.5 standard deviations
  assert.deepEqual(weighted([1, 2], 1)(2, 4), weighted([1, 2], 1)(2, 4));
  assert.notDeepEqual(weighted([1, 2], 1, 50)(2, 4), weighted([1, 2], 1, 50)(2, 5));
});

Deno.test("weighted() refuses weights that say nothing", () => {
  assert.throws(() => weighted([0, 0], 1), /a sum above 0: current sum is 0/);
  assert.throws(() => weighted([], 1), /current sum is 0/);
  assert.throws(() => weighted([1, -1], 1), /current weight 1 is -1/);
  assert.throws(() => weighted([1, NaN], 1), /current weight 1 is NaN/);
  assert.throws(() => weighted([1], 1)(2, 0), /current number of examples is 2, of weights 1/);
});

Deno.test("shuffleStream() gives each example once, none much too early", async () => {
  const out = await Array.fromAsync(shuffleStream(range(100), 10, new Rng(1)));
  assert.deepEqual(sorted(out), range(100));
  assert.notDeepEqual(out, range(100));
  for (const [place, item] of out.entries()) assert.ok(item <= place + 10);
  assert.deepEqual(await Array.fromAsync(shuffleStream([], 10, new Rng(1))), []);
});
