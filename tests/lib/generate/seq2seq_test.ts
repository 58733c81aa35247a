import assert from "node:assert/strict";
import {
  type GenerateResult,
  generateSeq2Seq,
  type GenerateSeq2SeqOptions,
  generateSeq2SeqText,
  streamSeq2Seq,
} from "@tome/tome/generate";
import { T5 } from "@tome/tome/models/t5";
import { Transformer } from "@tome/tome/models/transformer";
import type { Module, Seq2SeqLM } from "@tome/tome/nn";
import { memory, seed } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const SIZES = { vocabSize: 13, embedDim: 16, numLayers: 1, numHeads: 2, hiddenDim: 32, dropout: 0 };
const SOURCES = [[5, 9, 3, 12, 7, 2], [4, 2], [11, 6, 2]];

/** Makes a model whose weights are large enough for its choices to differ. */
function lively<M extends Module>(make: () => M): M {
  seed(7);
  const model = make();
  for (const [name, p] of model.namedParameters()) {
    if (!name.includes("norm")) tf.tidy(() => p.assign(tf.mul(p, 3)));
  }
  return model;
}

const MODELS: [string, () => Module & Seq2SeqLM][] = [
  ["Transformer", () => lively(() => new Transformer({ ...SIZES, contextLength: 12 }))],
  ["T5", () => lively(() => new T5({ ...SIZES, headDim: 8, padId: 0, startId: 1, endId: 2 }))],
];

/** The best of what is written from one source. */
async function write(
  model: Seq2SeqLM,
  source: number[],
  options: GenerateSeq2SeqOptions,
): Promise<GenerateResult> {
  const [row] = await generateSeq2Seq(model, [source], options);
  return row![0]!;
}

const idsOf = (rows: { newIds: number[] }[][]) => rows.map((row) => row.map((one) => one.newIds));

for (const [name, make] of MODELS) {
  testOnDevices(
    `generateSeq2Seq() of a ${name} does not depend on what runs together`,
    async () => {
      using model = make();
      for (const options of [{}, { numBeams: 3, numReturnSequences: 2 }]) {
        const settings = { maxNewTokens: 6, ...options };
        const together = await generateSeq2Seq(model, SOURCES, settings);
        const alone: typeof together = [];
        for (const source of SOURCES) {
          alone.push(...await generateSeq2Seq(model, [source], settings));
        }
        assert.deepEqual(idsOf(together), idsOf(alone));
        const parts = await generateSeq2Seq(model, SOURCES, { ...settings, batchSize: 2 });
        assert.deepEqual(idsOf(parts), idsOf(alone));
        const plain = await generateSeq2Seq(model, SOURCES, { ...settings, useCache: false });
        assert.deepEqual(idsOf(plain), idsOf(alone));
      }
    },
  );
}

testOnDevices("generateSeq2Seq() is greedy step by step", async () => {
  using model = MODELS[0]![1]().eval();
  const result = await write(model, SOURCES[0]!, { maxNewTokens: 5 });
  const ids = [1];
  const logProbs: number[] = [];
  while (ids.length < 6 && ids.at(-1) !== 2) {
    const last = tf.tidy(() => {
      const memory = model.encode({ ids: tf.tensor2d([SOURCES[0]!], undefined, "int32") });
      const logits = model.decode(tf.tensor2d([ids], undefined, "int32"), memory);
      return tf.logSoftmax(tf.reshape(tf.slice(logits, [0, ids.length - 1], [1, 1]), [13]));
    });
    const values = [...await last.data()];
    ids.push(values.indexOf(Math.max(...values)));
    logProbs.push(Math.max(...values));
  }
  assert.deepEqual(result.ids, ids);
  await assertClose(result.tokens.map(({ logProb }) => logProb), logProbs, { atol: 1e-4 });
});

