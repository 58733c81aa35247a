import assert from "node:assert/strict";
import { TextWindows } from "@tome/tome/data";
import { Dropout } from "@tome/tome/nn";
import { type DeviceName, Rng, rng, seed, useDevice } from "@tome/tome/tensor";
import { type Callback, findCheckpoint, nextToken, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { DEVICES } from "../../_support/devices.ts";
import {
  bitsOf,
  CountingBatches,
  finiteBatches,
  inFolder,
  TinyLM,
  tinyOptimizer,
} from "./_tiny.ts";

const IDS = Int32Array.from({ length: 300 }, (_, i) => i * i % 11);
const SOURCES = {
  "of an endless source": () => new CountingBatches(1),
  "of a generator": () => finiteBatches(7),
  "of shuffled windows": () =>
    new TextWindows(IDS, { contextLength: 8, batchSize: 3, order: "shuffled", seed: 3 }),
};

interface Outcome {
  weights: Record<string, string>;
  optimizer: unknown;
  random: unknown;
  losses: number[];
}

/** Trains to `steps`, going on from `resume`; says everything that must be equal at the end. */
async function run(
  source: keyof typeof SOURCES,
  steps: number,
  folder: string,
  resume?: string,
): Promise<Outcome> {
  seed(resume ? 12345 : 7); // what a resumed program draws before must not matter
  using model = new TinyLM(0.3);
  using optimizer = tinyOptimizer(model);
  const own = new Rng(resume ? 99 : 5);
  const shaker: Callback = { onStepEnd: () => own.uniform() };
  const trainer = new Trainer(model, {
    optimizer,
    loss: nextToken,
    maxGradNorm: 1,
    accumulate: 2,
    rngs: { own },
    checkpoint: { folder },
    callbacks: [shaker],
  });
  const history = await trainer.fit(SOURCES[source](), { steps, ...(resume ? { resume } : {}) });
  const { meta, tensors } = await optimizer.state();
  return {
    weights: await bitsOf(model),
    optimizer: [
      meta,
      Object.fromEntries([...tensors].map(([name, { values }]) => [name, [...values]])),
    ],
    random: [rng.state, own.state],
    losses: history.map((record) => record.loss),
  };
}

for (const device of DEVICES) {
  const half = device === "webgpu" ? 10 : 50;
  for (const source of Object.keys(SOURCES) as (keyof typeof SOURCES)[]) {
    Deno.test({
      name: `Trainer makes 2 × ${half} steps equal to ${
        2 * half
      } steps, bit for bit, ${source} (${device})`,
      sanitizeOps: device !== "webgpu",
      sanitizeResources: device !== "webgpu",
      fn: () =>
        inFolder(async (folder) => {
          await useDevice(device as DeviceName, { deterministic: true });
          const whole = await run(source, 2 * half, `${folder}/whole`);
          const first = await run(source, half, `${folder}/parts`);
          const second = await run(source, 2 * half, `${folder}/parts`, `${folder}/parts`);
          assert.deepEqual([...first.losses, ...second.losses], whole.losses);
          assert.deepEqual(second.weights, whole.weights);
          assert.deepEqual(second.optimizer, whole.optimizer);
          assert.deepEqual(second.random, whole.random);
          for (const file of ["model.safetensors", "optimizer.safetensors"]) {
            assert.deepEqual(
              await Deno.readFile(`${folder}/parts/last/${file}`),
              await Deno.readFile(`${folder}/whole/last/${file}`),
            );
          }
        }),
    });
  }
}

Deno.test("Trainer.resume() throws if there is no checkpoint, or of another model", () =>
  inFolder(async (folder) => {
    await useDevice("cpu");
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const trainer = new Trainer(model, { optimizer, loss: nextToken, checkpoint: { folder } });
    await assert.rejects(trainer.resume(folder), {
      name: "CheckpointError",
      message: /must hold a training checkpoint/,
    });
    assert.equal(await findCheckpoint(folder), undefined);
    await trainer.fit(new CountingBatches(1), { steps: 1 });
    assert.equal(await findCheckpoint(folder), `${folder}/last`);
    class Other extends TinyLM {
      readonly more = new Dropout(0);
      readonly extra = this.head;
    }
    using other = new Other();
    await new Trainer(other, { optimizer, loss: nextToken }).resume(folder); // ties and layers without weights are no difference
    class Larger extends TinyLM {
      readonly second = new TinyLM();
    }
    using larger = new Larger();
    await assert.rejects(new Trainer(larger, { optimizer, loss: nextToken }).resume(folder), {
      name: "CheckpointError",
    });
  }));

Deno.test("Trainer writes and reads the model by the given files", () =>
  inFolder(async (folder) => {
    await useDevice("cpu");
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const used: string[] = [];
    const files = {
      async save(_: TinyLM, path: string) {
        await Deno.writeTextFile(`${path}/weights.txt`, "mine");
      },
      async load(_: TinyLM, path: string) {
        used.push(await Deno.readTextFile(`${path}/weights.txt`));
      },
    };
    const trainer = new Trainer(model, {
      optimizer,
      loss: nextToken,
      files,
      checkpoint: { folder },
    });
    await trainer.fit(new CountingBatches(1), { steps: 1 });
    await trainer.fit(new CountingBatches(1), { steps: 2, resume: folder });
    assert.deepEqual(used, ["mine"]);
    assert.equal(trainer.step, 2);
    const names = [...Deno.readDirSync(`${folder}/last`)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["optimizer.safetensors", "trainer_state.json", "weights.txt"]);
  }));

Deno.test("Trainer.save() refuses weights that are not finite", () =>
  inFolder(async (folder) => {
    await useDevice("cpu");
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const bias = model.head.bias!;
    bias.assign(tf.tensor1d(Array.from({ length: 11 }, (_, i) => i === 3 ? -Infinity : 0)));
    const trainer = new Trainer(model, { optimizer, loss: nextToken });
    await assert.rejects(trainer.save(`${folder}/x`), {
      name: "CheckpointError",
      message: /head\.bias is not/,
    });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));
