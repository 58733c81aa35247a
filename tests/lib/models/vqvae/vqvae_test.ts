import assert from "node:assert/strict";
import { assignRecords, toFloat32 } from "@tome/tome/checkpoint";
import { loadVQVAE, saveVQVAE, VQVAE } from "@tome/tome/models/vqvae";
import { randomUniform, Rng, seed, type Tensor } from "@tome/tome/tensor";
import { codebookLoss, codebookWith } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/image_text.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { factsOf, formulaRecord, type GradientFacts } from "../../../_support/golden_seq2seq.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY = {
  height: 8,
  width: 4,
  channels: 1,
  hiddenDim: 8,
  numResiduals: 1,
  codebookSize: 5,
  codeDim: 4,
};
/** Squares of 4 × 4 pixels, black, grey and white. */
const images = (): Tensor => {
  const squares = tf.tensor4d([0, 1, 0.5, 0, 1, 0.5], [3, 2, 1, 1]);
  return tf.reshape(tf.tile(tf.reshape(squares, [3, 2, 1, 1, 1]), [1, 1, 4, 4, 1]), [3, 8, 4, 1]);
};

assertModel<VQVAE>({
  name: "VQVAE",
  make: () => new VQVAE(TINY),
  forward: (model) => model.forward(images()),
  outputShape: [3, 8, 4, 1],
  loss: (model) => codebookLoss(model, { images: images() }),
  saveAndLoad: async (model, folder) => {
    await saveVQVAE(model, folder);
    return await loadVQVAE(folder);
  },
});

testOnDevices("VQVAE's codes, images, codebookLoss() and gradients are PyTorch's", async () => {
  const { config, amplitude, codes, images, loss, gradients } = golden.vqvae;
  using model = new VQVAE(config);
  const named = [...model.namedParameters()];
  assignRecords(named, named.map(([name, { shape }]) => formulaRecord(name, shape, amplitude)));
  const pixels = toFloat32(formulaRecord("images", [2, 8, 12, 2], 0.5)).map((v) => v + 0.5);
  const x = tf.tensor(Float32Array.from(pixels), [2, 8, 12, 2]) as Tensor;
  assert.deepEqual(Array.from(await model.codes(x).data()), codes);
  const { images: again } = model.quantize(x); // of the batch's own statistics, as in training
  await assertClose(again, images, { rtol: 1e-4, atol: 1e-4 });
  const { value, grads } = tf.variableGrads(
    () => codebookLoss(model, { images: x }),
    model.parameters(),
  );
  await assertClose(value, [loss], { rtol: 1e-5, atol: 1e-5 });
  for (const [name, { name: id }] of named) {
    const expected = (gradients as Record<string, GradientFacts>)[name]!;
    const [sum, norm, first] = factsOf(await grads[id]!.data());
    await assertClose([sum, norm], [expected.sum, expected.norm], { rtol: 1e-3, atol: 1e-4 });
    await assertClose(first, expected.first, { rtol: 1e-3, atol: 1e-4 });
  }
  tf.dispose([value, grads]);
});

testOnDevices(
  "codebookWith() weighs the pixels by their variance, and the commitment by β",
  async () => {
    seed(3);
    using model = new VQVAE(TINY);
    const x = images();
    const { images: again, vectors, nearest } = model.quantize(x);
    const distance = (a: Tensor, b: Tensor) => tf.mean(tf.square(tf.sub(a, b)));
    const [pixels, codes] = [distance(x, again), distance(vectors, nearest)];
    const loss = codebookWith({ beta: 2, variance: 0.1 })(model, { images: x });
    await assertClose(loss, tf.add(tf.mul(pixels, 10), tf.mul(codes, 3)), {
      rtol: 1e-5,
      atol: 1e-6,
    });
  },
);

testOnDevices("VQVAE.imagesOf() makes of codes what forward() makes, within 0 and 1", async () => {
  seed(3);
  using model = new VQVAE(TINY);
  const x = randomUniform([2, 8, 4, 1], 0, 1, { rng: new Rng(1) });
  const codes = model.codes(x);
  assert.deepEqual([codes.shape, codes.dtype], [[2, 2, 1], "int32"]);
  const again = tf.clipByValue(model.forward(x), 0, 1);
  await assertClose(model.imagesOf(codes), again, { rtol: 1e-4, atol: 1e-5 });
});

testOnDevices("VQVAE.reviveCodes() moves what no image uses, and nothing else", async () => {
  seed(3);
  using model = new VQVAE(TINY);
  const far = tf.tensor2d([[0, 0, 0, 0], ...Array(4).fill([99, 99, 99, 99])]);
  model.codebook.weight.assign(far as Tensor);
  const x = randomUniform([16, 8, 4, 1], 0, 1, { rng: new Rng(1) });
  assert.equal(await model.reviveCodes(x), 4);
  const rows = await model.codebook.weight.array() as number[][];
  assert.deepEqual(rows[0], [0, 0, 0, 0]);
  assert.ok(rows.flat().every((v) => Math.abs(v) < 9));
  assert.ok(new Set(await model.codes(x).data()).size > 1);
  assert.throws(() => new VQVAE({ ...TINY, width: 6 }), { message: /multiples of 4/ });
});
