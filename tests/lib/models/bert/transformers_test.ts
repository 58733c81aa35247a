import assert from "node:assert/strict";
import {
  type AnyBert,
  Bert,
  type BertConfig,
  BertForMaskedLM,
  BertForPreTraining,
  BertForQuestionAnswering,
  BertForSequenceClassification,
  BertForTokenClassification,
  type BertTask,
  loadBert,
  saveBert,
} from "@tome/tome/models/bert";
import { seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { enter } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { findPython, runPython } from "../../../_support/python.ts";

const CONFIG: BertConfig = {
  vocabSize: 13,
  contextLength: 8,
  numLayers: 2,
  numHeads: 2,
  embedDim: 8,
  hiddenDim: 12,
  dropout: 0,
  labels: ["no", "maybe", "yes"],
};
const IDS = [[2, 5, 3, 12, 4, 7]];

const MODELS: [task: BertTask, model: new (config: BertConfig) => AnyBert][] = [
  ["encoder", Bert],
  ["masked-lm", BertForMaskedLM],
  ["pretraining", BertForPreTraining],
  ["sequence-classification", BertForSequenceClassification],
  ["token-classification", BertForTokenClassification],
  ["question-answering", BertForQuestionAnswering],
];

/** Loads folders, writes down what their models give, and saves them again beside with other weights. */
const PROGRAM = `
import json, sys, torch, transformers
ids = torch.tensor(${JSON.stringify(IDS)})
def flat(output):
    kept = [k for k in output.keys() if k not in ("loss", "hidden_states", "attentions", "pooler_output")]
    return [v for k in kept for v in output[k].flatten().tolist()]
results = []
for folder in sys.argv[1:]:
    name = json.load(open(folder + "/config.json"))["architectures"][0]
    model, report = getattr(transformers, name).from_pretrained(folder, output_loading_info=True)
    model.eval()
    first = flat(model(ids))
    with torch.no_grad():
        for p in model.parameters(): p.mul_(1.5)
    model.save_pretrained(folder + "/theirs")
    results.append({"missing": sorted(report["missing_keys"]), "unexpected": sorted(report["unexpected_keys"]),
                    "labels": list(model.config.id2label.values()), "first": first, "second": flat(model(ids))})
print(json.dumps(results))
`;

/** What a model gives, as one list. */
function outputs(model: AnyBert): Tensor {
  const inputs = { ids: tf.tensor2d(IDS, undefined, "int32") };
  const given = model instanceof Bert
    ? [model.encode(inputs)]
    : model instanceof BertForQuestionAnswering
    ? Object.values(model.forward(inputs))
    : model instanceof BertForPreTraining
    ? [model.forward(inputs), model.pretrain(inputs).next]
    : [model.forward(inputs)];
  return tf.concat(given.map((x) => tf.reshape(x, [x.size])));
}

const python = await findPython("torch", "transformers");

if (!python) {
  // deno-lint-ignore no-console
  console.log(
    "BERT with the transformers package: not run, no Python has it (TOME_PYTHON names one)",
  );
} else {
  Deno.test("saveBert()'s folders pass through the transformers package", async () => {
    await enter("wasm");
    seed(1);
    const folder = await Deno.makeTempDir();
    const models: { model: AnyBert; task: BertTask; path: string; kind: string }[] = [];
    try {
      for (const kind of ["bert", "distilbert", "roberta", "xlm-roberta"] as const) {
        for (const [task, Model] of MODELS) {
          if (task === "pretraining" && kind !== "bert") continue;
          if (kind === "xlm-roberta" && task !== "sequence-classification") continue;
          const model = new Model({ ...CONFIG, kind }).eval();
          for (const [name, p] of (model as Bert).namedParameters()) {
            if (p.rank === 2) p.assign(tf.mul(p, 8)); // outputs far from 0
            if (name.endsWith("bias")) p.assign(tf.add(p, 0.1));
          }
          const path = `${folder}/${kind}-${task}`;
          await saveBert(model, path);
          models.push({ model, task, path, kind });
        }
      }
      const seen = await runPython(python, PROGRAM, models.map(({ path }) => path)) as {
        missing: string[];
        unexpected: string[];
        labels: string[];
        first: number[];
        second: number[];
      }[];
      for (const [i, { model, task, path }] of models.entries()) {
        const { missing, unexpected, labels, first, second } = seen[i]!;
        assert.deepEqual([missing, unexpected], [[], []], path);
        if (/sequence|token/.test(task)) assert.deepEqual(labels, CONFIG.labels);
        await assertClose(tf.tidy(() => outputs(model)), first, { atol: 1e-4 });
        using theirs = await loadBert(`${path}/theirs`, { task });
        assert.deepEqual(theirs.fresh, []);
        assert.equal((theirs as AnyBert).constructor, model.constructor);
        await assertClose(tf.tidy(() => outputs(theirs)), second, { atol: 1e-4 });
      }
      assert.equal(models.length, 17);
    } finally {
      for (const { model } of models) model[Symbol.dispose]();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
