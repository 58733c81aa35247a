// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import {
  type AnyBert,
  type BertConfig,
  BertForMaskedLM,
  BertForPreTraining,
  BertForQuestionAnswering,
  BertForSequenceClassification,
  BertForTokenClassification,
  loadBertWeights,
  saveBert,
} from "@tome/tome/models/bert";
import type { Module } from "@tome/tome/nn";
import { AdamW } from "@tome/tome/optim";
import { memory, Rng, seed, type Tensor, useDevice } from "@tome/tome/tensor";
import {
  classificationLoss,
  classificationWith,
  maskedLMLoss,
  maskedLMWith,
  nextSentenceAccuracy,
  type Objective,
  pretrainingLoss,
  questionAnsweringLoss,
  Trainer,
} from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { countDispatches } from "../../../_support/dispatches.ts";
import { testOnDevices } from "../../../_support/devices.ts";

const TINY: BertConfig = {
  vocabSize: 13,
  contextLength: 8,
  numLayers: 1,
  numHeads: 2,
  embedDim: 16,
  dropout: 0.1,
  labels: ["no", "maybe", "yes"],
};

/** Batches of one shape and other tokens, lengths and labels each. */
function batches(count: number, more: (random: Rng, lengths: number[]) => Record<string, Tensor>) {
  const random = new Rng(3);
  return Array.from({ length: count }, () => {
    const lengths = [random.int(4) + 5, random.int(4) + 5];
    const rows = (value: (b: number, t: number) => number) =>
      tf.tensor2d(
        lengths.map((_, b) => Array.from({ length: 8 }, (_, t) => value(b, t))),
        undefined,
        "int32",
      );
    return {
      ids: rows((b, t) => t < lengths[b]! ? 1 + random.int(12) : 0),
      mask: rows((b, t) => Number(t < lengths[b]!)),
      segments: rows((b, t) => Number(t > 3 && t < lengths[b]!)),
      ...more(random, lengths),
    };
  });
}

const vector = (values: number[]) => tf.tensor1d(values, "int32");
const tokenLabels = (classes: number) => (random: Rng, lengths: number[]) => ({
  labels: tf.tensor2d(
    lengths.map((length) =>
      Array.from(
        { length: 8 },
        (_, t) => t === 1 || t === 3 ? random.int(classes) : t === length ? 0 : -100,
      )
    ),
    undefined,
    "int32",
  ),
});

/** A head, its loss and its batches. */
interface Case {
  name: string;
  make: () => AnyBert & Module;
  loss: Objective<never, never>;
  more: (random: Rng, lengths: number[]) => Record<string, Tensor>;
}

const CASES: Case[] = [
  {
    name: "BertForMaskedLM",
    make: () => new BertForMaskedLM(TINY),
    loss: maskedLMLoss,
    more: tokenLabels(13),
  },
  {
    name: "BertForMaskedLM, its logits in parts,",
    make: () => new BertForMaskedLM({ ...TINY, kind: "roberta" }),
    loss: maskedLMWith({ maxLogits: 40 }),
    more: tokenLabels(13),
  },
  {
    name: "BertForPreTraining",
    make: () => new BertForPreTraining(TINY),
    loss: pretrainingLoss,
    more: (random, lengths) => ({
      ...tokenLabels(13)(random, lengths),
      nextLabels: vector([random.int(2), random.int(2)]),
    }),
  },
  {
    name: "BertForSequenceClassification with weights of classes",
    make: () => new BertForSequenceClassification({ ...TINY, kind: "distilbert" }),
    loss: classificationWith({ classWeights: [1, 3, 2], labelSmoothing: 0.1 }),
    more: (random) => ({ labels: vector([random.int(3), random.int(3)]) }),
  },
  {
    name: "BertForTokenClassification",
    make: () => new BertForTokenClassification(TINY),
    loss: classificationLoss,
    more: tokenLabels(3),
  },
  {
    name: "BertForQuestionAnswering",
    make: () => new BertForQuestionAnswering(TINY),
    loss: questionAnsweringLoss,
    more: (random) => ({
      starts: vector([random.int(3), -100]),
      ends: vector([3 + random.int(2), -100]),
    }),
  },
];

