import assert from "node:assert/strict";
import { generate } from "@tome/tome/generate";
import { GPT } from "@tome/tome/models/gpt";
import { SGD } from "@tome/tome/optim";
import { interruptSignal, memory, Rng, setInterruptSource } from "@tome/tome/tensor";
import { evaluateLoss, nextToken, stopOnInterrupt, Trainer } from "@tome/tome/train";
import { testOnDevices } from "../../_support/devices.ts";
import { countingBatch, CountingBatches, TinyLM } from "./_tiny.ts";

/** Runs `f` while `press()` is the Stop button. */
async function withButton(f: (press: () => void) => Promise<void>): Promise<void> {
  let button = new AbortController();
  setInterruptSource(() => button.signal);
  try {
    await f(() => {
      button.abort(new DOMException("Interrupted", "AbortError"));
      button = new AbortController();
    });
  } finally {
    setInterruptSource();
  }
  assert.equal(interruptSignal(), undefined);
}

testOnDevices(
  "interruptSignal() ends Trainer.fit() after the step in progress, and only that run",
  async () => {
    using model = new TinyLM();
    using optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
    await withButton(async (press) => {
      const trainer = new Trainer(model, {
        optimizer,
        loss: nextToken,
        logEvery: 1,
        callbacks: [{ onStep: ({ step }) => step === 3 && press() }],
        stopOnInterrupt: true, // which leaves it to the button
      });
      const history = await trainer.fit(new CountingBatches(1), { steps: 100 });
      assert.deepEqual([history.length, history.stopped], [3, "interrupted"]);
      const more = await trainer.fit(new CountingBatches(1), { steps: 2 });
      assert.deepEqual([more.length, more.stopped, trainer.step], [2, "steps", 5]);
    });
  },
);

testOnDevices(
  "interruptSignal() ends a validation, and with it the run, without an error",
  async () => {
    using model = new TinyLM();
    using optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
    await withButton(async (press) => {
      const ended: unknown[] = [];
      const batches = Array.from({ length: 4 }, () => countingBatch(new Rng(1)));
      const trainer = new Trainer(model, {
        optimizer,
        loss: nextToken,
        logEvery: 1,
        callbacks: [{
          async onStepEnd({ trainer, step }) {
            if (step !== 2) return;
            press();
            await trainer.evaluate(batches as never);
          },
          onEnd: ({ error }) => ended.push(error),
        }],
      });
      const before = memory().numTensors;
      const history = await trainer.fit(new CountingBatches(1), { steps: 100 });
      assert.deepEqual([history.length, history.stopped, ended], [2, "interrupted", [undefined]]);
      assert.equal(memory().numTensors, before);
      for (const { inputs, targets } of batches) (inputs.dispose(), targets.dispose());
    });
  },
);

testOnDevices("interruptSignal() ends evaluateLoss() and generate() with its reason", async () => {
  using model = new TinyLM();
  await withButton(async (press) => {
    const batches = (async function* () {
      for (let i = 0; i < 100; i++) {
        if (i === 2) press();
        yield countingBatch(new Rng(i));
      }
    })();
    await assert.rejects(evaluateLoss(model, batches, { loss: nextToken }), { name: "AbortError" });
    using gpt = new GPT({
      vocabSize: 11,
      contextLength: 8,
      numLayers: 1,
      numHeads: 1,
      embedDim: 4,
      dropout: 0,
    });
    const writing = generate(gpt, [1, 2], { maxNewTokens: 1000 });
    press();
    await assert.rejects(writing, { name: "AbortError", message: "Interrupted" });
    assert.equal((await generate(gpt, [1, 2], { maxNewTokens: 3 }))[0]!.newIds.length, 3);
  });
});

Deno.test("stopOnInterrupt() leaves signals alone where there is a Stop button", async () => {
  await withButton(async () => {
    const callback = stopOnInterrupt();
    await callback.onStart!({} as never);
    await callback.onEnd!({} as never); // a listener left behind would fail the test
  });
});
