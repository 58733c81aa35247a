import assert from "node:assert/strict";
import { loadQuantized, quantizeModel, saveQuantized } from "@tome/tome/compress";
import { generate } from "@tome/tome/generate";
import { GPT } from "@tome/tome/models/gpt";
import { Linear, QuantizedEmbedding, QuantizedLinear } from "@tome/tome/nn";
import { assignRecords, type TensorRecord, tensorsToRecords } from "@tome/tome/checkpoint";
import { TextWindows } from "@tome/tome/data";
import { AdamW, linear } from "@tome/tome/optim";
import { Rng, seed, type Tensor, tidy } from "@tome/tome/tensor";
import { nextToken, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { DEVICES, testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const TINY = {
  vocabSize: 29,
  contextLength: 24,
  numLayers: 2,
  numHeads: 2,
  embedDim: 64,
  dropout: 0,
};

/** Sentences in an alphabet of 29. */
const IDS = (() => {
  const words = ["the whale", "and the sea", "was old", "in a storm", "we sailed", "by the moon"];
  const random = new Rng(7);
  let text = "";
  for (let i = 0; i < 400; i++) text += `${words[Math.floor(random.uniform(0, 6))]} `;
  return Int32Array.from(text, (c) => c === " " ? 0 : c.charCodeAt(0) - 96);
})();

/** The last windows, which are not trained on: `[B, T]` and what follows each token. */
function windows(count: number): { inputs: Tensor; targets: Tensor } {
  const rows = (shift: number) =>
    tf.tensor2d(
      Array.from(
        { length: count },
        (_, i) => [...IDS.slice(-25 * (i + 1)).slice(shift, 24 + shift)],
      ),
      undefined,
      "int32",
    );
  return { inputs: rows(0), targets: rows(1) };
}

/** A model that has learned which letters follow each other; it is trained once, on the quickest device. */
async function trained(): Promise<GPT> {
  const device = tf.getBackend();
  if (!weights) {
    await tf.setBackend(DEVICES.includes("wasm") ? "wasm" : device);
    seed(3);
    using model = new GPT(TINY);
    using optimizer = new AdamW(model.namedParameters(), {
      lr: linear({ peak: 5e-3, warmup: 10, total: 120 }),
    });
    const batches = new TextWindows(IDS.slice(0, -400), {
      contextLength: 24,
      batchSize: 16,
      seed: 1,
    });
    await new Trainer(model, { optimizer, loss: nextToken }).fit(batches, { steps: 120 });
    weights = await tensorsToRecords(model.namedParameters());
    await tf.setBackend(device);
  }
  const model = new GPT(TINY).eval();
  assignRecords(model.namedParameters(), weights);
  return model;
}
let weights: TensorRecord[] | undefined;

/** `exp` of the mean loss on sentences that were not trained on. */
async function perplexity(model: GPT): Promise<number> {
  const loss = tidy(() => nextToken(model, windows(8)));
  const [value] = await loss.data();
  loss.dispose();
  return Math.exp(value!);
}

/** What perplexity may be multiplied by, and what part of the bytes may stay. */
const BOUNDS = { 8: { worse: 1.005, bytes: 0.3 }, 4: { worse: 1.05, bytes: 0.2 } } as const;

for (const bits of [8, 4] as const) {
  testOnDevices(
    `quantizeModel(${bits} bits) keeps the perplexity of a trained GPT within ${
      BOUNDS[bits].worse
    }, in place, and its file gives the same logits`,
    async () => {
      using model = await trained();
      const before = await perplexity(model);
      assert.ok(before < 4, `perplexity ${before}`); // 29 without training
      const report = await quantizeModel(model, { bits });
      assert.equal(report.layers.length, 9);
      assert.ok(report.bytesAfter < BOUNDS[bits].bytes * report.bytesBefore, String(report));
      assert.match(String(report), /^9 layers quantized: 0\.\d+ MB, 0\.\d+ MB now$/);
      const after = await perplexity(model);
      assert.ok(after / before < BOUNDS[bits].worse, `${before} became ${after}`);

      const ids = tf.tensor2d([[1, 2, 3, 4]], undefined, "int32");
      const expected = tidy(() => model.forward(ids));
      const path = await Deno.makeTempFile({ suffix: ".safetensors" });
      await saveQuantized(model, path);
      using other = new GPT(TINY);
      await loadQuantized(other.eval(), path);
      const actual = tidy(() => other.forward(ids));
      await assertClose(actual, expected);
      tf.dispose([ids, expected, actual]);
      await Deno.remove(path);
    },
  );

  testOnDevices(
    `quantizeModel(${bits} bits): a GPT writes the same with and without a cache`,
    async () => {
      using model = await trained();
      await quantizeModel(model, { bits });
      const write = async (useCache: boolean) =>
        (await generate(model, [20, 8, 5], { maxNewTokens: 12, useCache }))[0]!.newIds;
      const cached = await write(true);
      assert.deepEqual(await write(false), cached);
      const letters = cached.map((id) => id === 0 ? " " : String.fromCharCode(96 + id)).join("");
      assert.match(letters, /^ [a-z]+ /);
    },
  );
}

testOnDevices("quantizeModel() replaces what it is told to, and gradients pass", async () => {
  using model = new GPT(TINY);
  const { layers } = await quantizeModel(model, { include: (path) => path.endsWith(".mlp.fc") });
  assert.deepEqual(layers.map(({ path }) => path), ["blocks.0.mlp.fc", "blocks.1.mlp.fc"]);
  assert.ok(model.blocks[0]!.mlp.fc as unknown instanceof QuantizedLinear);
  assert.ok(model.blocks[0]!.mlp.proj instanceof Linear);
  const trainable = model.parameters().filter((p) => p.trainable) as tf.Variable[];
  const { value, grads } = tf.variableGrads(
    () => tidy(() => nextToken(model, windows(2))) as tf.Scalar,
    trainable,
  );
  const below = grads[model.blocks[0]!.norm2.weight.name]!; // reached through fc alone
  assert.ok((await below.data()).some((g) => g !== 0));
  assert.equal(trainable.length, model.parameters().length - 4);
  tf.dispose([value, grads]);
});

testOnDevices("quantizeModel() leaves a model as it was if a weight is not finite", async () => {
  using model = new GPT(TINY);
  const { weight } = model.blocks[1]!.mlp.proj;
  weight.assign(tf.tidy(() => tf.fill(weight.shape, NaN)));
  await assert.rejects(quantizeModel(model), {
    name: "RangeError",
    message: "Cannot quantize as weights must be finite: current one is NaN",
  });
  assert.ok(model.blocks[0]!.mlp.fc instanceof Linear);
  assert.ok(!(model.tokens as unknown instanceof QuantizedEmbedding));
});

testOnDevices("loadQuantized() refuses a file of another model", async () => {
  using model = new GPT(TINY);
  await quantizeModel(model);
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await saveQuantized(model, path);
  using smaller = new GPT({ ...TINY, numLayers: 1 });
  await assert.rejects(loadQuantized(smaller, path), {
    name: "CheckpointError",
    message: /the model must have a Linear at blocks\.1\.attn\.qkv: current one is undefined/,
  });
  await Deno.remove(path);
}, ["cpu"]);
