import assert from "node:assert/strict";
import {
  type AnyBert,
  Bert,
  BertForPreTraining,
  BertForQuestionAnswering,
  type BertTask,
  loadBert,
} from "@tome/tome/models/bert";
import {
  fromFloat32,
  type JsonObject,
  recordsForFile,
  saveFolder,
  splitRecords,
  toFloat32,
} from "@tome/tome/checkpoint";
import type { Scalar, Tensor } from "@tome/tome/tensor";
import {
  classificationLoss,
  type LabelledBatch,
  maskedLMLoss,
  pretrainingLoss,
  questionAnsweringLoss,
} from "@tome/tome/train";
import { namesOf } from "../../../../lib/models/bert/names.ts";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/bert.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { factsOf, formulaRecord, type GradientFacts } from "../../../_support/golden_seq2seq.ts";
import { assertClose } from "../../../_support/numeric.ts";

/** What `scripts/dev/golden/bert.py` writes for a model. */
interface Case {
  kind: string;
  task: BertTask;
  architecture: string;
  config: JsonObject;
  ids: number[][];
  labels: Record<string, number[] | number[][]>;
  shapes: Record<string, number[]>;
  hidden?: number[];
  pooled?: number[];
  logits?: number[];
  next?: number[];
  loss?: number;
  gradients?: Record<string, GradientFacts>;
}

const CASES = golden.cases as unknown as Case[];
const TOLERANCE = { rtol: 1e-4, atol: 1e-4 };

/** The model of a case, loaded from a folder with the weights of the formula. */
async function load({ config, shapes, task }: Case): Promise<AnyBert> {
  const folder = await Deno.makeTempDir();
  try {
    await saveFolder(folder, {
      config,
      weights: Object.entries(shapes).map(([name, shape]) =>
        formulaRecord(name, shape, golden.amplitude)
      ),
    });
    const model = await loadBert(folder, { task });
    assert.deepEqual(model.fresh, []);
    return model;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const int = (rows: unknown) => tf.tensor(rows as number[], undefined, "int32");

function inputsOf({ ids, config }: Case) {
  return {
    ids: int(ids),
    mask: int(golden.mask),
    ...(config.type_vocab_size === 2 ? { segments: int(golden.segments) } : {}),
  };
}

/** Sets what stands at filled places to 0: it means nothing. */
const seen = (x: Tensor) =>
  tf.mul(
    x,
    tf.reshape(tf.cast(int(golden.mask), "float32"), [2, 7, ...x.shape.slice(2).map(() => 1)]),
  );

/** The loss of the objective that trains such a model. */
function lossOf(model: AnyBert, golden: Case): Scalar {
  const inputs = inputsOf(golden);
  const { labels, next_sentence_label: next, start_positions: starts, end_positions: ends } =
    golden.labels;
  if (golden.task === "question-answering") {
    return questionAnsweringLoss(model as BertForQuestionAnswering, {
      ...inputs,
      starts: int(starts),
      ends: int(ends),
    });
  }
  const numbers = golden.task === "sequence-classification" && golden.kind === "bert-tanh";
  const batch = {
    ...inputs,
    labels: numbers ? tf.tensor(labels as number[]) : int(labels),
  } as LabelledBatch;
  if (model instanceof BertForPreTraining) {
    return pretrainingLoss(model, { ...batch, nextLabels: int(next) });
  }
  return golden.task === "masked-lm"
    ? maskedLMLoss(model as BertForPreTraining, batch)
    : classificationLoss(model as never, batch);
}

/** Gradients under the names of files, in the parts that files have. */
async function gradientsInFile(model: AnyBert, { task }: Case, grads: tf.NamedTensorMap) {
  const names = namesOf(
    model.config.kind ?? "bert",
    false,
    task === "sequence-classification",
  );
  const records = await Promise.all(
    [...(model as Bert).namedParameters()].map(async ([name, { name: id, shape }]) =>
      fromFloat32(name, [...shape], Float32Array.from(await grads[id]!.data()))
    ),
  );
  return new Map(
    splitRecords(recordsForFile({ names: names.rules }, records), names.join).map((record) =>
      [record.name, toFloat32(record)] as const
    ),
  );
}

for (const golden of CASES) {
  const name = `${golden.architecture}${golden.kind === "bert-tanh" ? " of one number" : ""}`;

  testOnDevices(`${name} gives what the transformers package gives`, async () => {
    using model = await load(golden);
    const inputs = inputsOf(golden);
    if (model instanceof Bert) {
      const { hidden, pooled } = model.forward(inputs);
      const expected = tf.tensor(golden.hidden!, hidden.shape);
      await assertClose(seen(hidden), seen(expected), TOLERANCE);
      if (pooled) await assertClose(pooled, golden.pooled!, TOLERANCE);
      assert.equal(pooled === undefined, golden.pooled === undefined);
    } else if (model instanceof BertForQuestionAnswering) {
      const { start, end } = model.forward(inputs);
      const [first, last] = tf.unstack(tf.tensor(golden.logits!, [2, 2, 7])) as [Tensor, Tensor];
      await assertClose(seen(start), seen(first), TOLERANCE);
      await assertClose(seen(end), seen(last), TOLERANCE);
    } else {
      const logits = model.forward(inputs);
      const expected = tf.tensor(golden.logits!, logits.shape);
      const whole = logits.rank === 2;
      await assertClose(
        whole ? logits : seen(logits),
        whole ? expected : seen(expected),
        TOLERANCE,
      );
      if (model instanceof BertForPreTraining) {
        await assertClose(model.pretrain(inputs).next, golden.next!, TOLERANCE);
      }
    }
  });

  if (golden.loss === undefined) continue;
  testOnDevices(`${name} has the loss and the gradients of the transformers package`, async () => {
    using model = await load(golden);
    const { value, grads } = tf.variableGrads(
      () => tf.tidy(() => lossOf(model, golden)),
      (model as Bert).parameters(),
    );
    await assertClose(value, [golden.loss!], TOLERANCE);
    const found = await gradientsInFile(model, golden, grads);
    assert.deepEqual([...found.keys()].sort(), Object.keys(golden.gradients!).sort());
    for (const [name, { sum, norm, first }] of Object.entries(golden.gradients!)) {
      const [ourSum, ourNorm, ourFirst] = factsOf(found.get(name)!);
      await assertClose([ourSum, ourNorm, ...ourFirst], [sum, norm, ...first], TOLERANCE);
    }
  });
}
