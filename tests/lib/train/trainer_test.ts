import assert from "node:assert/strict";
import { TextWindows, type TokenBatch } from "@tome/tome/data";
import { AdamW, SGD } from "@tome/tome/optim";
import { Rng, seed } from "@tome/tome/tensor";
import {
  type Callback,
  type DivergenceError,
  nextToken,
  type Objective,
  type StepRecord,
  Trainer,
} from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";
import {
  bitsOf,
  countingBatch,
  CountingBatches,
  finiteBatches,
  TinyLM,
  tinyOptimizer,
} from "./_tiny.ts";

testOnDevices("Trainer.fit() learns to count, and gives every step", async () => {
  seed(1);
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  const trainer = new Trainer(model, { optimizer, loss: nextToken, maxGradNorm: 1 });
  const history = await trainer.fit(new CountingBatches(1), { steps: 60 });
  assert.equal(history.stopped, "steps");
  assert.deepEqual(history.map((r) => r.step), Array.from({ length: 60 }, (_, i) => i + 1));
  assert.ok(history[0]!.loss > 2 && history.at(-1)!.loss < 1, `${history.at(-1)!.loss}`);
  for (const { lr, step, tokens, millis, tokensPerSecond, gradNorm } of history) {
    assert.equal(lr, optimizer.lrAt(step));
    assert.equal(tokens, 32);
    assert.ok(millis > 0 && tokensPerSecond > 0 && gradNorm! > 0);
  }
});

testOnDevices("Trainer.steps() gives each step before the next one is made", async () => {
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  const trainer = new Trainer(model, { optimizer, loss: nextToken });
  const seen: number[] = [];
  for await (const { step, loss } of trainer.steps(new CountingBatches(1))) {
    assert.equal(trainer.step, step);
    assert.ok(Number.isFinite(loss));
    seen.push(step);
    if (step === 4) break;
  }
  assert.deepEqual(seen, [1, 2, 3, 4]);
  assert.equal(optimizer.steps, 4);
});

testOnDevices("Trainer makes with accumulated batches the step of one large batch", async () => {
  const random = new Rng(2);
  const parts = [1, 3, 2].map((rows) => countingBatch(random, rows));
  const whole = {
    inputs: tf.concat(parts.map((b) => b.inputs)),
    targets: tf.concat(parts.map((b) => b.targets)),
  };
  const weights: number[][] = [];
  for (const [batches, accumulate] of [[parts, 3], [[whole], 1]] as const) {
    seed(3);
    using model = new TinyLM(0);
    using optimizer = new SGD(model.namedParameters(), { lr: 0.5 });
    const trainer = new Trainer(model, {
      optimizer,
      loss: nextToken,
      accumulate,
      maxGradNorm: 0.1,
    });
    const [record] = await trainer.fit([...batches], { epochs: 1 });
    assert.equal(record!.tokens, 48);
    weights.push([record!.loss, record!.gradNorm!, ...await model.head.weight.data()]);
  }
  await assertClose(weights[0]!, weights[1]!, { rtol: 1e-5, atol: 1e-6 });
});

testOnDevices("Trainer tells its callbacks of every event, in order", async () => {
  const told: string[] = [];
  const names = [
    "onStart",
    "onEpochStart",
    "onEpochEnd",
    "onGradients",
    "onStepEnd",
    "onStep",
    "onLog",
    "onEvaluate",
    "onStop",
    "onEnd",
  ] as const;
  const watch = Object.fromEntries(names.map((name) => [
    name,
    async ({ step }: { step: number }) => {
      await Promise.resolve();
      told.push(`${name.slice(2)} ${step}`);
    },
  ])) as Callback;
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  const trainer = new Trainer(model, {
    optimizer,
    loss: nextToken,
    callbacks: [watch],
    logEvery: 2,
    evaluate: { batches: finiteBatches(1), every: 3 },
  });
  const history = await trainer.fit(finiteBatches(2), { epochs: 2 });
  assert.deepEqual(told, [
    "Start 0",
    "EpochStart 0",
    "Gradients 1",
    "StepEnd 1",
    "Gradients 2",
    "Step 1",
    "Step 2",
    "Log 2",
    "StepEnd 2",
    "EpochEnd 2",
    "EpochStart 2",
    "Gradients 3",
    "Step 3",
    "Log 3",
    "Evaluate 3",
    "StepEnd 3",
    "Gradients 4",
    "Step 4",
    "Log 4",
    "StepEnd 4",
    "EpochEnd 4",
    "Evaluate 4",
    "Stop 4",
    "End 4",
  ]);
  assert.equal(history.stopped, "epochs");
  assert.deepEqual(history.map((r) => r.epoch), [0, 0, 1, 1]);
  assert.deepEqual(history.evaluations.map((e) => [e.step, e.name]), [[3, "validation"], [
    4,
    "validation",
  ]]);
  assert.deepEqual(Object.keys(history.evaluations[0]!.metrics), ["loss"]);
});

