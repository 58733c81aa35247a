import assert from "node:assert/strict";
import { generate, generateText, softmax, streamTokens } from "@tome/tome/generate";
import { GPT } from "@tome/tome/models/gpt";
import { gpuCounters, memory, Rng, seed, useDevice } from "@tome/tome/tensor";
import { CharacterTokenizer } from "@tome/tome/text";
import { lookUp } from "../../../lib/generate/draft.ts";
import { acceptOrRedraw } from "../../../lib/generate/speculative.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { Table, TinyAttention } from "./tiny_models.ts";

/** A GPT whose logits are far from uniform, so that near ties are unlikely. */
function bold(numLayers: number, contextLength: number): GPT {
  const sizes = { vocabSize: 17, contextLength, numLayers, numHeads: 2, embedDim: 8 };
  const model = new GPT({ ...sizes, dropout: 0.5 });
  for (const parameter of model.parameters()) parameter.assign(parameter.mul(10));
  return model;
}

testOnDevices(
  "generate() with a draft writes greedily what the model writes alone, also past the context",
  async () => {
    seed(3);
    using model = bold(2, 12);
    using other = bold(1, 5); // another context, and other opinions
    const before = memory().numTensors;
    const rows = [[1, 2, 3], [16, 0, 5, 5, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
    const settings = { maxNewTokens: 16, logProbs: 1 };
    for (const more of [{}, { repetitionPenalty: 1.3, eosTokenId: [3, 9] }]) {
      const plain = await generate(model, rows, { ...settings, ...more });
      for (const draft of [other, model, "prompt-lookup"] as const) {
        for (const useCache of draft === other && "eosTokenId" in more ? [true, false] : [true]) {
          const options = { ...settings, ...more, draft, useCache, draftTokens: 3 };
          const drafted = await generate(model, rows, options);
          for (const [i, { newIds, tokens, finishReason, speculation }] of drafted.entries()) {
            assert.deepEqual(newIds, plain[i]!.newIds);
            assert.equal(finishReason, plain[i]!.finishReason);
            for (const [k, token] of tokens.entries()) {
              const expected = plain[i]!.tokens[k]!;
              assert.ok(Math.abs(token.logProb - expected.logProb) < 1e-3);
              assert.deepEqual([token.index, token.top![0]!.id], [k, expected.top![0]!.id]);
            }
            assert.equal(speculation!.tokens, newIds.length);
            if (draft === model) assert.equal(speculation!.accepted, speculation!.proposed);
          }
        }
      }
    }
    const [result] = await generate(model, [1, 2, 3], {
      maxNewTokens: 9,
      draft: model,
      draftTokens: 3,
    });
    // the prompt gives 1 token, and each pass after it 3 proposals and one of the model's own
    assert.deepEqual(result!.speculation, {
      proposed: 6,
      accepted: 6,
      passes: 3,
      tokens: 9,
      acceptanceRate: 1,
      tokensPerPass: 3,
    });
    assert.equal(memory().numTensors, before);
  },
);

testOnDevices("generate() with a draft replays recordings whose cache was taken back", async () => {
  await useDevice("webgpu"); // not in strict mode, in which nothing is recorded
  try {
    seed(3);
    using model = bold(2, 64);
    using draft = bold(1, 64);
    const options = { maxNewTokens: 40 };
    const [plain] = await generate(model, [1, 2, 3], options);
    const { replays } = gpuCounters();
    const [drafted] = await generate(model, [1, 2, 3], { ...options, draft, draftTokens: 3 });
    assert.deepEqual(drafted!.newIds, plain!.newIds);
    const { accepted, proposed, passes } = drafted!.speculation!;
    assert.ok(accepted < proposed); // so that something was taken back
    assert.ok(gpuCounters().replays - replays > passes);
  } finally {
    await useDevice("webgpu", { strict: true });
  }
}, ["webgpu"]);

testOnDevices("streamTokens() with a draft frees everything when it is left", async () => {
  using model = new TinyAttention(11, 32);
  using draft = new TinyAttention(11, 32, 2);
  const before = memory().numTensors;
  for await (const _ of streamTokens(model, [3, 1], { draft, maxNewTokens: 20 })) break;
  assert.equal(memory().numTensors, before);
});

testOnDevices("generateText() with a draft stops at a text and reports", async () => {
  const tokenizer = CharacterTokenizer.fromText("abcd");
  const after = (next: number) => Array.from({ length: 4 }, (_, id) => id === next ? 9 : 0);
  using model = new Table([1, 2, 3, 0].map(after)); // a, b, c, d, a, …
  const settings = { maxNewTokens: 40, stop: "cda" };
  const plain = await generateText(model, tokenizer, "ab", settings);
  const options = { ...settings, draft: "prompt-lookup" as const, useCache: false };
  const drafted = await generateText(model, tokenizer, "abcdab", options);
  assert.equal(plain.text, "");
  assert.equal(drafted.text, "");
  assert.equal(plain.speculation, undefined);
  assert.ok(drafted.speculation!.accepted > 0);
}, ["cpu"]);

/** The sum of squared differences over expectations: about as large as there are outcomes, if the draws are right. */
function chiSquare(counts: readonly number[], probabilities: ArrayLike<number>): number {
  const total = counts.reduce((sum, n) => sum + n, 0);
  return counts.reduce((sum, n, i) => {
    const expected = total * probabilities[i]!;
    return sum + (n - expected) ** 2 / expected;
  }, 0);
}

Deno.test("acceptOrRedraw() draws with the model's probabilities, whatever was proposed", () => {
  const random = new Rng(7);
  const p = new Float32Array([0.5, 0.2, 0.2, 0.05, 0.05]);
  const drafts = [
    new Float32Array([0.1, 0.1, 0.1, 0.1, 0.6]),
    new Float32Array([0, 0.5, 0.5, 0, 0]),
    p,
    undefined,
  ];
  for (const q of drafts) {
    const counts = new Array<number>(5).fill(0);
    let taken = 0;
    for (let i = 0; i < 40_000; i++) {
      let u = random.uniform(0, 1);
      const id = q ? Math.max(0, q.findIndex((qi) => (u -= qi) < 0)) : 1;
      const [drawn, accepted] = acceptOrRedraw(p, { id, probabilities: q }, random);
      counts[drawn]!++;
      taken += Number(accepted);
    }
    // 4 degrees of freedom: above 23.5 once in 10,000 times
    assert.ok(chiSquare(counts, p) < 23.5, `${counts} of a draft with ${q}`);
    const overlap = q ? p.reduce((sum, pi, i) => sum + Math.min(pi, q[i]!), 0) : p[1]!;
    assert.ok(Math.abs(taken / 40_000 - overlap) < 0.015);
    if (q !== p) assert.ok(chiSquare(counts, [0.3, 0.3, 0.2, 0.1, 0.1]) > 1000); // it can fail
  }
});

testOnDevices("generate() with a draft draws texts as often as without one", async () => {
  const logits = [[1, 0, -1], [0, 0.5, 0], [-1, 0.3, 1]];
  using model = new Table(logits);
  using draft = new Table([[0, 1, 0], [1, 0, 0], [0.5, 0.5, -2]]);
  const temperature = 0.8;
  const next = logits.map((row) => softmax(new Float32Array(row.map((x) => x / temperature))));
  const probabilities = Array.from({ length: 27 }, (_, i) => {
    const [a, b, c] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
    return next[0]![a]! * next[a]![b]! * next[b]![c]!;
  });
  const options = { maxNewTokens: 3, temperature, useCache: false };
  const count = async (more: object) => {
    const counts = new Array<number>(27).fill(0);
    for (let i = 0; i < 40; i++) {
      const rows = Array.from({ length: 25 }, () => [0]);
      for (const { newIds } of await generate(model, rows, { ...options, ...more, seed: i })) {
        counts[newIds[0]! * 9 + newIds[1]! * 3 + newIds[2]!]!++;
      }
    }
    return counts;
  };
  for (const more of [{}, { draft, draftTokens: 2 }]) {
    // 26 degrees of freedom: above 62 once in 10,000 times
    assert.ok(chiSquare(await count(more), probabilities) < 62);
  }
}, ["cpu"]);

Deno.test("lookUp() repeats what followed the last tokens", () => {
  assert.deepEqual(lookUp([1, 2, 3, 4, 9, 1, 2], 2), [3, 4]);
  assert.deepEqual(lookUp([1, 2, 5, 1, 2, 6, 1, 2], 1), [6]); // the latest
  assert.deepEqual(lookUp([7, 1, 2, 5, 3, 1, 2, 6, 7, 1, 2], 1), [5]); // the longest
  assert.deepEqual(lookUp([1, 2, 3], 4), []);
  assert.deepEqual(lookUp([1], 4), []);
});

testOnDevices("generate() refuses a draft that does not fit", async () => {
  using model = new Table([[0, 1], [1, 0]]);
  using draft = new Table([[0, 1, 2], [1, 0, 2], [0, 0, 0]]);
  await assert.rejects(generate(model, [0], { draft }), {
    name: "RangeError",
    message:
      "Cannot generate as draft.vocabSize must be the model's, 2: current draft.vocabSize is 3",
  });
  await assert.rejects(
    generate(model, [0], { draft: "prompt-lookup", numBeams: 2 }),
    /numBeams must be 1 where there is a draft/,
  );
  await assert.rejects(generate(model, [0], { draft: model, draftTokens: 0 }), /draftTokens/);
}, ["cpu"]);
