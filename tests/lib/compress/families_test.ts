import assert from "node:assert/strict";
import { quantizeModel } from "@tome/tome/compress";
import {
  BERT_PRESETS,
  BertForMaskedLM,
  BertForSequenceClassification,
} from "@tome/tome/models/bert";
import { Llama } from "@tome/tome/models/llama";
import { RNNLM } from "@tome/tome/models/rnn-lm";
import { T5 } from "@tome/tome/models/t5";
import { Transformer, TransformerLM } from "@tome/tome/models/transformer";
import type { Module } from "@tome/tome/nn";
import { seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

const bert = { ...BERT_PRESETS["bert-tiny"], vocabSize: 70, contextLength: 16, dropout: 0 };
const sizes = {
  vocabSize: 70,
  contextLength: 16,
  embedDim: 64,
  numHeads: 2,
  numLayers: 1,
  dropout: 0,
};
const t5 = {
  vocabSize: 70,
  embedDim: 64,
  numHeads: 2,
  headDim: 32,
  numLayers: 1,
  hiddenDim: 128,
  dropout: 0,
};

/** A model, and what it makes of tokens. */
type Case = [make: () => Module, run: (model: never, ids: Tensor) => Tensor];
const seq2seq = (
  model: { encode(i: { ids: Tensor }): Tensor; decode(i: Tensor, m: Tensor): Tensor },
  ids: Tensor,
) => model.decode(ids, model.encode({ ids }));
const CASES: Record<string, Case> = {
  "BERT for hidden tokens": [
    () => new BertForMaskedLM(bert),
    (m: BertForMaskedLM, ids) => m.forward({ ids }),
  ],
  "BERT for classes": [
    () => new BertForSequenceClassification({ ...bert, labels: ["a", "b", "c"] }),
    (m: BertForSequenceClassification, ids) => m.forward({ ids, segments: tf.onesLike(ids) }),
  ],
  "Llama, tied": [
    () => new Llama({ ...sizes, hiddenDim: 96, tied: true }),
    (m: Llama, ids) => m.forward(ids),
  ],
  "Llama, untied": [
    () => new Llama({ ...sizes, hiddenDim: 96, tied: false }),
    (m: Llama, ids) => m.forward(ids),
  ],
  "RNNLM, tied": [
    () => new RNNLM({ vocabSize: 70, embedDim: 64, hiddenSize: 64, numLayers: 1, tied: true }),
    (m: RNNLM, ids) => m.forward(ids),
  ],
  "T5, tied": [() => new T5(t5), (m: T5, ids) => seq2seq(m, ids)],
  "T5, untied": [() => new T5({ ...t5, tied: false }), (m: T5, ids) => seq2seq(m, ids)],
  "Transformer": [
    () => new Transformer({ ...sizes, hiddenDim: 128 }),
    (m: Transformer, ids) => seq2seq(m, ids),
  ],
  "Transformer with learned positions and an output's bias": [
    () => new Transformer({ ...sizes, hiddenDim: 128, positions: "learned", outputBias: true }),
    (m: Transformer, ids) => seq2seq(m, ids),
  ],
  "TransformerLM": [
    () => new TransformerLM({ ...sizes, hiddenDim: 128 }),
    (m: TransformerLM, ids) => m.forward(ids),
  ],
};

for (const [name, [make, run]] of Object.entries(CASES)) {
  testOnDevices(`${name} computes with weights of 8 bits what it did, nearly`, async () => {
    seed(5);
    using model = make().eval();
    const outputs: Float32Array[] = [];
    for (const quantized of [false, true]) {
      if (quantized) {
        const { layers } = await quantizeModel(model);
        const sum = (of: (layer: typeof layers[number]) => number) =>
          layers.reduce((all, layer) => all + of(layer), 0);
        const [now, before] = [sum((l) => l.bytesAfter), sum((l) => l.bytesBefore)];
        assert.ok(now < 0.5 * before, `${layers.length} layers: ${before} bytes, ${now} now`);
      }
      const ids = tf.tensor2d([[1, 9, 33, 69, 2], [7, 7, 0, 12, 50]], undefined, "int32");
      const result = tf.tidy(() => run(model as never, ids));
      outputs.push(await result.data() as Float32Array);
      tf.dispose([ids, result]);
    }
    const [before, after] = outputs as [Float32Array, Float32Array];
    const square = (values: Iterable<number>) => [...values].reduce((sum, x) => sum + x * x, 0);
    const error = Math.sqrt(square(before.map((x, i) => x - after[i]!)) / square(before));
    assert.ok(error > 0 && error < 0.03, `relative error ${error}`);
  });
}
