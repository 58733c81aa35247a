import assert from "node:assert/strict";
import { TextWindows } from "@tome/tome/data";
import { GPT, type GPTConfig, loadGPTWeights, saveGPT } from "@tome/tome/models/gpt";
import { AdamW, cosineWithMinLr, type Optimizer } from "@tome/tome/optim";
import { type DeviceName, gpuCounters, memory, seed, useDevice } from "@tome/tome/tensor";
import { nextToken, Trainer, type TrainerOptions } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import type { WasmBackend } from "../../../../lib/tensor/wasm_heap.ts";
import { DEVICES, testOnDevices } from "../../../_support/devices.ts";

const TINY: GPTConfig = {
  vocabSize: 23,
  contextLength: 8,
  numLayers: 2,
  numHeads: 2,
  embedDim: 16,
  dropout: 0.1,
};

/** A text in which each token depends on the two before it. */
const IDS = (() => {
  const ids = Int32Array.of(1, 2, ...new Array(998).fill(0));
  for (let i = 2; i < ids.length; i++) ids[i] = (ids[i - 1]! + 3 * ids[i - 2]! + i % 2) % 23;
  return ids;
})();

const windows = () => new TextWindows(IDS, { contextLength: 8, batchSize: 4, seed: 3 });

const adamW = (model: GPT): Optimizer =>
  new AdamW(model.namedParameters(), {
    lr: cosineWithMinLr({ peak: 1e-2, warmup: 10, total: 1000, minLr: 1e-3 }),
    weightDecay: 0.1,
  });

type Options = Partial<TrainerOptions<GPT, { inputs: tf.Tensor; targets: tf.Tensor }>>;

const trainerOf = (model: GPT, optimizer: Optimizer, options: Options = {}) =>
  new Trainer(model, { optimizer, loss: nextToken, maxGradNorm: 1, ...options });

/** The losses of some steps from one seed. */
async function firstLosses(device: DeviceName, steps: number): Promise<number[]> {
  await useDevice(device);
  seed(5);
  using model = new GPT(TINY);
  using optimizer = adamW(model);
  const history = await trainerOf(model, optimizer).fit(windows(), { steps });
  return history.map(({ loss }) => loss);
}

/** Trains to `steps`, from the start or from a checkpoint. */
async function run(steps: number, folder: string, resume?: string): Promise<number[]> {
  seed(resume ? 99 : 5); // what a program drew before it resumes must not matter
  using model = new GPT(TINY);
  using optimizer = adamW(model);
  const trainer = trainerOf(model, optimizer, {
    accumulate: 2,
    checkpoint: { folder },
    files: { save: saveGPT, load: loadGPTWeights },
  });
  const history = await trainer.fit(windows(), { steps, ...(resume ? { resume } : {}) });
  return history.map(({ loss }) => loss);
}

/** Everything that a run may not let grow. */
function use(device: DeviceName): Record<string, number | undefined> {
  const { numTensors, numDataBuffers, numBytes } = memory();
  return {
    numTensors,
    numDataBuffers,
    numBytes,
    bytesAllocated: gpuCounters().bytesAllocated,
    programs: gpuCounters().programs,
    heap: device === "wasm" ? (tf.backend() as WasmBackend).wasm.HEAPU8.length : undefined,
  };
}

testOnDevices("GPT trains 1,000 steps without a byte more on any device", async (device) => {
  await useDevice(device); // not in strict mode
  seed(1);
  using model = new GPT(TINY);
  using optimizer = adamW(model);
  const warm = 20;
  await trainerOf(model, optimizer).fit(windows(), { steps: warm });
  const before = use(device);
  const during: unknown[] = [];
  const history = await trainerOf(model, optimizer, {
    callbacks: [{ onLog: ({ step }) => step % 100 === 0 && during.push(use(device)) }],
  }).fit(windows(), { steps: 1000 });
  assert.deepEqual(use(device), before);
  for (const later of during.slice(1)) assert.deepEqual(later, during[0]);
  assert.equal(during.length, 10);
  assert.equal(history.length, 1000);
  const mean = (from: number) =>
    history.slice(from, from + 50).reduce((sum, { loss }) => sum + loss, 0) / 50;
  assert.ok(mean(950) < 0.8 * mean(0), `the loss fell from ${mean(0)} to ${mean(950)}`);
});

for (const device of DEVICES.filter((name) => name !== "cpu")) {
  testOnDevices("GPT's first 20 losses, with dropout, are those on the cpu", async () => {
    const expected = await firstLosses("cpu", 20);
    const losses = await firstLosses(device, 20);
    const apart = losses.map((loss, i) => Math.abs(loss - expected[i]!));
    assert.ok(Math.max(...apart) < 1e-3, `the losses are up to ${Math.max(...apart)} apart`);
  }, [device]);
}

testOnDevices("GPT goes on from a checkpoint bit for bit, with dropout", async (device) => {
  await useDevice(device, { deterministic: true });
  const folder = await Deno.makeTempDir();
  try {
    const whole = await run(20, `${folder}/whole`);
    const first = await run(10, `${folder}/parts`);
    const second = await run(20, `${folder}/parts`, `${folder}/parts`);
    assert.deepEqual([...first, ...second], whole);
    for (const file of ["model.safetensors", "optimizer.safetensors"]) {
      const [a, b] = ["parts", "whole"].map((name) =>
        Deno.readFileSync(`${folder}/${name}/last/${file}`)
      );
      assert.deepEqual(a, b, file);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
