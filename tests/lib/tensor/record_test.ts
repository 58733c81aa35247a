// deno-lint-ignore-file no-console -- what is told on the console is looked at
import assert from "node:assert/strict";
import { Dropout, Module, parameter } from "@tome/tome/nn";
import { generate } from "@tome/tome/generate";
import { GPT } from "@tome/tome/models/gpt";
import { AdamW, Lion, Muon, type Optimizer, RMSprop, SGD } from "@tome/tome/optim";
import {
  gpuCounters,
  live,
  memory,
  onHost,
  record,
  rng,
  seed,
  type Tensor,
  useDevice,
  type Variable,
} from "@tome/tome/tensor";
import { evaluateLoss, nextToken, type Objective, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { DEVICES, enter } from "../../_support/devices.ts";

/** A test on the GPU, out of strict mode, in which nothing is recorded; it fails if it leaves a tensor behind. */
function testOnGPU(name: string, run: () => Promise<void>): void {
  if (!DEVICES.includes("webgpu")) return;
  Deno.test({
    name,
    sanitizeOps: false, // the GPU's own promises outlive a test
    sanitizeResources: false,
    async fn() {
      await useDevice("webgpu", { deterministic: true });
      const before = memory().numTensors;
      try {
        await run();
        assert.equal(memory().numTensors, before, "tensors are left behind");
      } finally {
        await useDevice("cpu");
        await enter("webgpu");
      }
    },
  });
}

const variable = (values: number[]): Variable => {
  const value = tf.tensor1d(values);
  const made = tf.variable(value, false);
  value.dispose();
  return made;
};

const read = async (x: Tensor) => {
  const values = [...await x.data()];
  x.dispose();
  return values;
};

testOnGPU("record() replays with new values, and says how often", async () => {
  const w = variable([1, 2, 3, 4]);
  using f = record((x: Tensor) => {
    const y = tf.matMul(x as tf.Tensor2D, tf.reshape(w, [2, 2]) as tf.Tensor2D);
    return { y, parts: [tf.sum(y), tf.softmax(y)] };
  });
  for (let i = 0; i < 8; i++) {
    const x = tf.tensor2d([[i, 1], [2, -i]]);
    const { y, parts: [sum, soft] } = f(x);
    assert.deepEqual(await read(y), [i + 3, 2 * i + 4, 2 - 3 * i, 4 - 4 * i]);
    assert.deepEqual(await read(sum!), [13 - 4 * i]);
    assert.ok(Math.abs((await read(soft!)).reduce((a, b) => a + b) - 2) < 1e-6);
    assert.deepEqual(await read(x), [i, 1, 2, -i], "the caller's tensor has changed");
  }
  const { replays, eager, plans, dispatches } = f.report;
  assert.deepEqual({ replays: replays >= 5, sum: replays + eager, plans }, {
    replays: true,
    sum: 8,
    plans: 1,
  });
  assert.ok(dispatches >= 3);
  w.dispose();
});

testOnGPU(
  "record() keeps a plan for each of the shapes used last, and frees what it holds",
  async () => {
    const f = record((x: Tensor) => tf.tidy(() => tf.sum(tf.mul(tf.exp(x), 2))), { maxPlans: 2 });
    const held = gpuCounters().bytesAllocated;
    for (const length of [300, 500, 700, 300]) {
      for (let i = 0; i < 5; i++) {
        const x = tf.fill([length], i);
        const [sum] = await read(f(x));
        assert.ok(Math.abs(sum! / (2 * length * Math.exp(i)) - 1) < 1e-5);
        x.dispose();
      }
    }
    assert.equal(f.report.plans, 2);
    assert.ok(f.report.bytes > 0);
    const full = gpuCounters().bytesAllocated;
    for (let i = 0; i < 30; i++) {
      const x = tf.fill([700], i % 3);
      tf.dispose([x, f(x)]);
    }
    assert.equal(gpuCounters().bytesAllocated, full, "replays allocate");
    f[Symbol.dispose]();
    assert.equal(f.report.plans, 0);
    assert.ok(gpuCounters().bytesAllocated <= full && full < held + 2e6);
  },
);

testOnGPU("record() records anew after a variable was assigned to", async () => {
  const w = variable([1, 2]);
  using f = record((x: Tensor) => tf.mul(x, w));
  const call = async () => {
    const x = tf.tensor1d([10, 10]);
    const y = await read(f(x));
    x.dispose();
    return y;
  };
  for (let i = 0; i < 5; i++) assert.deepEqual(await call(), [10, 20]);
  const old = tf.clone(w); // the old values live on
  const next = tf.tensor1d([3, 4]);
  w.assign(next);
  for (let i = 0; i < 5; i++) assert.deepEqual(await call(), [30, 40]);
  tf.dispose([old, next, w]);
});

testOnGPU("record() does again on the CPU what live() and onHost() are given", async () => {
  class Noise extends Module {
    readonly drop = new Dropout(0.5);
  }
  const noise = new Noise();
  let counted = 0;
  const f = (x: Tensor) => {
    onHost(() => counted++);
    const factor = live(() => rng.int(100));
    return { y: noise.drop.forward(noise.drop.forward(x)), n: factor };
  };
  const run = async (g: (x: Tensor) => { y: Tensor }) => {
    seed(5);
    counted = 0;
    const all: number[][] = [];
    for (let i = 0; i < 8; i++) {
      const x = tf.ones([64]);
      all.push(await read(g(x).y));
      x.dispose();
    }
    return { all, counted, state: rng.state };
  };
  using g = record((x: Tensor) => ({ y: f(x).y }));
  const eager = await run((x) => tf.tidy(() => ({ y: f(x).y })));
  const recorded = await run(g);
  assert.deepEqual(recorded, eager);
  assert.ok(g.report.replays >= 5);
  assert.notDeepEqual(recorded.all[6], recorded.all[7]);
});

testOnGPU("record() runs op by op what does not repeat, and says why once", async () => {
  const told: string[] = [];
  let calls = 0;
  const kept: Tensor[] = [];
  const cases: [reason: RegExp, f: (x: Tensor) => Tensor][] = [
    [/differ at command/, (x) => ++calls % 2 ? tf.add(x, 1) : tf.sub(tf.add(x, 2), 1)],
    [/differ at command/, (x) => tf.add(tf.sub(x, calls), ++calls)],
    [/reads a tensor/, (x) => {
      const y = tf.add(x, 1);
      const z = tf.add(y, 0);
      y.data().then(() => {});
      return z;
    }],
    [/keeps a tensor/, (x) => {
      kept.push(tf.keep(tf.add(x, 5)));
      return tf.add(x, 1);
    }],
  ];
  for (const [reason, f] of cases) {
    using g = record(f, { onFallback: (why) => told.push(why) });
    for (let i = 0; i < 12; i++) {
      const x = tf.tensor1d([i, 2 * i]);
      assert.deepEqual(await read(g(x)), [i + 1, 2 * i + 1]);
      x.dispose();
    }
    assert.equal(g.report.replays, 0);
    assert.equal(told.length, 1, told.join());
    assert.match(told.pop()!, reason);
  }
  tf.dispose(kept);
});

testOnGPU(
  "record() just runs the function on other devices, and goes on after a change",
  async () => {
    using f = record((x: Tensor) => tf.mul(x, 3));
    for (const device of ["webgpu", "wasm", "webgpu"] as const) {
      await useDevice(device);
      for (let i = 0; i < 5; i++) {
        const x = tf.tensor1d([i]);
        assert.deepEqual(await read(f(x)), [3 * i]);
        x.dispose();
      }
    }
    await useDevice("webgpu", { deterministic: true });
  },
);

const TINY = { vocabSize: 11, contextLength: 8, numLayers: 2, numHeads: 2, embedDim: 16 };

/** The losses, the weights and the random state after some steps. */
async function train(
  recorded: boolean,
  steps: number,
  make: (parameters: Iterable<readonly [string, Variable]>) => Optimizer,
  options: { accumulate?: number; dropout?: number } = {},
) {
  seed(3);
  const { dropout = 0, accumulate = 1 } = options;
  using model = new GPT({ ...TINY, dropout });
  using optimizer = make(model.namedParameters());
  const batches = Array.from({ length: 7 }, (_, k) => {
    const ids = (shift: number) =>
      tf.tensor2d(
        Array.from({ length: 24 }, (_, i) => (i * (k + 1) + shift) % 11),
        [3, 8],
        "int32",
      );
    return { inputs: ids(0), targets: ids(1) };
  });
  const trainer = new Trainer(model, {
    optimizer,
    loss: nextToken,
    maxGradNorm: 1,
    accumulate,
    record: recorded,
  });
  const before = gpuCounters().replays;
  const history = await trainer.fit(batches, { steps });
  const weights: Record<string, number[]> = {};
  for (const [name, weight] of model.namedParameters()) weights[name] = [...await weight.data()];
  const state = await optimizer.state();
  batches.forEach((batch) => tf.dispose([batch.inputs, batch.targets]));
  return {
    losses: history.map(({ loss }) => loss),
    norms: history.map(({ gradNorm }) => gradNorm),
    rates: history.map(({ lr }) => lr),
    weights,
    state: [state.meta, [...state.tensors]],
    random: rng.state,
    replays: gpuCounters().replays - before,
  };
}

testOnGPU(
  "Trainer gives with recorded steps, bit for bit, what it gives without: 100 steps of GPT",
  async () => {
    const adamw = (parameters: Iterable<readonly [string, Variable]>) =>
      new AdamW(parameters, { lr: (step) => 1e-2 / Math.sqrt(step) });
    const eager = await train(false, 100, adamw, { dropout: 0.1 });
    const recorded = await train(true, 100, adamw, { dropout: 0.1 });
    assert.deepEqual(recorded, { ...eager, replays: 97 });
    assert.ok(recorded.losses.at(-1)! < recorded.losses[0]!);
  },
);

const OPTIMIZERS: [string, (p: Iterable<readonly [string, Variable]>) => Optimizer][] = [
  ["SGD", (p) => new SGD(p, { lr: 0.1, momentum: 0.9, dampening: 0.5 })],
  ["RMSprop", (p) => new RMSprop(p, { lr: 1e-3 })],
  ["Lion", (p) => new Lion(p, { lr: (step) => 1e-3 / step })],
  ["Muon", (p) => new Muon(p, { lr: (step) => 1e-2 / step })],
];
for (const [name, make] of OPTIMIZERS) {
  testOnGPU(
    `Trainer gives with recorded steps what it gives without: ${name}, accumulated`,
    async () => {
      const eager = await train(false, 12, make, { accumulate: 2 });
      const recorded = await train(true, 12, make, { accumulate: 2 });
      assert.deepEqual(recorded, { ...eager, replays: 7 });
    },
  );
}

testOnGPU(
  "Trainer goes on op by op with a loss that does not repeat, and stays right",
  async () => {
    class Point extends Module {
      readonly x = parameter(() => tf.scalar(0));
    }
    let calls = 0;
    const odd: Objective<Point, Tensor> = ({ x }, goal) => {
      const error = tf.square(tf.sub(x, goal));
      return (++calls % 2 === 0 ? tf.mul(error, 1) : error) as tf.Scalar;
    };
    const run = async (recorded: boolean) => {
      calls = 0;
      using model = new Point();
      using optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
      const goals = [tf.scalar(1), tf.scalar(2)];
      const trainer = new Trainer(model, { optimizer, loss: odd, record: recorded });
      const history = await trainer.fit(goals, { steps: 20 });
      tf.dispose(goals);
      return history.map(({ loss }) => loss);
    };
    const { warn } = console;
    const told: string[] = [];
    console.warn = (text: string) => told.push(text);
    try {
      assert.deepEqual(await run(true), await run(false));
    } finally {
      console.warn = warn;
    }
    assert.equal(told.length, 1);
    assert.match(told[0]!, /^training runs op by op, without replay, as two calls .* differ/);
  },
);

testOnGPU("evaluateLoss() replays, and gives what it gives op by op", async () => {
  seed(3);
  using model = new GPT({ ...TINY, dropout: 0 });
  const batches = () =>
    Array.from({ length: 12 }, (_, k) => {
      const ids = tf.tensor2d(
        Array.from({ length: 24 }, (_, i) => (i * (k + 1)) % 11),
        [3, 8],
        "int32",
      );
      return {
        inputs: ids,
        targets: tf.tensor2d([...Array(24).keys()].map((i) => (i + k) % 11), [3, 8], "int32"),
      };
    });
  const measure = async () => {
    const given = batches();
    const measured = await evaluateLoss(model, given, { loss: nextToken });
    given.forEach(({ inputs, targets }) => tf.dispose([inputs, targets]));
    return measured;
  };
  const before = gpuCounters().replays;
  const replayed = await measure();
  assert.equal(gpuCounters().replays - before, 9);
  await useDevice("webgpu", { deterministic: true, strict: true });
  assert.deepEqual(replayed, await measure());
});

testOnGPU(
  "generate() replays its tokens, and writes what it writes op by op, also past the context",
  async () => {
    seed(3);
    using model = new GPT({ ...TINY, contextLength: 24, dropout: 0.2 });
    const write = async () => {
      const options = { maxNewTokens: 40, temperature: 0.9, seed: 4 };
      const results = await generate(model, [[1, 2, 3], [4, 5, 6]], options);
      return results.map(({ newIds }) => newIds);
    };
    const before = gpuCounters().replays;
    const replayed = await write();
    const replays = gpuCounters().replays - before;
    assert.ok(replays > 25, `${replays} replays`);
    await useDevice("webgpu", { deterministic: true, strict: true });
    assert.deepEqual(replayed, await write());
  },
);
