import assert from "node:assert/strict";
import { useDevice } from "@tome/tome/tensor";
import { jsonl, nextToken, tensorboard, Trainer } from "@tome/tome/train";
import { findPython, runPython } from "../../../_support/python.ts";
import { CountingBatches, finiteBatches, inFolder, TinyLM, tinyOptimizer } from "../_tiny.ts";

await useDevice("cpu");

const python = await findPython("tensorboard");

/** Five steps, a checkpoint at the third; then on from there to the seventh, as if the process had died at the fifth. */
async function trainTwice(folder: string): Promise<void> {
  for (const steps of [5, 7]) {
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const trainer = new Trainer(model, {
      optimizer,
      loss: nextToken,
      maxGradNorm: 1,
      evaluate: { batches: finiteBatches(2), every: 3, atEnd: false },
      callbacks: [
        jsonl(`${folder}/log.jsonl`),
        tensorboard(folder, { hyperParameters: { lr: 0.02 }, histogramsEvery: 5 }),
        {
          onStepEnd: ({ trainer, step }) =>
            step === 3 ? trainer.save(`${folder}/third`) : undefined,
        },
      ],
    });
    await trainer.fit(new CountingBatches(1), {
      steps,
      ...(steps === 7 ? { resume: `${folder}/third` } : {}),
    });
  }
}

Deno.test("jsonl() writes each event as a line, and drops the lines that a resumed run makes again", () =>
  inFolder(async (folder) => {
    await trainTwice(folder);
    const text = await Deno.readTextFile(`${folder}/log.jsonl`);
    const lines = text.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ event, step }) => `${event} ${step}`), [
      "start 0",
      "step 1",
      "step 2",
      "step 3",
      "evaluate 3",
      "checkpoint 3",
      "start 3",
      "step 4",
      "step 5",
      "step 6",
      "evaluate 6",
      "step 7",
      "end 7",
    ]);
    const { event, ...record } = lines[1];
    assert.equal(event, "step");
    assert.deepEqual(Object.keys(record), [
      "step",
      "epoch",
      "loss",
      "lr",
      "gradNorm",
      "tokens",
      "millis",
      "tokensPerSecond",
    ]);
    assert.ok(lines[4].loss > 0 && lines[4].name === "validation");
    assert.equal(lines.at(-1).stopped, "steps");
  }));

const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
acc = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'histograms': 0})
acc.Reload()
print(json.dumps({
  'scalars': {tag: [[e.step, e.value] for e in acc.Scalars(tag)] for tag in acc.Tags()['scalars']},
  'histograms': {tag: [[e.step, e.histogram_value.num] for e in acc.Histograms(tag)] for tag in acc.Tags()['histograms']},
}))
`;

Deno.test("jsonl() and tensorboard() write the validation before the first step too", () =>
  inFolder(async (folder) => {
    using model = new TinyLM();
    using optimizer = tinyOptimizer(model);
    const trainer = new Trainer(model, {
      optimizer,
      loss: nextToken,
      evaluate: { batches: finiteBatches(1), atStart: true },
      callbacks: [jsonl(`${folder}/log.jsonl`), tensorboard(`${folder}/events`)],
    });
    await trainer.fit(new CountingBatches(1), { steps: 2 });
    const lines = (await Deno.readTextFile(`${folder}/log.jsonl`)).trim().split("\n");
    const events = lines.map((line) => JSON.parse(line)).map(({ event, step }) =>
      `${event} ${step}`
    );
    assert.deepEqual(events, [
      "start 0",
      "evaluate 0",
      "step 1",
      "step 2",
      "evaluate 2",
      "end 2",
    ]);
    const [file] = [...Deno.readDirSync(`${folder}/events`)];
    const bytes = new TextDecoder("latin1").decode(
      await Deno.readFile(`${folder}/events/${file!.name}`),
    );
    assert.equal(bytes.split("validation/loss").length - 1, 2);
  }));

const CLAIM = "tensorboard() writes what TensorBoard reads, each step once after a resume";
if (!python) {
  Deno.test(`${CLAIM}: not run: no Python with tensorboard`, () => {});
} else {
  Deno.test(CLAIM, () =>
    inFolder(async (folder) => {
      await trainTwice(folder);
      const read = await runPython(python, READ, [folder]) as Record<
        "scalars" | "histograms",
        Record<string, [number, number][]>
      >;
      assert.deepEqual(Object.keys(read.scalars).sort(), [
        "train/gradNorm",
        "train/loss",
        "train/lr",
        "train/tokensPerSecond",
        "validation/loss",
      ]);
      assert.deepEqual(read.scalars["train/loss"]!.map(([step]) => step), [1, 2, 3, 4, 5, 6, 7]);
      assert.deepEqual(read.scalars["validation/loss"]!.map(([step]) => step), [3, 6]);
      const log = (await Deno.readTextFile(`${folder}/log.jsonl`)).trim().split("\n");
      const losses = log.map((line) => JSON.parse(line)).filter(({ event }) => event === "step");
      assert.deepEqual(
        read.scalars["train/loss"]!.map(([, loss]) => loss),
        losses.map(({ loss }) => Math.fround(loss)),
      );
      assert.deepEqual(read.histograms["weights/head.weight"], [[5, 132]]);
      assert.deepEqual(read.histograms["gradients/head.bias"], [[5, 11]]);
    }));
}