testOnDevices("Trainer stops where the loss is not finite, and says what to try", async () => {
  const broken: Objective<TinyLM, TokenBatch> = (m, b) => {
    const loss = nextToken(m, b);
    return ++calls === 5 ? tf.mul(loss, NaN) : loss;
  };
  let calls = 0;
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  const stopped: unknown[] = [];
  const trainer = new Trainer(model, {
    optimizer,
    loss: broken,
    logEvery: 4,
    callbacks: [{ onEnd: ({ error, history }) => stopped.push(error, history.stopped) }],
  });
  await assert.rejects(
    trainer.fit(new CountingBatches(1), { steps: 20 }),
    (error: DivergenceError) => {
      assert.equal(error.name, "DivergenceError");
      assert.match(
        error.message,
        /at step 5 as the loss must be finite: current loss is NaN; try a lower lr/,
      );
      assert.deepEqual(error.history!.map((r: StepRecord) => r.step), [1, 2, 3, 4]);
      assert.deepEqual(stopped, [error, "error"]);
      return true;
    },
  );
});

testOnDevices("Trainer stops at a spike, or goes on past it if told so", async () => {
  const spiky: Objective<TinyLM, TokenBatch> = (m, b) => {
    const loss = nextToken(m, b);
    return ++calls === 15 ? tf.add(loss, 100) : loss;
  };
  let calls = 0;
  for (const spikes of ["stop", "continue"] as const) {
    calls = 0;
    const told: number[] = [];
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const trainer = new Trainer(model, {
      optimizer,
      loss: spiky,
      spikes,
      callbacks: [{ onSpike: ({ record }) => told.push(record.step) }],
    });
    const run = trainer.fit(new CountingBatches(1), { steps: 20 });
    if (spikes === "stop") {
      await assert.rejects(run, { name: "DivergenceError", message: /step 15/ });
    } else assert.equal((await run).length, 20);
    assert.deepEqual(told, spikes === "stop" ? [] : [15]);
  }
});

testOnDevices(
  "Trainer ends when its signal is aborted, a callback says so, or the time is up",
  async () => {
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const abort = new AbortController();
    const ends = {
      aborted: { signal: abort.signal, callbacks: [{ onStepEnd: () => abort.abort() }] },
      enough: { callbacks: [{ onStepEnd: ({ trainer }) => trainer.stop("enough") }] as Callback[] },
      time: { maxMinutes: 1e-9 },
    };
    for (const [reason, options] of Object.entries(ends)) {
      const trainer = new Trainer(model, { optimizer, loss: nextToken, ...options });
      const history = await trainer.fit(new CountingBatches(1), { steps: 9 });
      assert.equal(history.stopped, reason);
      assert.equal(history.length, reason === "time" ? 0 : 1);
    }
  },
);

testOnDevices("Trainer with overfitBatches learns the first batches by heart", async () => {
  seed(1);
  using model = new TinyLM(0);
  using optimizer = new AdamW(model.namedParameters(), { lr: 0.05 });
  const batches = new CountingBatches(1);
  const trainer = new Trainer(model, { optimizer, loss: nextToken, overfitBatches: 2 });
  const history = await trainer.fit(batches, { steps: 60 });
  assert.equal(batches.made, 2);
  assert.equal(history.at(-1)!.epoch, 29);
  assert.ok(history.at(-1)!.loss < 0.1, `${history.at(-1)!.loss}`);
});

testOnDevices("Trainer with fastDevRun makes a step and a validation, and no files", async () => {
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  const trainer = new Trainer(model, {
    optimizer,
    loss: nextToken,
    fastDevRun: true,
    checkpoint: { folder: "/nowhere/at/all", every: 1 },
    evaluate: { batches: new CountingBatches(3), every: 100 },
  });
  const history = await trainer.fit(new CountingBatches(1), { steps: 1000 });
  assert.deepEqual([history.length, history.evaluations.length, history.checkpoints.length], [
    1,
    1,
    0,
  ]);
});

