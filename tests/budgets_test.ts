// deno-lint-ignore-file no-console
/**
 * What a training step and a pass of attention may cost on WebGPU, as counts: they are the same on every machine, as times are not.
 * The dispatches of a step have their budget in `tests/lib/train/dispatch_budget_test.ts`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { generate } from "@tome/tome/generate";
import { GPT } from "@tome/tome/models/gpt";
import { gpuCounters, memory, seed, useDevice } from "@tome/tome/tensor";
import { Meter } from "../scripts/bench/meter.ts";
import type { SetUp, Work } from "../scripts/bench/contender.ts";
import { rowOf } from "../scripts/bench/rows.ts";
import BUDGETS from "./budgets.json" with { type: "json" };

/** What is counted; each number may be less than its budget, never more. */
type Counts = typeof BUDGETS["attention"];

const meter = new Meter(); // before a device is made

/** Counts over two rounds, after the warm-up of the benchmark. */
async function count(work: Work, warmUp: number, units: number): Promise<Counts> {
  for (let done = 0; done < warmUp; done += units) await work.run(units);
  meter.resetPeak();
  const [before, tensors] = [gpuCounters(), memory()];
  const rounds = 2;
  for (let round = 0; round < rounds; round++) await work.run(units);
  const [after, left] = [gpuCounters(), memory()];
  const each = (number: number) => number / (rounds * units);
  return {
    dispatches: each(after.dispatches - before.dispatches),
    replays: each(after.replays - before.replays),
    programs: after.programs - before.programs,
    leakedTensors: left.numTensors - tensors.numTensors,
    leakedBytes: left.numBytes - tensors.numBytes,
    peakBytes: meter.counts.peakBytes,
  };
}

type Row = "attention" | "gpt-step";

const CASES: Record<Row, string> = {
  "attention": "tome_attention.ts#tome",
  "gpt-step": "tome_gpt.ts#train",
};

const adapter = await navigator.gpu?.requestAdapter();
for (const name of Object.keys(CASES) as Row[]) {
  Deno.test({
    name: `${name} on WebGPU keeps its budgets of dispatches, plans, leaks and bytes`,
    sanitizeOps: false, // the GPU's own promises outlive a test
    sanitizeResources: false,
    async fn() {
      if (!adapter) return console.log(`budgets of ${name}: not run, no WebGPU adapter answers`);
      await useDevice("webgpu", { poolBytes: 0 }); // what was free before does not count
      const row = rowOf(name, false);
      const [file, entry] = CASES[name].split("#") as [string, string];
      const module = await import(`../scripts/bench/contenders/${file}`);
      const before = gpuCounters().bytesAllocated;
      const setUp = module[entry] as SetUp<Record<string, unknown>>;
      const work = await setUp({ ...row.settings, device: "webgpu" });
      const counts = await count(work, row.warmUp, row.units);
      counts.peakBytes -= before;
      const budget: Partial<Counts> = BUDGETS[name];
      const report = `measured ${JSON.stringify(counts)}, allowed ${JSON.stringify(budget)}`;
      assert.equal(counts.replays, budget.replays, report);
      for (const key of Object.keys(budget) as (keyof Counts)[]) {
        assert.ok(counts[key] <= budget[key]!, `${key} is over its budget: ${report}`);
      }
    },
  });
}

/** The reads of GPU buffers while something runs, and their bytes. */
async function countReads(run: () => Promise<unknown>): Promise<{ reads: number; bytes: number }> {
  const { prototype } = GPUBuffer;
  const { mapAsync } = prototype;
  const count = { reads: 0, bytes: 0 };
  prototype.mapAsync = function (...given) {
    count.reads++;
    count.bytes += this.size;
    return mapAsync.apply(this, given);
  };
  try {
    await run();
  } finally {
    prototype.mapAsync = mapAsync;
  }
  return count;
}

Deno.test({
  name: "generation on WebGPU keeps its budgets of dispatches and reads a token",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    if (!adapter) return console.log("budgets of generation: not run, no WebGPU adapter answers");
    await useDevice("webgpu");
    seed(1);
    using model = new GPT({
      vocabSize: 1000,
      contextLength: 128,
      numLayers: 2,
      numHeads: 4,
      embedDim: 64,
      dropout: 0,
    });
    const tokens = 64;
    const write = (logProbs: number) =>
      generate(model, [1, 2, 3], {
        maxNewTokens: tokens,
        temperature: 0.8,
        topK: 40,
        seed: 2,
        logProbs,
      });
    const measure = async (logProbs: number) => {
      const before = gpuCounters();
      const { reads, bytes } = await countReads(() => write(logProbs));
      const { dispatches, replays } = gpuCounters();
      assert.ok(replays > before.replays, "no token was replayed");
      return {
        dispatchesPerToken: (dispatches - before.dispatches) / tokens,
        readsPerToken: reads / tokens,
        bytesReadPerToken: bytes / tokens,
      };
    };
    const counts = await measure(0);
    const whole = await measure(1); // for which the logits are read
    const report = `measured ${JSON.stringify(counts)}, with whole logits ${
      JSON.stringify(whole)
    }, allowed ${JSON.stringify(BUDGETS.generation)}`;
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) {
      assert.ok(counts[key] <= BUDGETS.generation[key], `${key} is over its budget: ${report}`);
    }
    assert.ok(whole.readsPerToken >= 1 && whole.bytesReadPerToken >= 4 * model.vocabSize, report);
  },
});
