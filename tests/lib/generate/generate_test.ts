import assert from "node:assert/strict";
import { generate, type GenerateOptions, softmax, streamTokens } from "@tome/tome/generate";
import { memory, seed } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";
import { Table, TinyAttention } from "./tiny_models.ts";

const PROMPT = [3, 1, 4];

testOnDevices(
  "generate() writes the same with and without a cache, also past the context",
  async () => {
    using model = new TinyAttention(11, 8);
    for (
      const options of [{}, { temperature: 1.3, seed: 5 }, { numBeams: 3 }, {
        repetitionPenalty: 1.4,
      }]
    ) {
      const runs: number[][] = [];
      for (const useCache of [true, false]) {
        model.given = 0;
        const [result] = await generate(model, PROMPT, { ...options, useCache, maxNewTokens: 15 });
        runs.push(result!.newIds);
        assert.equal(result!.newIds.length, 15);
        assert.deepEqual(result!.ids, [...PROMPT, ...result!.newIds]);
        if (useCache && !("numBeams" in options)) {
          // the prompt and 5 more fill the context of 8; 4 anew and 4 more; 4 anew and 3 to the end
          assert.equal(model.given, (3 + 5) + (4 + 4) + (4 + 3));
        }
      }
      assert.deepEqual(runs[0], runs[1]);
    }
  },
);

testOnDevices(
  "generate() sees the last tokens of a prompt that is longer than the context",
  async () => {
    using model = new TinyAttention(11, 8);
    const long = Array.from({ length: 20 }, (_, i) => (i * 7) % 11);
    const [whole] = await generate(model, long, { maxNewTokens: 1 });
    const [tail] = await generate(model, long.slice(-8), { maxNewTokens: 1 });
    assert.deepEqual(whole!.newIds, tail!.newIds);
    assert.equal(whole!.ids.length, 21);
    const runs = await Promise.all(
      [true, false].map((useCache) => generate(model, long, { useCache, maxNewTokens: 9 })),
    );
    assert.deepEqual(runs[0]![0]!.ids, runs[1]![0]!.ids);
  },
);

testOnDevices("generate() gives each row what it would get alone", async () => {
  using model = new TinyAttention(11, 8);
  const rows = [[1, 2, 3], [5], [4, 4, 4], [10], [0, 9, 1]];
  const options = { maxNewTokens: 12, eosTokenId: [2, 7], logProbs: 2 };
  const together = await generate(model, rows, options);
  assert.ok(new Set(together.map(({ newIds }) => newIds.length)).size > 1); // some end early
  for (const [i, row] of rows.entries()) {
    const [alone] = await generate(model, row, options);
    assert.deepEqual(together[i]!.newIds, alone!.newIds);
    assert.equal(together[i]!.finishReason, alone!.finishReason);
    const end = alone!.newIds.findIndex((id) => id === 2 || id === 7);
    assert.equal(alone!.finishReason, end === -1 ? "length" : "eos");
    if (end !== -1) assert.equal(end, alone!.newIds.length - 1);
  }
});

testOnDevices(
  "generate() draws equal tokens for equal seeds, and the library's seed counts without one",
  async () => {
    using model = new TinyAttention(11, 32);
    const write = async (options: GenerateOptions) =>
      (await generate(model, [PROMPT, PROMPT], { temperature: 2, maxNewTokens: 20, ...options }))
        .map(
          (r) => r.newIds,
        );
    const a = await write({ seed: 1 });
    assert.deepEqual(await write({ seed: 1 }), a);
    assert.notDeepEqual(await write({ seed: 2 }), a);
    assert.notDeepEqual(a[0], a[1]); // each row has its own chance
    seed(9);
    const b = await write({});
    assert.notDeepEqual(await write({}), b);
    seed(9);
    assert.deepEqual(await write({}), b);
  },
  ["cpu"],
);

