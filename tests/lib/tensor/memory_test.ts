import assert from "node:assert/strict";
import { generate } from "@tome/tome/generate";
import { GPT } from "@tome/tome/models/gpt";
import { AdamW } from "@tome/tome/optim";
import {
  memory,
  type MemoryUse,
  type Owner,
  record,
  resetPeak,
  seed,
  type Tensor,
  useDevice,
} from "@tome/tome/tensor";
import { nextToken, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

const TINY = {
  vocabSize: 11,
  contextLength: 16,
  numLayers: 2,
  numHeads: 2,
  embedDim: 16,
  dropout: 0,
};

/** The bytes of an owner, now and at the peak. */
function bytesOf(use: MemoryUse, owner: Owner): [now: number, atPeak: number] {
  const found = use.owners.find((row) => row.owner === owner);
  return [found?.bytes ?? 0, found?.bytesAtPeak ?? 0];
}

testOnDevices("memory() tells the bytes of a training by owner, now and at the peak", async () => {
  const start = memory();
  seed(1);
  using model = new GPT(TINY);
  using optimizer = new AdamW(model.namedParameters(), { lr: 1e-3 });
  const bytes = 4 * model.numParameters();
  const batch = () => {
    const ids = tf.randomUniform([4, 16], 0, 11, "int32", 1);
    return { inputs: ids, targets: ids.clone() };
  };
  const batches = [batch(), batch()];
  const trainer = new Trainer(model, { optimizer, loss: nextToken, accumulate: 2 });
  resetPeak();
  await trainer.fit(batches, { steps: 2 });
  const use = memory();
  const grown = (owner: Owner) => bytesOf(use, owner)[0] - bytesOf(start, owner)[0];
  assert.equal(grown("parameters"), bytes);
  assert.equal(grown("optimizer state"), 2 * bytes); // two moments
  assert.equal(bytesOf(use, "batches")[0], 2 * 4 * 16 * 4); // ids; the targets share their data
  assert.equal(grown("activations"), 0);
  assert.equal(grown("gradients"), 0);
  const [, activations] = bytesOf(use, "activations");
  // of each layer at least what attention and the wider network keep
  assert.ok(activations > 2 * 4 * 16 * (3 * 16 + 64) * 4, `${activations} bytes of activations`);
  assert.equal(bytesOf(use, "gradients")[1], bytes); // of the first half of the batch
  assert.equal(
    use.owners.reduce((sum, { bytes }) => sum + bytes, 0),
    use.numBytes,
  );
  assert.ok(use.bytesPeak > use.numBytes);
  assert.match(String(use), /^memory +now +at the peak\n[^]*\nparameters +[\d.]+ kB +[\d.]+ kB\n/);
  tf.dispose(batches);
});

testOnDevices("memory() tells the bytes of a cache at the peak of a generation", async () => {
  using model = new GPT(TINY);
  resetPeak();
  await generate(model, [1, 2, 3], { maxNewTokens: 5 });
  const [now, atPeak] = bytesOf(memory(), "KV caches");
  assert.equal(now, 0);
  assert.equal(atPeak, 2 * 2 * 8 * 16 * 4); // keys and values of two layers, 8 tokens
});

testOnDevices("resetPeak() forgets the peak, and memory() takes no count of what is gone", () => {
  resetPeak();
  tf.tidy(() => void tf.reshape(tf.ones([1000]).add(tf.ones([1000])), [10, 100]));
  const before = memory();
  assert.equal(before.bytesPeak - before.numBytes, 12_000); // a reshape shares its data
  resetPeak();
  assert.equal(memory().bytesPeak, before.numBytes);
});

testOnDevices("memory() tells what recorded steps hold, and what waits for reuse", async () => {
  await useDevice("webgpu"); // not in strict mode, in which nothing is recorded
  try {
    const before = memory();
    using recorded = record((x: Tensor) => x.add(1).mul(2).sum());
    for (let i = 0; i < 4; i++) tf.tidy(() => recorded(tf.ones([1000])));
    const use = memory();
    assert.ok(recorded.report.bytes >= 4000);
    assert.equal(use.bytesRecorded - before.bytesRecorded, recorded.report.bytes);
    assert.ok(use.bytesCached <= use.numBytesAllocated! - use.bytesRecorded);
    assert.match(String(use), /\nrecordings +[\d.]+ kB/);
  } finally {
    await useDevice("webgpu", { strict: true });
  }
}, ["webgpu"]);
