import assert from "node:assert/strict";
import { memory } from "@tome/tome/tensor";
import { type Callback, nextToken, Trainer, type TrainerOptions } from "@tome/tome/train";
import { testOnDevices } from "../../_support/devices.ts";
import { CountingBatches, finiteBatches, TinyLM, tinyOptimizer } from "./_tiny.ts";

type Options = Partial<TrainerOptions<TinyLM, never>>;

/** Runs `use` after a first step, which makes the optimizer's state, and compares what is alive. */
async function assertNoLeak(
  use: (trainer: Trainer<TinyLM, never>) => Promise<unknown>,
  options: Options = {},
): Promise<void> {
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  await new Trainer(model, { optimizer, loss: nextToken }).fit(new CountingBatches(1), {
    steps: 1,
  });
  const before = memory();
  await use(
    new Trainer(model, { optimizer, loss: nextToken, ...options } as TrainerOptions<TinyLM, never>),
  );
  const after = memory();
  for (const count of ["numTensors", "numDataBuffers", "numBytes"] as const) {
    assert.equal(after[count], before[count], count);
  }
}

const endless = () => new CountingBatches(1) as AsyncIterable<never>;
const STEPS = 1000;

testOnDevices(
  "Trainer.fit() leaves no tensor and no byte behind",
  () =>
    assertNoLeak((trainer) => trainer.fit(endless(), { steps: STEPS }), {
      maxGradNorm: 1,
      accumulate: 2,
      evaluate: { batches: finiteBatches(2) as Iterable<never>, every: 50 },
    }),
);

testOnDevices(
  "Trainer.steps() leaves no tensor behind if the loop is left",
  () =>
    assertNoLeak(async (trainer) => {
      for await (const { step } of trainer.steps(endless())) if (step === 5) break;
    }, { logEvery: 3 }),
);

testOnDevices("Trainer leaves no tensor behind if a callback throws", async () => {
  const events: (keyof Callback)[] = [
    "onStart",
    "onEpochStart",
    "onGradients",
    "onStepEnd",
    "onStep",
    "onLog",
    "onEvaluate",
    "onStop",
    "onEnd",
  ];
  for (const event of events) {
    const callback = {
      [event]: () => {
        throw new Error(`from ${event}`);
      },
    };
    await assertNoLeak(
      (trainer) =>
        assert.rejects(trainer.fit(endless(), { steps: 7 }), { message: `from ${event}` }),
      {
        callbacks: [callback],
        maxGradNorm: 1,
        logEvery: 3,
        evaluate: { batches: finiteBatches(2) as Iterable<never>, every: 4 },
      },
    );
  }
});

testOnDevices("Trainer leaves no tensor behind if the loss or the data throw", async () => {
  let calls = 0;
  const loss = ((...args: Parameters<typeof nextToken>) => {
    const value = nextToken(...args);
    if (++calls === 5) throw new Error("no loss");
    return value;
  }) as unknown as Options["loss"];
  await assertNoLeak(
    (trainer) => assert.rejects(trainer.fit(endless(), { steps: 9 }), /no loss/),
    { loss: loss!, accumulate: 2 },
  );
  async function* failing() {
    let made = 0;
    for await (const batch of endless()) {
      yield batch;
      if (++made === 6) throw new Error("no data");
    }
  }
  await assertNoLeak((trainer) => assert.rejects(trainer.fit(failing(), { steps: 9 }), /no data/), {
    accumulate: 4,
  });
});

testOnDevices("Trainer leaves no tensor behind if it is aborted", () => {
  const abort = new AbortController();
  return assertNoLeak(async (trainer) => {
    const history = await trainer.fit(endless(), { steps: 99 });
    assert.deepEqual([history.stopped, history.length], ["aborted", 6]);
  }, {
    signal: abort.signal,
    logEvery: 3,
    callbacks: [{ onStepEnd: ({ step }) => step === 6 ? abort.abort() : undefined }],
  });
});
