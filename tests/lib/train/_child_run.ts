/**
 * A training run in a process of its own, to be killed or interrupted: `_child_run.ts DEVICE FOLDER STEPS MODE`.
 *
 * Goes on from the folder's last checkpoint if there is one. Prints `step N` for each step, and at last `done REASON` and the
 * bits of all weights as JSON. In the mode `linger` it prints `stopping` before its
 * end, and waits for a minute.
 */
import { type DeviceName, seed, useDevice } from "@tome/tome/tensor";
import { findCheckpoint, jsonl, nextToken, Trainer } from "@tome/tome/train";
import { bitsOf, CountingBatches, TinyLM, tinyOptimizer } from "./_tiny.ts";

async function say(line: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

const [device, folder, steps, mode] = Deno.args as [DeviceName, string, string, string];
await useDevice(device, { deterministic: true });
seed(7);
using model = new TinyLM();
using optimizer = tinyOptimizer(model);
const trainer = new Trainer(model, {
  optimizer,
  loss: nextToken,
  maxGradNorm: 1,
  logEvery: 2,
  stopOnInterrupt: true,
  checkpoint: { folder, every: 3, keep: 2 },
  evaluate: { batches: new CountingBatches(9), every: 5, maxBatches: 2 },
  earlyStopping: { patience: 1000 },
  callbacks: [jsonl(`${folder}/log.jsonl`), {
    onStepEnd: ({ step }) => say(`step ${step}`),
    onStop: async () => {
      if (mode !== "linger") return;
      await say("stopping");
      await new Promise((done) => setTimeout(done, 60_000));
    },
  }],
});
const resume = await findCheckpoint(folder);
const history = await trainer.fit(new CountingBatches(1), {
  steps: Number(steps),
  ...(resume ? { resume } : {}),
});
await say(`done ${history.stopped}`);
await say(JSON.stringify(await bitsOf(model)));
