import assert from "node:assert/strict";
import { assignRecords, recordFromFile, resolveNames } from "@tome/tome/checkpoint";
import { generateSeq2Seq } from "@tome/tome/generate";
import { bucketOf, T5, t5Checkpoint } from "@tome/tome/models/t5";
import { seq2seqLoss } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/t5.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { factsOf, formulaRecord, type GradientFacts } from "../../../_support/golden_seq2seq.ts";
import { assertClose } from "../../../_support/numeric.ts";

type Case = typeof golden.cases[number];

function goldenModel({ config, parameters }: Case): [T5, Map<string, string>] {
  const map = t5Checkpoint(config.feed_forward_proj as "relu");
  const model = new T5(map.config(config));
  const names = [...model.namedParameters()].map(([name]) => name);
  const pairs = resolveNames(map, names, Object.keys(parameters));
  const shapes = parameters as unknown as Record<string, number[]>;
  assignRecords(
    model.namedParameters(),
    pairs.map((pair) =>
      recordFromFile(formulaRecord(pair.theirs, shapes[pair.theirs]!, golden.amplitude), pair)
    ),
  );
  return [model, new Map(pairs.map(({ ours, theirs }) => [ours, theirs]))];
}

const int = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const batchOf = ({ decoderIds }: Case) => ({
  ids: int(golden.ids),
  mask: int(golden.mask),
  decoderIds: int(decoderIds),
  labels: int(golden.labels),
});
const untilEnd = (ids: number[]) => ids.includes(1) ? ids.slice(0, ids.indexOf(1) + 1) : ids;

Deno.test("bucketOf() is that of the transformers package", () => {
  for (const bidirectional of [true, false]) {
    const options = { numBuckets: 32, maxDistance: 128, bidirectional };
    const expected = golden.buckets[String(bidirectional) as "true"];
    assert.deepEqual(expected.map((_, i) => bucketOf(i - 140, options)), expected);
  }
});

for (const one of golden.cases) {
  testOnDevices(
    `${one.name} has the memory and the logits of the transformers package`,
    async () => {
      const [model] = goldenModel(one);
      using _ = model.eval();
      const batch = batchOf(one);
      const memory = tf.slice(model.encode(batch), [0, 0, 0], [1, -1, -1]);
      await assertClose(memory, one.memory, { rtol: 1e-4, atol: 1e-4 });
      await assertClose(model.forward(batch), one.logits, { rtol: 1e-4, atol: 1e-4 });
    },
  );

  testOnDevices(
    `${one.name} has the loss and the gradients of the transformers package`,
    async () => {
      const [model, names] = goldenModel(one);
      using _ = model.eval();
      const batch = batchOf(one);
      const parameters = [...model.namedParameters()];
      const { value, grads } = tf.variableGrads(
        () => tf.tidy(() => seq2seqLoss(model, batch)),
        parameters.map(([, p]) => p),
      );
      await assertClose(value, [one.loss]);
      for (const [name, parameter] of parameters) {
        const expected =
          (one.gradients as unknown as Record<string, GradientFacts>)[names.get(name)!]!;
        const [sum, norm, first] = factsOf(await grads[parameter.name]!.data());
        const close = { rtol: 1e-4, atol: 1e-4 };
        await assertClose(
          [sum, norm, ...first],
          [expected.sum, expected.norm, ...expected.first],
          close,
        );
      }
    },
  );

  testOnDevices(`${one.name} writes what the transformers package writes`, async () => {
    const [model] = goldenModel(one);
    using _ = model;
    const sources = golden.ids.map((row, i) => row.filter((_, t) => golden.mask[i]![t] === 1));
    const greedy = await generateSeq2Seq(model, sources, { maxNewTokens: 8 });
    assert.deepEqual(
      greedy.map(([best]) => best!.newIds),
      one.greedy.map(([ids]) => untilEnd(ids!)),
    );
    for (const { options: o, ids, scores } of one.beams) {
      const written = await generateSeq2Seq(model, sources, {
        maxNewTokens: 8,
        numBeams: o.num_beams,
        numReturnSequences: o.num_return_sequences,
        lengthPenalty: o.length_penalty,
        earlyStopping: o.early_stopping as boolean | "never",
      });
      const expected = ids.map((row) => row.map(untilEnd));
      assert.deepEqual(written.map((row) => row.map(({ newIds }) => newIds)), expected);
      await assertClose(written.flat().map(({ score }) => score!), scores!, { atol: 1e-4 });
    }
  });
}