testOnDevices(
  "Trainer tries validation before the first step if sanityBatches says so",
  async () => {
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const held = new CountingBatches(3);
    const metrics = () => {
      throw new Error("wrong shape");
    };
    const trainer = new Trainer(model, {
      optimizer,
      loss: nextToken,
      sanityBatches: 2,
      evaluate: { batches: held, every: 100, metrics },
    });
    await assert.rejects(trainer.fit(new CountingBatches(1), { steps: 1000 }), /wrong shape/);
    assert.equal(trainer.step, 0);
  },
);

testOnDevices("Trainer clips each element with clipValue", async () => {
  using model = new TinyLM(0);
  using optimizer = new SGD(model.namedParameters(), { lr: 1 });
  const before = Float32Array.from(await model.head.weight.data());
  const trainer = new Trainer(model, { optimizer, loss: nextToken, clipValue: 1e-3 });
  await trainer.fit(new CountingBatches(1), { steps: 1 });
  const moved = (await model.head.weight.data()).map((x, i) => Math.abs(x - before[i]!));
  assert.ok(Math.max(...moved) < 1.01e-3 && Math.max(...moved) > 0.99e-3);
});

testOnDevices("Trainer with maxGradNorm Infinity only measures the gradient", async () => {
  const weights: Record<string, string>[] = [];
  for (const maxGradNorm of [Infinity, undefined]) {
    seed(1);
    using model = new TinyLM(0);
    using optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
    const options = maxGradNorm === undefined ? {} : { maxGradNorm };
    const trainer = new Trainer(model, { optimizer, loss: nextToken, ...options });
    const [record] = await trainer.fit([countingBatch(new Rng(1))], { steps: 1 });
    assert.equal(record!.gradNorm! > 0, maxGradNorm !== undefined);
    weights.push(await bitsOf(model));
  }
  assert.deepEqual(weights[0], weights[1]);
});

testOnDevices("Trainer leaves parameters alone that are not trainable", async () => {
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  model.tokens.weight.trainable = false;
  const before = await bitsOf(model);
  await new Trainer(model, { optimizer, loss: nextToken }).fit(new CountingBatches(1), {
    steps: 2,
  });
  const after = await bitsOf(model);
  const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
  assert.deepEqual(changed, ["hidden.weight", "hidden.bias", "head.weight", "head.bias"]);
});

testOnDevices("Trainer.fit() continues the count of steps in a second run", async () => {
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  const trainer = new Trainer(model, { optimizer, loss: nextToken });
  await trainer.fit(new CountingBatches(1), { steps: 3 });
  const second = await trainer.fit(new CountingBatches(1), { steps: 2 });
  assert.deepEqual(second.map((r) => r.step), [4, 5]);
});

testOnDevices("Trainer throws at options that cannot be", async () => {
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  const make = (options: object) => new Trainer(model, { optimizer, loss: nextToken, ...options });
  assert.throws(() => make({ accumulate: 0 }), {
    name: "RangeError",
    message: /accumulate must be a whole/,
  });
  assert.throws(() => make({ maxGradNorm: -1 }), RangeError);
  await assert.rejects(make({}).fit([], {}), { name: "TypeError", message: /without an end/ });
  await assert.rejects(make({}).fit([], { steps: 1.5 }), RangeError);
  await assert.rejects(make({}).fit([], { steps: 1 }), {
    name: "RangeError",
    message: /must not be empty/,
  });
  const trainer = make({
    callbacks: [{
      onStepEnd: () => assert.rejects(trainer.fit(finiteBatches(1), { steps: 1 }), TypeError),
    }],
  });
  await trainer.fit(finiteBatches(1), { steps: 1 });
});

testOnDevices(
  "Trainer tells when a run of epochs will end, where the batches say how many they are",
  async () => {
    const ids = Array.from({ length: 81 }, (_, i) => i % 11);
    const windows = new TextWindows(ids, {
      contextLength: 8,
      batchSize: 2,
      order: "shuffled",
      seed: 1,
    });
    const totals: (number | undefined)[] = [];
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const trainer = new Trainer(model, {
      optimizer,
      loss: nextToken,
      accumulate: 2,
      callbacks: [{
        onStart: ({ totalSteps }) => totals.push(totalSteps),
        onLog: ({ totalSteps, etaMillis }) => {
          totals.push(totalSteps);
          assert.equal(etaMillis, 0);
        },
      }],
    });
    const history = await trainer.fit(windows, { epochs: 3 });
    assert.deepEqual([history.length, ...totals], [9, 9, 9]); // 10 windows, 5 batches, 3 steps an epoch
  },
);
