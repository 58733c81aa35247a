import assert from "node:assert/strict";
import { TextStreams, type TokenBatch } from "@tome/tome/data";
import { RNNLM, type RNNLMConfig } from "@tome/tome/models/rnn-lm";
import { KVCache } from "@tome/tome/nn";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { Adam } from "@tome/tome/optim";
import {
  type DeviceName,
  gpuCounters,
  memory,
  seed,
  type Tensor,
  useDevice,
} from "@tome/tome/tensor";
import { carriedNextToken, nextToken, type Objective, Trainer } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import BUDGETS from "../../../budgets.json" with { type: "json" };
import { DEVICES, testOnDevices } from "../../../_support/devices.ts";
import { countDispatches, updatesOf } from "../../../_support/dispatches.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: RNNLMConfig = {
  vocabSize: 7,
  embedDim: 12,
  hiddenSize: 12,
  numLayers: 2,
  dropout: 0.1,
};

/** A text in which each token is that of five before, but for every seventh. */
const IDS = Int32Array.from({ length: 600 }, (_, i) => i % 7 === 3 ? i % 5 : (i % 5) + 1);

const streams = () => new TextStreams(IDS, { contextLength: 3, batchSize: 4 });

interface Options {
  loss?: Objective<RNNLM, TokenBatch>;
  config?: RNNLMConfig;
  record?: boolean;
  data?: TextStreams;
}

/** The losses of some steps from one seed. */
async function firstLosses(
  device: DeviceName,
  steps: number,
  { loss = nextToken, config = TINY, record = true, data = streams() }: Options = {},
): Promise<number[]> {
  await useDevice(device);
  seed(5);
  using model = new RNNLM(config);
  using optimizer = new Adam(model.namedParameters(), { lr: 2e-2 });
  const trainer = new Trainer(model, { optimizer, loss, maxGradNorm: 1, record });
  const history = await trainer.fit(data, { steps });
  return history.map(({ loss }) => loss);
}

for (const device of DEVICES.filter((name) => name !== "cpu")) {
  testOnDevices(
    "RNNLM's first 20 losses, with dropout and a carried state, are those on the cpu",
    async () => {
      using here = carriedNextToken();
      using there = carriedNextToken();
      const expected = await firstLosses("cpu", 20, { loss: here });
      const losses = await firstLosses(device, 20, { loss: there });
      const apart = losses.map((loss, i) => Math.abs(loss - expected[i]!));
      assert.ok(Math.max(...apart) < 1e-3, `the losses are up to ${Math.max(...apart)} apart`);
    },
    [device],
  );
}

testOnDevices("RNNLM's recorded steps are those op by op, with a carried state", async () => {
  const losses: number[][] = [];
  for (const record of [true, false]) {
    using loss = carriedNextToken();
    const before = gpuCounters().replays;
    losses.push(await firstLosses("webgpu", 12, { loss, record }));
    assert.equal(gpuCounters().replays > before, record);
  }
  await assertClose(losses[0]!, losses[1]!, { rtol: 1e-5 });
}, ["webgpu"]);

/** One batch as two halves in time. */
function halves(): { whole: TokenBatch; first: TokenBatch; second: TokenBatch } {
  const inputs = tf.tensor2d([[1, 2, 3, 4, 5, 6], [2, 4, 6, 1, 3, 5]], [2, 6], "int32");
  const targets = tf.tensor2d([[2, 3, 4, 5, 6, 0], [4, 6, 1, 3, 5, 0]], [2, 6], "int32");
  const part = (x: Tensor, start: number) => tf.slice(x, [0, start], [2, 3]);
  const half = (start: number) => ({ inputs: part(inputs, start), targets: part(targets, start) });
  return { whole: { inputs, targets }, first: half(0), second: half(3) };
}

testOnDevices(
  "carriedNextToken() goes on where the batch before ended, and forgets when told",
  async () => {
    seed(1);
    using model = new RNNLM({ ...TINY, dropout: 0 });
    using loss = carriedNextToken();
    const { whole, first, second } = halves();
    const parts = [first, second].map((batch) => loss(model, batch));
    await assertClose(tf.div(tf.add(parts[0]!, parts[1]!), 2), nextToken(model, whole));
    loss.reset();
    await assertClose(loss(model, first), parts[0]!, { rtol: 0, atol: 0 });
    await assertClose(loss.sum!(model, second), tf.mul(parts[1]!, 6));
    model.eval(); // each batch begins from nothing
    for (let twice = 0; twice < 2; twice++) {
      await assertClose(loss(model, second), nextToken(model, second), { rtol: 0, atol: 0 });
    }
  },
);

