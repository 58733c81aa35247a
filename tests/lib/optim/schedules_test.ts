import assert from "node:assert/strict";
import * as optim from "@tome/tome/optim";
import golden from "../../golden/schedules.json" with { type: "json" };
import { assertClose } from "../../_support/numeric.ts";

const EXACT = { rtol: 1e-12, atol: 1e-18 };

for (const { schedule: name, options, rates } of golden.cases) {
  Deno.test(`${name}() gives the rates of transformers: ${JSON.stringify(options)}`, async () => {
    const make = optim[name as keyof typeof optim] as (options: object) => optim.Schedule;
    const schedule = make(options);
    await assertClose(rates.map((_, k) => schedule(k + 1)), rates, EXACT);
    assert.equal(schedule(5), rates[4]); // a function of the step alone
  });
}

for (const { options, rates } of golden.plateaus) {
  Deno.test(`ReduceOnPlateau gives the rates of PyTorch: ${JSON.stringify(options)}`, async () => {
    let plateau = new optim.ReduceOnPlateau(options as optim.ReduceOnPlateauOptions);
    const seen: number[] = [];
    for (const [k, metric] of golden.metrics.entries()) {
      plateau.update(metric);
      seen.push(plateau.schedule());
      if (k % 5 === 0) { // goes on from a saved state
        const state = JSON.parse(JSON.stringify(plateau.state));
        plateau = new optim.ReduceOnPlateau(options as optim.ReduceOnPlateauOptions);
        plateau.state = state;
      }
    }
    await assertClose(seen, rates, EXACT);
    assert.ok(new Set(rates).size > 1, "the case never reduces");
  });
}

Deno.test("schedules keep their last value after the end", () => {
  const after = 1_000;
  assert.equal(optim.linear({ peak: 1, total: 10 })(after), 0);
  assert.equal(optim.cosineWithRestarts({ peak: 1, total: 10, cycles: 2 })(after), 0);
  assert.equal(optim.polynomial({ peak: 1, total: 10, end: 0.25 })(after), 0.25);
  const { oneCycle, warmupStableDecay } = optim;
  assert.equal(oneCycle({ peak: 1, total: 10 })(after), oneCycle({ peak: 1, total: 10 })(10));
  assert.equal(warmupStableDecay({ peak: 1, stable: 3, decay: 3, minLr: 0.5 })(after), 0.5);
});

Deno.test("schedules refuse what is not a learning rate", () => {
  assert.throws(() => optim.constant({ peak: -1 }), {
    name: "RangeError",
    message: "Cannot make a schedule as peak must be a positive number: current value is -1",
  });
  assert.throws(() => optim.cosine({ peak: 1, total: NaN }), /total must be a number from 0 up/);
  assert.throws(() => optim.polynomial({ peak: 1, total: 9, end: 1 }), /end must be less than/);
  assert.throws(() => new optim.ReduceOnPlateau({ lr: 1, factor: 1 }), /factor must be less than/);
});
