import assert from "node:assert/strict";
import { quantizeModel } from "@tome/tome/compress";
import { Llama } from "@tome/tome/models/llama";
import { addLora, mergeLora, QuantizedLinear, trainableParameters } from "@tome/tome/nn";
import { AdamW } from "@tome/tome/optim";
import { seed } from "@tome/tome/tensor";
import { nextToken, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

const CONFIG = {
  vocabSize: 40,
  contextLength: 16,
  numLayers: 2,
  numHeads: 4,
  embedDim: 64,
  hiddenDim: 96,
};

const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");

function* batches() {
  for (;;) {
    yield {
      inputs: ids([[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]),
      targets: ids([[2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13]]),
    };
  }
}

testOnDevices("adapters learn beside a quantized Llama, whose weights stay (QLoRA)", async () => {
  for (const tied of [true, false]) {
    seed(3);
    using model = new Llama({ ...CONFIG, tied });
    const report = await quantizeModel(model, { bits: 4 });
    assert.ok(report.bytesAfter < 0.25 * report.bytesBefore, String(report));
    addLora(model, { rank: 4, targets: ["attn.q", "attn.v", "mlp.gate"] });
    const codes = model.blocks[0]!.attn.q as unknown as QuantizedLinear;
    assert.ok(codes instanceof QuantizedLinear);
    const before = await codes.codes.data();
    const trainable = new Map(trainableParameters(model));
    assert.ok([...trainable.keys()].every((path) => path.includes("lora")), "adapters alone learn");
    using optimizer = new AdamW(trainable, { lr: 0.03 });
    const history = await new Trainer(model, { optimizer, loss: nextToken })
      .fit(batches(), { steps: 15 });
    assert.ok(
      history.at(-1)!.loss < 0.8 * history[0]!.loss,
      `${tied}: ${history.map((h) => h.loss)}`,
    );
    assert.deepEqual(await codes.codes.data(), before);
    assert.throws(() => mergeLora(model), /Cannot merge/);
  }
});
