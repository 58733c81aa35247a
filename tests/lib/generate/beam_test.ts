import assert from "node:assert/strict";
import { generate, logSoftmax } from "@tome/tome/generate";
import { Rng } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";
import golden from "../../golden/beam_search.json" with { type: "json" };
import { Table, TinyAttention } from "./tiny_models.ts";

/** Every sequence of at most `length` tokens that ends at the first `eos` or at the end, with its log probability. */
function* sequences(
  table: Float32Array[],
  last: number,
  length: number,
  eos: number,
): Generator<{ ids: number[]; sum: number }> {
  for (const [id, logProb] of table[last]!.entries()) {
    if (length === 1 || id === eos) yield { ids: [id], sum: logProb };
    else {
      for (const { ids, sum } of sequences(table, id, length - 1, eos)) {
        yield { ids: [id, ...ids], sum: sum + logProb };
      }
    }
  }
}

for (const lengthPenalty of [0, 1, 2]) {
  testOnDevices(
    `generate() with beams enough finds the best of all sequences, length penalty ${lengthPenalty}`,
    async () => {
      for (let seed = 0; seed < 3; seed++) {
        const random = new Rng(seed);
        const rows = Array.from(
          { length: 3 },
          () => Array.from({ length: 3 }, () => random.normal(0, 1.5)),
        );
        using model = new Table(rows);
        const logs = rows.map((row) => logSoftmax(Float32Array.from(row)));
        const all = [...sequences(logs, 1, 4, 0)]
          .map(({ ids, sum }) => ({ ids, score: sum / ids.length ** lengthPenalty }))
          .sort((a, b) => b.score - a.score);
        const [result] = await generate(model, [1], {
          maxNewTokens: 4,
          numBeams: 81,
          eosTokenId: 0,
          earlyStopping: "never",
          lengthPenalty,
        });
        assert.deepEqual(result!.newIds, all[0]!.ids, `seed ${seed}`);
        await assertClose([result!.score!], [all[0]!.score]);
        const sum = result!.tokens.reduce((total, { logProb }) => total + logProb, 0);
        await assertClose([sum / result!.newIds.length ** lengthPenalty], [result!.score!]);
      }
    },
  );
}

testOnDevices("generate() with beams agrees with Hugging Face in 864 settings", async () => {
  let compared = 0;
  for (const { table, cases } of golden.tables) {
    using model = new Table(table);
    for (
      const [
        numBeams,
        lengthPenalty,
        earlyStopping,
        repetitionPenalty,
        eos,
        maxNewTokens,
        ids,
        score,
      ] of cases
    ) {
      const [result] = await generate(model, golden.prompt, {
        numBeams: numBeams as number,
        lengthPenalty: lengthPenalty as number,
        earlyStopping: earlyStopping as boolean | "never",
        repetitionPenalty: repetitionPenalty as number,
        eosTokenId: eos as number[],
        maxNewTokens: maxNewTokens as number,
      });
      const setting = JSON.stringify([
        numBeams,
        lengthPenalty,
        earlyStopping,
        repetitionPenalty,
        eos,
      ]);
      assert.deepEqual(result!.newIds, ids, setting);
      await assertClose([result!.score!], [score as number]);
      compared++;
    }
  }
  assert.equal(compared, 864);
}, ["cpu"]);

testOnDevices(
  "generate() with one beam is greedy, and with more finds what is likelier",
  async () => {
    using model = new TinyAttention(11, 16, 4);
    const options = { maxNewTokens: 8, lengthPenalty: 0 };
    const [greedy] = await generate(model, [3, 1], options);
    const [beams] = await generate(model, [3, 1], { ...options, numBeams: 5 });
    const sum = greedy!.tokens.reduce((total, { logProb }) => total + logProb, 0);
    assert.ok(beams!.score! >= sum - 1e-4);
    assert.equal(greedy!.score, undefined);
  },
);

testOnDevices("generate() with noRepeatNgramSize writes no run of tokens twice", async () => {
  using model = new Table([[0, 4, 1], [3, 0, 2], [1, 2, 0]]); // greedily 0 1 0 1 …
  const runs = (ids: readonly number[]) => ids.slice(1).map((id, i) => `${ids[i]} ${id}`);
  const ways = [{}, { numBeams: 3 }, { temperature: 1, seed: 1 }, {
    draft: "prompt-lookup",
  }] as const;
  for (const way of ways) {
    const options = { maxNewTokens: 6, ...way };
    const [free] = await generate(model, [0, 1], options);
    const [result] = await generate(model, [0, 1], { ...options, noRepeatNgramSize: 2 });
    const found = runs(result!.ids);
    assert.equal(new Set(found).size, found.length, `${found}`);
    assert.ok(new Set(runs(free!.ids)).size < found.length);
    const [long] = await generate(model, [0, 1], { ...options, noRepeatNgramSize: 9 });
    assert.deepEqual(long!.ids, free!.ids); // no run of nine comes up twice
  }
  await assert.rejects(generate(model, [0], { noRepeatNgramSize: 1.5 }), {
    name: "RangeError",
    message: /noRepeatNgramSize must be an integer from 0/,
  });
});