async function train({ make, loss, more }: Case, record: boolean) {
  seed(1);
  using model = make();
  using optimizer = new AdamW(model.namedParameters(), { lr: 1e-2 });
  const trainer = new Trainer(model as Module, {
    optimizer,
    loss: loss as unknown as Objective<Module, ReturnType<typeof batches>[number]>,
    maxGradNorm: 1,
    record,
  });
  const data = batches(12, more);
  const history = await trainer.fit(data, { steps: 12 });
  tf.dispose(data as unknown as tf.TensorContainer);
  return history.map(({ loss }) => loss);
}

/** What the library tells the user while something runs. */
async function warningsOf(run: () => Promise<unknown>): Promise<unknown[]> {
  const { warn } = console;
  const said: unknown[] = [];
  console.warn = (...words) => said.push(...words);
  try {
    await run();
  } finally {
    console.warn = warn;
  }
  return said;
}

for (const golden of CASES) {
  testOnDevices(
    `${golden.name} trains the same recorded and not, and leaves nothing`,
    async (device) => {
      await useDevice(device); // not in strict mode
      let eager: number[] = [], recorded: number[] = [];
      const dispatches = await countDispatches(async () => eager = await train(golden, false));
      assert.ok(eager.every(Number.isFinite), `${eager}`);
      const before = memory();
      const replayed = await countDispatches(async () => {
        const warnings = await warningsOf(async () => recorded = await train(golden, true));
        assert.deepEqual(warnings, []); // a step that cannot be replayed is said there
      });
      assert.deepEqual(memory().numTensors, before.numTensors);
      const apart = recorded.map((loss, i) => Math.abs(loss - eager[i]!));
      assert.ok(Math.max(...apart) < 1e-4, `${eager} and ${recorded}`);
      assert.equal(replayed, dispatches);
    },
  );
}

testOnDevices(
  "BertForSequenceClassification goes on from a checkpoint bit for bit",
  async (device) => {
    await useDevice(device, { deterministic: true });
    const folder = await Deno.makeTempDir();
    const run = async (steps: number, path: string, resume?: string) => {
      seed(resume ? 99 : 5);
      using model = new BertForSequenceClassification(TINY);
      using optimizer = new AdamW(model.namedParameters(), { lr: 1e-2 });
      const data = batches(4, CASES[3]!.more);
      const trainer = new Trainer(model, {
        optimizer,
        loss: classificationLoss as unknown as Objective<
          BertForSequenceClassification,
          ReturnType<typeof batches>[number]
        >,
        checkpoint: { folder: path },
        files: { save: saveBert, load: loadBertWeights },
      });
      const history = await trainer.fit(data, { steps, ...(resume ? { resume } : {}) });
      tf.dispose(data as unknown as tf.TensorContainer);
      return history.map(({ loss }) => loss);
    };
    try {
      const whole = await run(8, `${folder}/whole`);
      const parts = [
        ...await run(4, `${folder}/parts`),
        ...await run(8, `${folder}/parts`, `${folder}/parts`),
      ];
      assert.deepEqual(parts, whole);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testOnDevices(
  "nextSentenceAccuracy() is the share of pairs told rightly, and rises in pre-training",
  async () => {
    seed(2);
    using model = new BertForPreTraining({ ...TINY, dropout: 0 });
    const make = () => {
      const rows = [[1, 5, 2, 5, 2, 0], [1, 5, 2, 6, 2, 0], [1, 6, 2, 5, 2, 0], [1, 6, 2, 6, 2, 0]];
      const ids = tf.tensor2d(rows, undefined, "int32");
      const labels = rows.map((row) => row.map((id, t) => t === 1 ? id : -100));
      return {
        ids,
        labels: tf.tensor2d(labels, undefined, "int32"),
        nextLabels: vector([0, 1, 0, 1]),
      };
    };
    const measure = async () => {
      const batch = make();
      const [next, accuracy] = tf.tidy(() => [
        model.pretrain(batch).next.arraySync() as number[][],
        nextSentenceAccuracy(model, batch).dataSync()[0]!,
      ]);
      tf.dispose(batch);
      const right = [0, 1, 0, 1].filter((label, b) =>
        (next[b]![1]! > next[b]![0]! ? 1 : 0) === label
      );
      assert.equal(accuracy, right.length / 4);
      return await Promise.resolve(accuracy);
    };
    await measure();
    using optimizer = new AdamW(model.namedParameters(), { lr: 1e-2 });
    const stream = async function* () {
      while (true) yield await Promise.resolve(make());
    };
    await new Trainer(model, { optimizer, loss: pretrainingLoss }).fit(stream(), { steps: 60 });
    assert.equal(await measure(), 1);
  },
  ["cpu", "wasm"],
);