testOnDevices(
  "generate() draws from the model's distribution, and from the cut ones (chi-square)",
  async () => {
    const logits = [0.3, 1.2, -0.5, 0.8, 0];
    using model = new Table(Array(5).fill(logits));
    const n = 4000;
    const count = async (options: GenerateOptions) => {
      const counts = new Array(5).fill(0);
      const prompts = Array.from({ length: 200 }, () => [0]);
      const results = await generate(model, prompts, {
        ...options,
        seed: 3,
        maxNewTokens: n / 200,
      });
      for (const { newIds } of results) for (const id of newIds) counts[id]++;
      return counts as number[];
    };
    const p = softmax(Float32Array.from(logits));
    const cases: [GenerateOptions, number[], number][] = [
      [{ doSample: true }, [0, 1, 2, 3, 4], 18.47],
      [{ topK: 3 }, [0, 1, 3], 13.82],
      [{ topP: 0.6 }, [1, 3], 10.83], // 0.40 + 0.27
      [{ minP: 0.35 }, [0, 1, 3], 13.82], // 0.41, 0.67 and 0.30 times the likeliest
    ];
    for (const [options, ids, limit] of cases) {
      const counts = await count(options);
      const mass = ids.reduce((sum, id) => sum + p[id]!, 0);
      const chi = ids.reduce((sum, id) => {
        const expected = n * p[id]! / mass;
        return sum + (counts[id]! - expected) ** 2 / expected;
      }, 0);
      assert.equal(ids.reduce((sum, id) => sum + counts[id]!, 0), n, JSON.stringify(options));
      assert.ok(chi < limit, `${JSON.stringify(options)}: χ² is ${chi}`); // 99.9 %
    }
  },
  ["cpu"],
);

testOnDevices(
  "generate() reports log probabilities of the model, and the likeliest alternatives",
  async () => {
    using model = new Table([[0, Math.log(3), -50], [Math.log(4), 0, -50], [0, 0, 0]]);
    const [result] = await generate(model, [0], {
      maxNewTokens: 2,
      logProbs: 2,
      repetitionPenalty: 9,
    });
    const rounded = JSON.parse(
      JSON.stringify(
        result!.tokens,
        (_, x) => typeof x === "number" ? Math.round(x * 1e4) / 1e4 : x,
      ),
    );
    assert.deepEqual(rounded, [
      {
        id: 1,
        logProb: -0.2877,
        index: 0,
        top: [{ id: 1, logProb: -0.2877 }, { id: 0, logProb: -1.3863 }],
      },
      {
        id: 0,
        logProb: -0.2231,
        index: 1,
        top: [{ id: 0, logProb: -0.2231 }, { id: 1, logProb: -1.6094 }],
      },
    ]);
  },
  ["cpu"],
);

testOnDevices("generate() runs the model as in use, and leaves it as it was", async () => {
  using model = new TinyAttention(11, 8);
  const stream = streamTokens(model, PROMPT, { maxNewTokens: 3 });
  for await (const _ of stream) assert.equal(model.training, true); // also between two tokens
  assert.equal(model.sawTraining, false);
});

testOnDevices("streamTokens() gives what generate() gives", async () => {
  using model = new TinyAttention(11, 8);
  for (
    const options of [{ maxNewTokens: 10 }, { topK: 4, seed: 3, maxNewTokens: 10, eosTokenId: 2 }]
  ) {
    const tokens = await Array.fromAsync(streamTokens(model, PROMPT, options));
    assert.deepEqual(tokens, (await generate(model, PROMPT, options))[0]!.tokens);
    assert.deepEqual(tokens.map(({ index }) => index), [...tokens.keys()]);
  }
});