testOnDevices(
  "streamSeq2Seq() gives the tokens that generateSeq2Seq() gives, and frees at a break",
  async () => {
    using model = MODELS[1]![1]();
    const options = { doSample: true, seed: 3, maxNewTokens: 6, suppressIds: [2] };
    const whole = await write(model, SOURCES[0]!, options);
    const tokens = await Array.fromAsync(streamSeq2Seq(model, SOURCES[0]!, options));
    assert.deepEqual(tokens.map(({ id }) => id), whole.newIds);
    assert.deepEqual(tokens.map(({ index }) => index), [0, 1, 2, 3, 4, 5]);
    const before = memory().numTensors;
    for await (const { index } of streamSeq2Seq(model, SOURCES[0]!, options)) {
      if (index === 2) {
        break;
      }
    }
    assert.equal(memory().numTensors, before);
    assert.throws(() => streamSeq2Seq(model, [3], { numBeams: 2 }), {
      name: "RangeError",
      message: /numBeams must be 1/,
    });
  },
);

testOnDevices(
  "generateSeq2Seq() draws several sequences, the same ones from one seed",
  async () => {
    using model = MODELS[1]![1]();
    const options = { temperature: 2, seed: 5, numReturnSequences: 4, maxNewTokens: 6 };
    const first = idsOf(await generateSeq2Seq(model, SOURCES, options));
    assert.deepEqual(idsOf(await generateSeq2Seq(model, SOURCES, options)), first);
    assert.deepEqual(first.map((row) => row.length), [4, 4, 4]);
    assert.ok(new Set(first[0]!.map(String)).size > 1, "not all alike");
  },
);

testOnDevices(
  "generateSeq2Seq() begins as it must, and never writes what is suppressed",
  async () => {
    using model = MODELS[0]![1]();
    const options = { maxNewTokens: 5, prefixIds: [8, 9] };
    const free = await write(model, SOURCES[0]!, options);
    assert.deepEqual(free.ids.slice(0, 3), [1, 8, 9]);
    const suppressIds = [...new Set(free.ids.slice(3))];
    for (const numBeams of [1, 3]) {
      const other = await write(model, SOURCES[0]!, {
        ...options,
        numBeams,
        suppressIds,
      });
      assert.ok(!other.ids.slice(3).some((id) => suppressIds.includes(id)), `${other.ids}`);
    }
  },
);

testOnDevices(
  "generateSeq2SeqText() writes texts without the tokens that start and end them",
  async () => {
    using model = MODELS[0]![1]();
    const letters = (ids: ArrayLike<number>) =>
      Array.from(ids, (id) => String.fromCharCode(97 + id)).join("");
    const tokenizers = {
      source: { encode: (text: string) => [...[...text].map((c) => c.charCodeAt(0) - 97), 2] },
      target: { decode: letters },
    };
    const options = { maxNewTokens: 5, numBeams: 2, numReturnSequences: 2 };
    const texts = await generateSeq2SeqText(model, tokenizers, ["fjd", "e"], options);
    const ids = await generateSeq2Seq(model, [[5, 9, 3, 2], [4, 2]], options);
    const special = [0, 1, 2];
    assert.deepEqual(
      texts,
      idsOf(ids).map((row) => row.map((one) => letters(one.filter((id) => !special.includes(id))))),
    );
  },
);

testOnDevices("generateSeq2Seq() refuses what cannot be", async () => {
  using model = MODELS[0]![1]();
  const fails = (sources: number[][], options: object, message: RegExp) =>
    assert.rejects(() => generateSeq2Seq(model, sources, options), { name: "RangeError", message });
  await fails([[]], {}, /the length of source 0 must be at least 1/);
  await fails([[3]], { maxNewTokens: 13 }, /maxNewTokens must be at most 12: current/);
  await fails([[3]], { numReturnSequences: 2 }, /numReturnSequences must be at most numBeams, 1/);
  await fails([[3]], { prefixIds: [13] }, /current id 1 is 13/);
  await fails([[3]], { suppressIds: [13] }, /suppressIds must be token ids below 13/);
  await fails([[3]], { batchSize: 0 }, /batchSize must be a positive integer/);
}, ["cpu"]);
