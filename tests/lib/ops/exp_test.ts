import assert from "node:assert/strict";
import { Rng } from "@tome/tome/tensor";
import { exp } from "../../../lib/ops/exp.ts";
import { GATES, SLOPES } from "../../../lib/ops/normal.ts";

Deno.test("exp() is as exact as float32 needs, and keeps what is no number", () => {
  const random = new Rng(1);
  for (let i = 0; i < 100_000; i++) {
    const x = random.uniform(-700, 700);
    assert.ok(Math.abs(exp(x) / Math.exp(x) - 1) < 1e-8, `exp(${x}) is ${exp(x)}`);
  }
  assert.deepEqual([exp(0), exp(-Infinity), exp(-1e4), exp(Infinity), exp(1e4)], [
    1,
    0,
    0,
    Infinity,
    Infinity,
  ]);
  assert.ok(Number.isNaN(exp(NaN)));
});

/** The normal distribution function by Simpson's rule. */
function distribution(x: number): number {
  const n = 2000, h = x / n;
  const density = (t: number) => Math.exp(-t * t / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < n; i++) sum += (i % 2 ? 4 : 2) * density(i * h);
  return 0.5 + sum * h / 3;
}

Deno.test("GATES and SLOPES are GELU's share and derivative to 2e-7", () => {
  const share = {
    none: distribution,
    tanh: (x: number) => 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  };
  for (const kind of ["none", "tanh"] as const) {
    const gelu = (x: number) => x * share[kind](x);
    for (let x = -9; x <= 9; x += 0.0137) {
      assert.ok(Math.abs(GATES[kind](x) - share[kind](x)) < 2e-7, `${kind}: the share at ${x}`);
      const slope = (gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5;
      assert.ok(Math.abs(SLOPES[kind](x) - slope) < 3e-7, `${kind}: the derivative at ${x}`);
    }
    assert.deepEqual([GATES[kind](-Infinity), GATES[kind](Infinity)], [0, 1]);
    assert.ok(Number.isNaN(GATES[kind](NaN)) && Number.isNaN(SLOPES[kind](NaN)));
  }
});
