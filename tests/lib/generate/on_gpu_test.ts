import assert from "node:assert/strict";
import { generate, type GenerateOptions, type GenerateResult } from "@tome/tome/generate";
import { GPT } from "@tome/tome/models/gpt";
import { gpuCounters, Rng, seed, useDevice } from "@tome/tome/tensor";
import { DEVICES, testOnDevices } from "../../_support/devices.ts";
import { Table } from "./tiny_models.ts";

const CASES: GenerateOptions[] = [
  { maxNewTokens: 30 },
  { maxNewTokens: 30, doSample: true, seed: 4 },
  { maxNewTokens: 30, temperature: 1.7, topK: 5, seed: 5 },
  { maxNewTokens: 30, temperature: 0.8, topP: 0.7, minP: 0.05, seed: 6, eosTokenId: 2 },
];

async function writeAll(more: GenerateOptions = {}): Promise<GenerateResult[][]> {
  seed(3);
  const sizes = { contextLength: 16, numLayers: 1, numHeads: 2, embedDim: 8 };
  using attention = new GPT({ vocabSize: 11, ...sizes, dropout: 0 });
  for (const parameter of attention.parameters()) {
    parameter.assign(parameter.mul(10)); // far from uniform, so that near ties are unlikely
  }
  const random = new Rng(2);
  const rows = Array.from({ length: 23 }, () => Array.from({ length: 23 }, () => random.normal()));
  using chain = new Table(rows);
  const results: GenerateResult[][] = [];
  for (const model of [attention, chain]) {
    for (const options of CASES) {
      results.push(await generate(model, [[3, 1, 4], [1, 5, 9], [2, 6]], { ...options, ...more }));
    }
  }
  return results;
}

testOnDevices(
  "generate() on WebGPU writes what it writes on the CPU, however many tokens it reads at once",
  async () => {
    await useDevice("cpu");
    const expected = await writeAll();
    await useDevice("webgpu"); // not in strict mode, in which nothing is recorded
    try {
      for (const tokensPerRead of [1, 4, 7]) {
        const written = await writeAll({ tokensPerRead });
        for (const [k, results] of written.entries()) {
          for (const [row, { newIds, finishReason, tokens }] of results.entries()) {
            const wanted = expected[k]![row]!;
            assert.deepEqual(newIds, wanted.newIds, `case ${k}, row ${row}`);
            assert.equal(finishReason, wanted.finishReason);
            for (const [i, { logProb, index }] of tokens.entries()) {
              assert.equal(index, i);
              assert.ok(Math.abs(logProb - wanted.tokens[i]!.logProb) < 1e-4);
            }
          }
        }
      }
      assert.ok(gpuCounters().replays > 0);
    } finally {
      await useDevice("webgpu", { strict: true });
    }
  },
  DEVICES.includes("cpu") ? ["webgpu"] : [],
);

testOnDevices("generate() says that the weights may have diverged", async () => {
  using model = new Table([[0, NaN], [0, 1]]);
  await assert.rejects(generate(model, [0]), {
    name: "RangeError",
    message:
      /Cannot choose a token as logits must be numbers, the largest finite: current one is NaN/,
  });
});
