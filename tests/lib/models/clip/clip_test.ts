import assert from "node:assert/strict";
import {
  fromFloat32,
  type JsonObject,
  readJson,
  saveFolder,
  toFloat32,
} from "@tome/tome/checkpoint";
import { loadModel } from "@tome/tome/models";
import { CLIP, type CLIPConfig, loadCLIP, loadCLIPWeights, saveCLIP } from "@tome/tome/models/clip";
import { ZeroShotClassifier } from "@tome/tome/models/clip";
import { randomUniform, Rng, seed, type Tensor } from "@tome/tome/tensor";
import { contrastiveLoss } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/image_text.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { factsOf, formulaRecord, type GradientFacts } from "../../../_support/golden_seq2seq.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { findPython, runPython } from "../../../_support/python.ts";

const TINY: CLIPConfig = {
  vision: { imageSize: 8, patchSize: 4, numLayers: 1, numHeads: 2, embedDim: 8 },
  text: { vocabSize: 9, contextLength: 6, numLayers: 1, numHeads: 2, embedDim: 12, endId: 3 },
  projectionDim: 6,
};
const IDS = [[5, 6, 3, 0], [7, 8, 4, 3], [4, 3, 0, 0]];
const idsOf = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32") as Tensor;
/** Noise, in which each image has more of a colour of its own. */
const images = (n = 3) => {
  const noise = randomUniform([n, 8, 8, 3], 0, 0.3, { rng: new Rng(4) });
  return tf.add(noise, tf.reshape(tf.slice(tf.eye(3), [0, 0], [n, 3]), [n, 1, 1, 3])) as Tensor;
};

assertModel<CLIP>({
  name: "CLIP",
  make: () => new CLIP(TINY),
  forward: (model) => model.forward(images(), { ids: idsOf(IDS) }),
  outputShape: [3, 3],
  loss: (model) => contrastiveLoss(model, { images: images(), ids: idsOf(IDS) }),
  saveAndLoad: async (model, folder) => {
    await saveCLIP(model, folder);
    return await loadCLIP(folder);
  },
});

interface Case {
  name: string;
  config: JsonObject;
  shapes: Record<string, number[]>;
  ids: number[][];
  logits: number[];
  imageVectors: number[];
  textVectors: number[];
  loss: number;
  gradients: Record<string, GradientFacts>;
}

