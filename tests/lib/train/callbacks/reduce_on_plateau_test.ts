import assert from "node:assert/strict";
import { ReduceOnPlateau, SGD } from "@tome/tome/optim";
import { useDevice } from "@tome/tome/tensor";
import { nextToken, reduceOnPlateau, Trainer } from "@tome/tome/train";
import { CountingBatches, finiteBatches, inFolder, TinyLM } from "../_tiny.ts";

await useDevice("cpu");

Deno.test("reduceOnPlateau() lowers lr when validation does not improve, also across a resume", () =>
  inFolder(async (folder) => {
    const rates: number[] = [];
    for (const steps of [3, 6]) {
      const plateau = new ReduceOnPlateau({
        lr: 1e-9,
        patience: 1,
        factor: 0.5,
        threshold: 0.01,
        eps: 0,
      });
      using model = new TinyLM();
      using optimizer = new SGD(model.namedParameters(), { lr: plateau.schedule }); // too slow to improve
      const trainer = new Trainer(model, {
        optimizer,
        loss: nextToken,
        evaluate: { batches: finiteBatches(1), every: 1 },
        callbacks: [reduceOnPlateau(plateau)],
        checkpoint: { folder, best: false },
      });
      const resume = steps === 6 ? { resume: folder } : {};
      const history = await trainer.fit(new CountingBatches(1), { steps, ...resume });
      rates.push(...history.map(({ lr }) => lr));
    }
    // the validation after step 1 is the best, 2 and 3 are not: step 4 is slower; so are 4 and 5
    assert.deepEqual(rates, [1e-9, 1e-9, 1e-9, 5e-10, 5e-10, 2.5e-10]);
  }));
