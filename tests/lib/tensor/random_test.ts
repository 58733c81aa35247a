import assert from "node:assert/strict";
import { randomNormal, Rng } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

Deno.test("Rng continues from a saved state", () => {
  const a = new Rng(5);
  for (let i = 0; i < 10; i++) a.bits();
  const b = new Rng(0);
  b.state = a.state;
  assert.deepEqual([a.bits(), a.normal(), a.int(9)], [b.bits(), b.normal(), b.int(9)]);
});

Deno.test("Rng.uniform() and Rng.normal() have the moments of their distributions", () => {
  const random = new Rng(3);
  const n = 100_000;
  let [u, m, v] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    u += random.uniform() / n;
    const x = random.normal();
    m += x / n;
    v += x * x / n;
  }
  assert.ok(Math.abs(u - 0.5) < 0.01 && Math.abs(m) < 0.02 && Math.abs(v - 1) < 0.02);
});

Deno.test("Rng.shuffle() keeps every item", () => {
  const items = new Rng(1).shuffle(Array.from({ length: 50 }, (_, i) => i));
  assert.deepEqual([...items].sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i));
  assert.notDeepEqual(items[0], 0);
});

testOnDevices("randomNormal() gives equal numbers for equal seeds", async () => {
  const [a, b] = [1, 1].map((s) => randomNormal([3, 4], 0, 1, { rng: new Rng(s) }));
  await assertClose(a!, b!, { rtol: 0, atol: 0 });
});