/** A folder as Hugging Face has it, with weights by the golden file's formula. */
async function loadGolden({ config, shapes }: Case): Promise<CLIP> {
  const folder = await Deno.makeTempDir();
  try {
    const weights = Object.entries(shapes).map(([name, shape]) =>
      name === "logit_scale"
        ? fromFloat32(name, shape, Float32Array.of(1.5))
        : formulaRecord(name, shape, golden.amplitude)
    );
    await saveFolder(`${folder}/model`, { config, weights });
    return await loadCLIP(`${folder}/model`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const given of golden.clips as unknown as Case[]) {
  testOnDevices(`CLIP (${given.name}) is Hugging Face's`, async () => {
    using model = await loadGolden(given);
    const pixels = formulaRecord("images", [3, 3, 8, 8], 1);
    const x = tf.transpose(tf.tensor(toFloat32(pixels), [3, 3, 8, 8]), [0, 2, 3, 1]) as Tensor;
    const ids = idsOf(given.ids);
    const tolerance = { rtol: 1e-4, atol: 1e-5 };
    await assertClose(model.encodeImages(x), given.imageVectors, tolerance);
    await assertClose(model.encodeTexts({ ids }), given.textVectors, tolerance);
    await assertClose(model.forward(x, { ids }), given.logits, { rtol: 1e-4, atol: 1e-4 });
    const { value, grads } = tf.variableGrads(
      () => contrastiveLoss(model, { images: x, ids }),
      model.parameters(),
    );
    await assertClose(value, [given.loss], tolerance);
    const lengths = Object.values(given.gradients).map(({ norm }) => norm).sort((a, b) => a - b);
    const ours = await Promise.all(
      [...model.namedParameters()].map(async ([, p]) => factsOf(await grads[p.name]!.data())[1]),
    );
    await assertClose(ours.sort((a, b) => a - b), lengths, { rtol: 1e-3, atol: 1e-5 });
    tf.dispose([value, grads]);
  });
}

testOnDevices("CLIP does not see what fills up a text", async () => {
  seed(1);
  using model = new CLIP(TINY);
  const vectors = [[5, 6, 3], [5, 6, 3, 0, 0], [5, 6, 3, 8, 7]].map((row) =>
    model.encodeTexts({ ids: idsOf([row]) })
  );
  await assertClose(vectors[1]!, vectors[0]!, { rtol: 1e-5, atol: 1e-6 });
  await assertClose(vectors[2]!, vectors[0]!, { rtol: 1e-5, atol: 1e-6 });
});

testOnDevices("contrastiveLoss() leaves out the second of two equal texts", async () => {
  const vectors = tf.tensor2d([[1, 0], [0, 1], [1, 0]]) as Tensor;
  const model = Object.assign(new CLIP(TINY), {
    encodeImages: () => vectors,
    encodeTexts: () => vectors,
    similarityScale: () => tf.scalar(3) as Tensor,
  });
  using _model = model;
  // rows 0 and 2 are compared with themselves and row 1 alone: −log(e³ / (e³ + 1)); row 1 with all
  const [two, three] = [Math.log(1 + Math.exp(-3)), Math.log(1 + 2 * Math.exp(-3))];
  const loss = contrastiveLoss(model, { images: images(), ids: idsOf([[5, 3], [6, 3], [5, 3]]) });
  await assertClose(loss, [(2 * two + three) / 3], { rtol: 1e-5, atol: 1e-6 });
});

testOnDevices("ZeroShotClassifier takes the class whose texts are nearest", async () => {
  seed(2);
  using model = new CLIP(TINY);
  using sorter = new ZeroShotClassifier(model, [
    { ids: idsOf([[5, 3, 0], [6, 3, 0]]) },
    { ids: idsOf([[7, 8, 3]]) },
  ]);
  assert.equal(sorter.numLabels, 2);
  assert.ok(model.training);
  const texts = await model.encodeTexts({ ids: idsOf([[5, 3, 0], [6, 3, 0], [7, 8, 3]]) })
    .array() as number[][];
  const mean = texts[0]!.map((v, i) => (v + texts[1]![i]!) / 2);
  const length = Math.hypot(...mean);
  const seen = await model.encodeImages(images(2)).array() as number[][];
  const scale = (await model.similarityScale().data())[0]!;
  const product = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0) * scale;
  const expected = seen.flatMap((u) => [product(u, mean) / length, product(u, texts[2]!)]);
  await assertClose(sorter.forward(images(2)), expected, { rtol: 1e-4, atol: 1e-4 });
});

Deno.test("saveCLIP() and loadCLIPWeights() say what does not fit", async () => {
  const folder = await Deno.makeTempDir();
  try {
    using model = new CLIP(TINY);
    await saveCLIP(model, `${folder}/a`);
    const { text_config } = await readJson(`${folder}/a/config.json`);
    assert.equal((text_config as JsonObject).eos_token_id, 3);
    using other = new CLIP({ ...TINY, text: { ...TINY.text, contextLength: 7 } });
    await assert.rejects(() => loadCLIPWeights(other, `${folder}/a`), {
      message: /contextLength 6/,
    });
    using second = new CLIP({ ...TINY, text: { ...TINY.text, endId: 2 } });
    using same = await loadModel(`${folder}/a`);
    assert.ok(same instanceof CLIP);
    await assert.rejects(() => saveCLIP(second, `${folder}/b`), {
      message: /must not have the id 2/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const READ = `
import json, sys, torch
from transformers import CLIPModel
model = CLIPModel.from_pretrained(sys.argv[1]).eval()
ids = torch.tensor(json.loads(sys.argv[2]))
n = len(ids)
pixels = torch.sin(torch.arange(n * 8 * 8 * 3, dtype=torch.float32)).reshape(n, 8, 8, 3).permute(0, 3, 1, 2)
print(json.dumps(model(input_ids=ids, pixel_values=pixels).logits_per_image.flatten().tolist()))
`;

const command = await findPython("torch", "transformers");
Deno.test("saveCLIP() writes what Transformers reads", async () => {
  if (!command) {
    // deno-lint-ignore no-console
    console.log("CLIP in Transformers: not run, as no Python has it (TOME_PYTHON names one)");
    return;
  }
  const folder = await Deno.makeTempDir();
  try {
    using model = new CLIP(TINY);
    await saveCLIP(model, `${folder}/model`);
    const theirs = await runPython(command, READ, [`${folder}/model`, JSON.stringify(IDS)]);
    const values = Float32Array.from({ length: 3 * 8 * 8 * 3 }, (_, i) => Math.sin(i));
    await assertClose(
      tf.tidy(() => model.forward(tf.tensor(values, [3, 8, 8, 3]), { ids: idsOf(IDS) })),
      theirs as number[],
      { rtol: 1e-4, atol: 1e-4 },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
