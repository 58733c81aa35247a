import assert from "node:assert/strict";
import { loadModel, MODEL_TYPES, taskOf } from "@tome/tome/models";
import { GPT, saveGPT } from "@tome/tome/models/gpt";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { inFolder } from "../../_support/folder.ts";
import { assertClose } from "../../_support/numeric.ts";

const TINY = {
  vocabSize: 11,
  contextLength: 8,
  numLayers: 1,
  numHeads: 2,
  embedDim: 8,
  dropout: 0,
};

testOnDevices("loadModel() picks the family that config.json names", async () => {
  await inFolder(async (folder) => {
    using model = new GPT(TINY).eval();
    await saveGPT(model, folder);
    using loaded = await loadModel(folder, { task: "causal-lm" });
    assert.ok(loaded instanceof GPT);
    const ids = tf.tensor2d([[1, 2, 3]], undefined, "int32");
    await assertClose(loaded.forward(ids), model.forward(ids), { rtol: 0, atol: 0 });
  });
});

Deno.test("loadModel() names the families there are, if it is none of them", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/config.json`, '{"model_type":"constructor"}');
    await assert.rejects(loadModel(folder), {
      name: "CheckpointError",
      message: new RegExp(
        `model_type in its config.json must be one of ${MODEL_TYPES.join(", ")}: .*constructor`,
      ),
    });
  });
});

Deno.test("loadModel() asks for the task, if config.json does not tell it, and for one that there is", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/config.json`, '{"model_type":"gpt2"}');
    await assert.rejects(loadModel(folder), { name: "CheckpointError", message: /pass { task }/ });
    await assert.rejects(loadModel(folder, { task: "seq2seq-lm" }), {
      name: "CheckpointError",
      message: /a gpt2 has models for causal-lm: current task is seq2seq-lm/,
    });
  });
});

Deno.test("taskOf() reads the published names of architectures", () => {
  const task = (name: string) => taskOf({ architectures: [name] });
  assert.equal(task("GPT2LMHeadModel"), "causal-lm");
  assert.equal(task("LlamaForCausalLM"), "causal-lm");
  assert.equal(task("BertForMaskedLM"), "masked-lm");
  assert.equal(task("BertForPreTraining"), "pretraining");
  assert.equal(task("RobertaForSequenceClassification"), "sequence-classification");
  assert.equal(task("DistilBertForQuestionAnswering"), "question-answering");
  assert.equal(task("T5ForConditionalGeneration"), "seq2seq-lm");
  assert.equal(task("BertModel"), "encoder");
  assert.equal(taskOf({}), undefined);
});
