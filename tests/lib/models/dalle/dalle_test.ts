import assert from "node:assert/strict";
import { generateImageCodes } from "@tome/tome/generate";
import { DALLE, type DALLEConfig, loadDALLE, saveDALLE } from "@tome/tome/models/dalle";
import { seed, type Tensor } from "@tome/tome/tensor";
import { textToImageLoss, textToImageWith } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: DALLEConfig = {
  textVocabSize: 7,
  textLength: 3,
  codebookSize: 5,
  gridShape: [2, 2],
  numLayers: 1,
  numHeads: 2,
  embedDim: 16,
};
const ROWS: [text: number[], codes: number[]][] = [[[4, 5], [0, 1, 2, 3]], [[6], [4, 4, 1, 0]]];

/** Rows as inputs, and the token after each. */
function batchOf(model: DALLE) {
  const rows = ROWS.map(([text, codes]) => model.row(text, codes));
  return {
    inputs: tf.tensor2d(rows.map((row) => row.slice(0, -1)), undefined, "int32") as Tensor,
    targets: tf.tensor2d(rows.map((row) => row.slice(1)), undefined, "int32") as Tensor,
  };
}

assertModel<DALLE>({
  name: "DALLE",
  make: () => new DALLE(TINY),
  forward: (model) => model.forward(batchOf(model).inputs),
  outputShape: [2, 6, 12],
  // the first tokens of texts cannot be known: without their weight the loss falls to nothing
  loss: (model) => textToImageWith(0)(model, batchOf(model)),
  saveAndLoad: async (model, folder) => {
    await saveDALLE(model, folder);
    return await loadDALLE(folder);
  },
});

testOnDevices("generateImageCodes() writes codes alone, the likeliest or by a seed", async () => {
  seed(4);
  using model = new DALLE(TINY);
  const texts = ROWS.map(([text]) => model.row(text));
  const likeliest = await generateImageCodes(model, texts, { topK: 1 });
  for (const [b, codes] of likeliest.entries()) {
    const row = model.row(ROWS[b]![0], codes).slice(0, -1);
    const ids = tf.tensor2d([row], undefined, "int32") as Tensor;
    const logits = await model.forward(ids).array() as number[][][];
    const expected = logits[0]!.slice(2).map((all) => {
      const some = all.slice(7); // those of codes
      return some.indexOf(Math.max(...some));
    });
    assert.deepEqual([...codes], expected);
  }
  const draw = (seed: number) => generateImageCodes(model, texts, { seed, batchSize: 1 });
  const drawn = await draw(2);
  assert.deepEqual(await draw(2), drawn);
  assert.notDeepEqual(await draw(3), drawn);
  assert.ok(drawn.flatMap((row) => [...row]).every((code) => code >= 0 && code < 5));
  await assert.rejects(() => generateImageCodes(model, [[4, 5]]), { message: /have 3 tokens/ });
});

testOnDevices("textToImageWith() weighs the text and the image", async () => {
  seed(1);
  using model = new DALLE(TINY);
  const batch = batchOf(model);
  const probabilities = await tf.logSoftmax(model.forward(batch.inputs)).array() as number[][][];
  const targets = await batch.targets.array() as number[][];
  const rows = targets.map((row, b) => row.map((id, t) => -probabilities[b]![t]![id]!));
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  const text = mean(rows.flatMap((row) => row.slice(0, 2)));
  const image = mean(rows.flatMap((row) => row.slice(2)));
  await assertClose(textToImageLoss(model, batch), [text / 8 + 7 * image / 8], { rtol: 1e-5 });
  await assertClose(textToImageWith(0.5)(model, batch), [(text + image) / 2], { rtol: 1e-5 });
});

Deno.test("DALLE.row() fills texts up, and puts codes behind the text's tokens", () => {
  using model = new DALLE(TINY);
  assert.deepEqual(model.row([4, 5], [0, 4, 1, 1]), [4, 5, 0, 7, 11, 8, 8]);
  assert.deepEqual(model.row([4], undefined, 3), [4, 3, 3]);
  assert.throws(() => model.row([1, 2, 3, 4]), { message: /at most 3 tokens/ });
  assert.throws(() => model.row([1], [0]), { message: /and 4 codes/ });
});
