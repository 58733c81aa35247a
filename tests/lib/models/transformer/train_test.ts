import assert from "node:assert/strict";
import { collatePairs, DataLoader, type PairBatch, type TokenPair } from "@tome/tome/data";
import { generateSeq2Seq } from "@tome/tome/generate";
import { T5 } from "@tome/tome/models/t5";
import { Transformer } from "@tome/tome/models/transformer";
import type { Module, Seq2SeqLM } from "@tome/tome/nn";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { gpuCounters, memory, Rng, seed, useDevice } from "@tome/tome/tensor";
import { seq2seqLoss, seq2seqWith, Trainer } from "@tome/tome/train";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";

const IDS = { padId: 0, startId: 1, endId: 2 };
const SIZES = { vocabSize: 11, embedDim: 32, numLayers: 1, numHeads: 2, hiddenDim: 64, dropout: 0 };

/** Sources of three or four letters, and the same backwards. */
function reversals(count: number, seed: number): TokenPair[] {
  const random = new Rng(seed);
  return Array.from({ length: count }, () => {
    const letters = Array.from({ length: 3 + random.int(2) }, () => 3 + random.int(8));
    return { source: [...letters, 2], target: letters.toReversed() };
  });
}

const loaderOf = (pairs: TokenPair[], batchSize = 32) =>
  new DataLoader<TokenPair, PairBatch>(pairs, {
    batchSize,
    shuffle: true,
    seed: 3,
    dropLast: true,
    collate: (some) => collatePairs(some, { ...IDS, multipleOf: 8 }),
  });

const MODELS: [string, () => Module & Seq2SeqLM][] = [
  ["Transformer", () => new Transformer({ ...SIZES, contextLength: 8 })],
  ["T5", () => new T5({ ...SIZES, ...IDS, headDim: 16, numBuckets: 12, maxDistance: 12 })],
];

for (const [name, make] of MODELS) {
  testOnDevices(`${name} learns to write texts backwards that it has not seen`, async () => {
    seed(1);
    using model = make();
    using optimizer = new AdamW(model.namedParameters(), {
      lr: cosineWithMinLr({ peak: 6e-3, warmup: 20, total: 550, minLr: 1e-4 }),
      weightDecay: 0,
    });
    const trainer = new Trainer(model, { optimizer, loss: seq2seqLoss, maxGradNorm: 1 });
    const pairs = reversals(3000, 1);
    const known = new Set(pairs.map(({ source }) => source.join()));
    await trainer.fit(loaderOf(pairs), { steps: 550 });
    const unseen = reversals(400, 2).filter(({ source }) => !known.has(source.join()));
    const written = await generateSeq2Seq(model, unseen.map(({ source }) => source), {
      maxNewTokens: 8,
      batchSize: 256,
    });
    const right = written.filter(([best], i) =>
      best!.newIds.join() === [...unseen[i]!.target, 2].join()
    );
    assert.ok(unseen.length > 100);
    assert.ok(right.length >= 0.95 * unseen.length, `${right.length} of ${unseen.length}`);
  }, ["wasm"]);

  testOnDevices(`${name} trains and writes without a byte more`, async (device) => {
    await useDevice(device); // not in strict mode, so that WebGPU replays
    seed(1);
    using model = make();
    using optimizer = new AdamW(model.namedParameters(), { lr: 1e-3 });
    const batches = loaderOf(reversals(64, 1), 8);
    const trainer = new Trainer(model, { optimizer, loss: seq2seqLoss, maxGradNorm: 1 });
    const work = async (steps: number) => {
      await trainer.fit(batches, { steps });
      // texts of the same lengths each time, whatever the model has learned
      const options = { maxNewTokens: 6, suppressIds: [2] };
      await generateSeq2Seq(model, [[5, 6, 2], [7, 2]], options);
      await generateSeq2Seq(model, [[5, 6, 2]], { ...options, numBeams: 2 });
      const { numTensors, numDataBuffers, numBytes } = memory();
      return { numTensors, numDataBuffers, numBytes, bytes: gpuCounters().bytesAllocated };
    };
    for (const steps of [12, 24]) await work(steps); // buffers and plans find their sizes
    const before = await work(36);
    for (const steps of [48, 60]) assert.deepEqual(await work(steps), before);
  });

  testOnDevices(`${name} does the same recorded and op by op`, async () => {
    await useDevice("webgpu");
    const run = async (record: boolean) => {
      seed(1);
      using model = make();
      using optimizer = new AdamW(model.namedParameters(), { lr: 1e-3 });
      const trainer = new Trainer(model, { optimizer, loss: seq2seqLoss, record });
      const history = await trainer.fit(loaderOf(reversals(96, 1), 8), { steps: 10 });
      const { replays } = gpuCounters();
      const written = await generateSeq2Seq(model, [[5, 6, 7, 2], [8, 2]], {
        maxNewTokens: 8,
        suppressIds: [2], // so that both go on to the end
      });
      const replayed = gpuCounters().replays - replays;
      return { losses: history.map(({ loss }) => loss), written, replayed };
    };
    const [recorded, eager] = [await run(true), await run(false)];
    await assertClose(recorded.losses, eager.losses);
    assert.deepEqual(
      recorded.written.map(([best]) => best!.newIds),
      eager.written.map(([best]) => best!.newIds),
    );
    assert.ok(recorded.replayed >= 4, `${recorded.replayed} of 8 tokens were replayed`);
  }, ["webgpu"]);
}

testOnDevices("seq2seqLoss is exact over batches of different sizes, and smooths", async () => {
  seed(1);
  using model = new Transformer({ ...SIZES, contextLength: 8 }).eval();
  const pairs = reversals(6, 5);
  const lossOf = async (some: TokenPair[], which: "sum" | "count" | "mean", loss = seq2seqLoss) => {
    const batch = collatePairs(some, IDS);
    const value = which === "mean"
      ? loss(model, batch)
      : which === "sum"
      ? loss.sum!(model, batch)
      : loss.count!(batch);
    return typeof value === "number" ? value : (await value.data())[0]!;
  };
  const parts = [pairs.slice(0, 1), pairs.slice(1)];
  const sums = await Promise.all(parts.map((part) => lossOf(part, "sum")));
  const counts = await Promise.all(parts.map((part) => lossOf(part, "count")));
  assert.deepEqual(counts, parts.map((p) => p.reduce((n, { target }) => n + target.length + 1, 0)));
  const mean = (sums[0]! + sums[1]!) / (counts[0]! + counts[1]!);
  await assertClose([await lossOf(pairs, "mean")], [mean]);
  // with smoothing ε the loss is (1 − ε) loss + ε · the mean over all classes of their own losses
  const all = await lossOf(pairs, "mean", seq2seqWith({ labelSmoothing: 1 }));
  const smooth = await lossOf(pairs, "mean", seq2seqWith({ labelSmoothing: 0.1 }));
  await assertClose([smooth], [0.9 * mean + 0.1 * all]);
  assert.equal(seq2seqLoss.tokens!(collatePairs(parts[0]!, IDS)), 2 * parts[0]![0]!.source.length);
  assert.throws(() => seq2seqLoss(model, { ...collatePairs(pairs, IDS), labels: undefined }), {
    name: "TypeError",
    message: /must have labels/,
  });
});
