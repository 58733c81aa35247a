import assert from "node:assert/strict";
import { useDevice } from "@tome/tome/tensor";
import {
  type Callback,
  checkpoint,
  nextToken,
  Trainer,
  type TrainerHandle,
} from "@tome/tome/train";
import { CountingBatches, inFolder, TinyLM, tinyOptimizer } from "../_tiny.ts";

await useDevice("cpu");

/** Trains with validation results as given, one a step. */
async function train(
  folder: string,
  results: number[],
  options: Parameters<typeof checkpoint>[1],
  steps = results.length,
  resume?: string,
) {
  using model = new TinyLM();
  using optimizer = tinyOptimizer(model);
  const keeper = checkpoint(folder, options);
  const event = (trainer: TrainerHandle, step: number) => ({ trainer, step, epoch: 0, millis: 0 });
  const judge: Callback = {
    async onStepEnd({ trainer, step }) {
      const metrics = { loss: results[step - 1]!, score: -results[step - 1]! };
      await keeper.onEvaluate!({ ...event(trainer, step), name: "validation", metrics });
    },
  };
  const trainer = new Trainer(model, { optimizer, loss: nextToken, callbacks: [keeper, judge] });
  return await trainer.fit(new CountingBatches(1), { steps, ...(resume ? { resume } : {}) });
}

const stepIn = async (folder: string) =>
  JSON.parse(await Deno.readTextFile(`${folder}/trainer_state.json`)).step as number;
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("checkpoint() keeps the last, the best, and as many numbered ones as asked", () =>
  inFolder(async (folder) => {
    const history = await train(folder, [5, 3, 4, 4, 4, 4], { every: 2, keep: 2 });
    assert.deepEqual(namesIn(folder), ["best", "last", "step-4", "step-6"]);
    assert.deepEqual([await stepIn(`${folder}/best`), await stepIn(`${folder}/last`)], [2, 6]);
    assert.deepEqual(history.checkpoints.map(({ step, best }) => [step, best]), [
      [1, true],
      [2, true],
      [4, false],
      [6, false],
    ]);
    assert.deepEqual(namesIn(`${folder}/last`), [
      "model.safetensors",
      "optimizer.safetensors",
      "trainer_state.json",
    ]);
  }));

Deno.test("checkpoint() watches another metric, or none, and writes at the end", () =>
  inFolder(async (folder) => {
    await train(`${folder}/a`, [1, 2, 1], { best: { metric: "score", mode: "max" } });
    assert.equal(await stepIn(`${folder}/a/best`), 1);
    await train(`${folder}/b`, [3, 2, 1], { best: false });
    assert.deepEqual(namesIn(`${folder}/b`), ["last"]);
    await assert.rejects(train(`${folder}/c`, [1], { best: { metric: "f1" } }), {
      name: "RangeError",
      message: /Cannot watch "f1".*current results are loss, score/,
    });
  }));

Deno.test("checkpoint() remembers the best across a resume", () =>
  inFolder(async (folder) => {
    const results = [5, 2, 4, 3, 1];
    await train(folder, results, { every: 1 }, 3);
    await train(folder, results, { every: 1 }, 4, folder);
    assert.equal(await stepIn(`${folder}/best`), 2);
    await train(folder, results, { every: 1 }, 5, folder);
    assert.equal(await stepIn(`${folder}/best`), 5);
  }));

Deno.test("checkpoint() removes what a killed process left, and nothing else", () =>
  inFolder(async (folder) => {
    const left = `.last.${crypto.randomUUID()}.tmp`;
    for (const name of [left, `.${left}.${crypto.randomUUID()}.tmp`, `.${left}.old`]) {
      await Deno.mkdir(`${folder}/${name}`);
      await Deno.writeTextFile(`${folder}/${name}/part`, "");
    }
    await Deno.mkdir(`${folder}/.mine.tmp`);
    await train(folder, [1], {});
    assert.deepEqual(namesIn(folder), [".mine.tmp", "best", "last"]);
  }));