testOnDevices("carriedNextToken() ends gradients where a batch begins", async () => {
  seed(1);
  for (const cell of ["lstm", "gru"] as const) {
    using model = new RNNLM({ ...TINY, cell, dropout: 0 });
    using loss = carriedNextToken();
    using cache = new KVCache();
    const { first, second } = halves();
    tf.dispose(loss(model, first));
    const actual = tf.variableGrads(() => loss(model, second), model.parameters());
    const start = tf.tidy(() => {
      model.forward(first.inputs, { cache });
      const held = cache.hold("rnn", () => []);
      return held.map((state) => tf.add(tf.transpose(state, [1, 0, 2]), 0));
    });
    const expected = tf.variableGrads(() => {
      const steps = tf.transpose(second.inputs);
      const { output } = model.rnn.forward(model.tokens!.forward(steps), {
        timeMajor: true,
        state: start, // a constant
      });
      const logits = model.head!.forward(tf.transpose(output, [1, 0, 2]));
      return softmaxCrossEntropy(logits, second.targets);
    }, model.parameters());
    for (const [name, gradient] of Object.entries(expected.grads)) {
      await assertClose(actual.grads[name]!, gradient, { atol: 1e-6 });
    }
    tf.dispose([start, actual.value, actual.grads, expected.value, expected.grads]);
  }
});

testOnDevices(
  "RNNLM learns across batches what it carries, and not what it does not",
  async (device) => {
    await useDevice(device); // not in strict mode
    using carried = carriedNextToken();
    const config = { ...TINY, dropout: 0, numLayers: 1, cell: "gru" as const };
    // after 0 comes 1 or 2 in turn; every other batch begins with 0, so that only the state knows which
    const ids = Int32Array.from({ length: 4 * 602 + 1 }, (_, i) => [0, 1, 0, 2][i % 4]!);
    const data = new TextStreams(ids, { contextLength: 3, batchSize: 4 });
    const ends: number[] = [];
    for (const loss of [carried, nextToken]) {
      const losses = await firstLosses(device, 150, { loss, config, data });
      ends.push(losses.slice(-20).reduce((sum, value) => sum + value / 20, 0));
    }
    const guessing = Math.log(2) / 6;
    assert.ok(ends[0]! < 0.02, `${ends[0]} with the state`);
    assert.ok(
      ends[1]! > 0.9 * guessing,
      `${ends[1]} without, and ${guessing} is the best there is`,
    );
  },
  ["wasm"],
);

testOnDevices("RNNLM trains with a carried state without a byte more", async (device) => {
  await useDevice(device); // not in strict mode
  seed(1);
  using model = new RNNLM(TINY);
  using optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
  using loss = carriedNextToken();
  const use = () => {
    const { numTensors, numDataBuffers, numBytes } = memory();
    const { bytesAllocated, programs } = gpuCounters();
    return { numTensors, numDataBuffers, numBytes, bytesAllocated, programs };
  };
  const train = (steps: number) =>
    new Trainer(model, { optimizer, loss, maxGradNorm: 1 }).fit(streams(), { steps });
  await train(20);
  const before = use();
  await train(120); // more than one pass over the text
  assert.deepEqual(use(), before);
});

testOnDevices("RNNLM's training step launches no more programs than its budget", async () => {
  await useDevice("webgpu"); // not in strict mode, in which nothing is recorded
  seed(1);
  using model = new RNNLM({ vocabSize: 65, embedDim: 64, hiddenSize: 64, numLayers: 2 });
  using optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
  const ids = Int32Array.from({ length: 8 * 40 * 8 + 1 }, (_, i) => i * i % 65);
  const data = new TextStreams(ids, { contextLength: 40, batchSize: 8 });
  const train = (steps: number) =>
    new Trainer(model, { optimizer, loss: nextToken }).fit(data, { steps });
  await train(1); // makes the optimizer's state
  const before = gpuCounters().replays;
  const count = await countDispatches(() => train(6));
  assert.ok(gpuCounters().replays > before, "no step was replayed");
  const allowed = BUDGETS["lstm-step"].dispatches + updatesOf(model.parameters().length);
  assert.ok(count <= 6 * allowed, `${count / 6} programs a step, and ${allowed} are allowed`);
}, ["webgpu"]);