testOnDevices("streamTokens() frees everything at a break, a throw and an abort", async () => {
  using model = new TinyAttention(11, 8);
  const before = memory();
  for await (const { index } of streamTokens(model, PROMPT)) if (index === 4) break;
  assert.deepEqual(memory().numTensors, before.numTensors);
  await assert.rejects(async () => {
    for await (const { index } of streamTokens(model, PROMPT)) {
      if (index === 2) throw new Error("mine");
    }
  }, { message: "mine" });
  assert.deepEqual(memory().numTensors, before.numTensors);
  const controller = new AbortController();
  await assert.rejects(async () => {
    for await (const { index } of streamTokens(model, PROMPT, { signal: controller.signal })) {
      if (index === 3) controller.abort();
    }
  }, { name: "AbortError" });
  assert.deepEqual(memory().numTensors, before.numTensors);
  const unused = streamTokens(model, PROMPT);
  await unused.return();
  assert.deepEqual(memory().numDataBuffers, before.numDataBuffers);
});

testOnDevices(
  "generate() stops in the middle when its signal does, and lets timers run",
  async () => {
    using model = new TinyAttention(11, 8);
    const before = memory();
    for (const numBeams of [1, 2]) {
      const signal = AbortSignal.timeout(100);
      const endless = generate(model, [PROMPT, [1]], { maxNewTokens: 1e9, numBeams, signal });
      await assert.rejects(endless, { name: "TimeoutError" });
      assert.deepEqual(memory().numTensors, before.numTensors);
    }
    const aborted = AbortSignal.abort();
    await assert.rejects(generate(model, PROMPT, { signal: aborted }), { name: "AbortError" });
  },
);

testOnDevices("generate() frees everything when the model throws", async () => {
  using model = new TinyAttention(11, 8);
  const before = memory().numTensors;
  let left = 3;
  const forward = model.forward.bind(model);
  model.forward = (...args) => {
    const logits = forward(...args);
    if (left-- === 0) throw new Error("broken");
    return logits;
  };
  await assert.rejects(generate(model, PROMPT), { message: "broken" });
  assert.equal(memory().numTensors, before);
  assert.equal(model.training, true);
}, ["cpu"]);

testOnDevices("generate() throws for options and prompts out of range", async () => {
  using model = new Table([[0, 0], [0, 0]]);
  const fails = (options: GenerateOptions, message: RegExp, prompt: number[] | number[][] = [0]) =>
    assert.rejects(generate(model, prompt, options), { name: "RangeError", message });
  await fails(
    { maxNewTokens: 0 },
    /Cannot generate as maxNewTokens must be a positive integer: current maxNewTokens is 0/,
  );
  await fails(
    { temperature: -1 },
    /temperature must be a number from 0: current temperature is -1/,
  );
  await fails({ temperature: NaN }, /current temperature is NaN/);
  await fails({ temperature: 0, doSample: true }, /temperature must be above 0 where doSample is/);
  await fails({ topK: 1.5 }, /topK must be a positive integer/);
  await fails({ topP: 0 }, /topP must be above 0 and at most 1/);
  await fails({ minP: 2 }, /minP must be in 0…1/);
  await fails({ repetitionPenalty: 0 }, /repetitionPenalty must be a positive number/);
  await fails({ numBeams: 0 }, /numBeams must be a positive integer/);
  await fails({ numBeams: 2, doSample: true }, /doSample must be false where numBeams is above 1/);
  await fails({ numBeams: 2, lengthPenalty: Infinity }, /lengthPenalty must be a finite number/);
  await fails(
    { earlyStopping: "always" as "never" },
    /earlyStopping must be true, false or "never"/,
  );
  await fails(
    { eosTokenId: [0, 2] },
    /eosTokenId must be a token id below 2: current eosTokenId is 2/,
  );
  await fails({ logProbs: 3 }, /logProbs must be in 0…2/);
  await fails({ seed: 0.5 }, /seed must be an integer/);
  await fails({}, /prompt must have at least one token/, []);
  await fails({}, /prompt must have at least one token/, [[0], []]);
  await fails({}, /ids must be integers in 0…1: current id 1 is 2/, [0, 2]);
  assert.throws(() => streamTokens(model, [0], { numBeams: 2 }), {
    name: "RangeError",
    message: /Cannot stream tokens as numBeams must be 1: current numBeams is 2/,
  });
}, ["cpu"]);
