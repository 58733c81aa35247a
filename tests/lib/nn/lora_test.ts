import assert from "node:assert/strict";
import { Bert, saveBert } from "@tome/tome/models/bert";
import { GPT, saveGPT } from "@tome/tome/models/gpt";
import { Llama, llamaCheckpoint, type LlamaConfig } from "@tome/tome/models/llama";
import { saveT5, T5 } from "@tome/tome/models/t5";
import { saveTransformer, Transformer } from "@tome/tome/models/transformer";
import {
  addLora,
  attachLora,
  type Layer,
  Linear,
  loadLora,
  matchesPath,
  mergeLora,
  Module,
  removeLora,
  saveLora,
  Sequential,
  trainableParameters,
  unmergeLora,
  withoutLora,
} from "@tome/tome/nn";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { AdamW } from "@tome/tome/optim";
import { memory, seed, type Tensor, useDevice, type Variable } from "@tome/tome/tensor";
import { nextToken, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const CONFIG: LlamaConfig = {
  vocabSize: 40,
  contextLength: 16,
  numLayers: 2,
  numHeads: 4,
  embedDim: 64,
  hiddenDim: 96,
};
const OPTIONS = { rank: 2, alpha: 4, targets: ["attn.q", "blocks.*.attn.v"] };

const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const batch = () => ({
  inputs: ids([[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]),
  targets: ids([[2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13]]),
});

/** Gives the adapters' second maps, which start at 0, values. */
function stir(model: Module): void {
  for (const [path, p] of model.namedParameters()) {
    if (path.endsWith("lora.b")) {
      tf.tidy(() => p.assign(tf.add(p, tf.randomNormal(p.shape, 0, 0.2))));
    }
  }
}

testOnDevices(
  "addLora() changes nothing at first, and trains at most 2 % of the parameters",
  async () => {
    seed(1);
    using model = new Llama(CONFIG).eval();
    const total = model.numParameters();
    const before = model.forward(batch().inputs);
    const adapted = addLora(model, OPTIONS);
    assert.deepEqual(adapted.map(({ path }) => path), [
      "blocks.0.attn.q",
      "blocks.0.attn.v",
      "blocks.1.attn.q",
      "blocks.1.attn.v",
    ]);
    await assertClose(model.forward(batch().inputs), before, { rtol: 0, atol: 0 });
    const trained = [...trainableParameters(model)];
    assert.ok(trained.every(([path]) => /\.lora\.[ab]$/.test(path)));
    const numbers = trained.reduce((sum, [, { size }]) => sum + size, 0);
    assert.equal(numbers, 4 * 2 * (64 + 64));
    assert.ok(numbers <= 0.02 * total, `${numbers} of ${total}`);
    const { grads } = tf.variableGrads(() => nextToken(model, batch()));
    assert.equal(Object.keys(grads).length, trained.length);
  },
);

testOnDevices(
  "mergeLora() gives the adapters' logits, and unmergeLora() the model's own",
  async () => {
    seed(2);
    using model = new Llama(CONFIG).eval();
    const own = model.forward(batch().inputs);
    addLora(model, OPTIONS);
    stir(model);
    const adapted = model.forward(batch().inputs);
    assert.ok((await tf.max(tf.abs(tf.sub(adapted, own))).data())[0]! > 0.01);
    await assertClose(withoutLora(model, () => model.forward(batch().inputs)), own);
    mergeLora(model);
    mergeLora(model); // once is enough
    await assertClose(model.forward(batch().inputs), adapted, { rtol: 1e-4, atol: 1e-4 });
    assert.throws(() => withoutLora(model, () => 0), { message: /none must be merged/ });
    unmergeLora(model);
    await assertClose(model.forward(batch().inputs), adapted);
    await assertClose(withoutLora(model, () => model.forward(batch().inputs)), own);
    mergeLora(model);
    removeLora(model);
    await assertClose(model.forward(batch().inputs), adapted, { rtol: 1e-4, atol: 1e-4 });
    assert.equal(
      model.numParameters(),
      new Map(model.namedParameters()).values()
        .reduce((sum, { size }) => sum + size, 0),
    );
    assert.ok(![...model.namedParameters()].some(([path]) => path.includes("lora")));
  },
);

testOnDevices(
  "A Trainer trains adapters, with dropout, and leaves the rest as it is",
  async (device) => {
    await useDevice(device); // not in strict mode
    seed(3);
    using model = new Llama({ ...CONFIG, tied: true });
    for (const p of model.parameters()) { // as large as after training
      if (p.rank === 2) tf.tidy(() => p.assign(tf.mul(p, 4)));
    }
    addLora(model, { ...OPTIONS, dropout: 0.1, rank: 4, targets: ["attn.*", "mlp.*"] });
    using optimizer = new AdamW(trainableParameters(model), { lr: 2e-2 });
    const base = () =>
      Promise.all(
        [...model.namedParameters()].filter(([, p]) => !p.trainable).map(async ([, p]) =>
          Float32Array.from(await p.data())
        ),
      );
    const before = await base();
    const batches = async function* () {
      while (true) yield await Promise.resolve(batch());
    };
    const history = await new Trainer(model, { optimizer, loss: nextToken }).fit(batches(), {
      steps: 30,
    });
    const [first, last] = [history[0]!.loss, history.at(-1)!.loss];
    assert.ok(last < 0.6 * first, `the loss fell from ${first} to ${last} only`);
    assert.deepEqual(await base(), before);
  },
);

testOnDevices("nextToken() trains an adapter beside the output", async () => {
  seed(6);
  using model = new Llama(CONFIG).eval();
  assert.equal(model.outputWeight, model.output!.weight);
  addLora(model, { rank: 2, targets: ["output"] });
  stir(model);
  const { inputs, targets } = batch();
  const loss = nextToken(model, { inputs, targets });
  await assertClose(loss, softmaxCrossEntropy(model.forward(inputs), targets));
  const { grads } = tf.variableGrads(() => nextToken(model, { inputs, targets }));
  assert.equal(Object.keys(grads).length, 2);
});

/** A frozen layer of 8-bit integers with a scale for each row, and a gradient to its input alone. */
class Int8Linear extends Module implements Layer {
  readonly codes: Variable;
  readonly scales: Variable;

  constructor(weight: Tensor) {
    super();
    const scales = tf.tidy(() => tf.div(tf.max(tf.abs(weight), 1, true), 127));
    const codes = tf.tidy(() => tf.cast(tf.round(tf.div(weight, scales)), "int32"));
    this.scales = tf.variable(scales, false);
    this.codes = tf.variable(codes, false);
    tf.dispose([codes, scales]);
  }

  get inFeatures(): number {
    return this.codes.shape[1]!;
  }

  get outFeatures(): number {
    return this.codes.shape[0]!;
  }

  forward(x: Tensor): Tensor {
    const weight = tf.mul(tf.cast(this.codes, "float32"), this.scales);
    return tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D, false, true);
  }
}

testOnDevices(
  "addLora() works over frozen layers of 8-bit weights, which it cannot merge",
  async () => {
    seed(4);
    using full = new Linear(6, 5, { bias: false, std: 1 });
    using model = new Sequential(new Int8Linear(full.weight), new Linear(5, 3));
    addLora(model, { rank: 2, targets: ["layers.0"] });
    const x = tf.randomNormal([7, 6], 0, 1, "float32", 1);
    const own = model.forward(x);
    stir(model);
    const { grads } = tf.variableGrads(() => tf.sum(tf.square(model.forward(x))) as tf.Scalar);
    assert.equal(Object.keys(grads).length, 2);
    for (const gradient of Object.values(grads)) {
      assert.ok((await tf.norm(gradient).data())[0]! > 1e-3);
    }
    await assertClose(withoutLora(model, () => model.forward(x)), own);
    assert.throws(() => mergeLora(model), { name: "TypeError", message: /float32 variable/ });
  },
);

testOnDevices("saveLora() and loadLora() carry adapters from one model to another", async () => {
  seed(5);
  using model = new Llama(CONFIG).eval();
  using other = new Llama(CONFIG).eval();
  for (const [i, p] of other.parameters().entries()) p.assign(model.parameters()[i]!);
  addLora(model, OPTIONS);
  stir(model);
  const folder = await Deno.makeTempDir();
  try {
    await saveLora(model, `${folder}/adapter`, llamaCheckpoint, { baseModel: "tiny" });
    const config = JSON.parse(await Deno.readTextFile(`${folder}/adapter/adapter_config.json`));
    assert.deepEqual(config.target_modules, ["q_proj", "v_proj"]);
    assert.deepEqual([config.r, config.lora_alpha, config.bias], [2, 4, "none"]);
    await loadLora(other, `${folder}/adapter`, llamaCheckpoint);
    assert.equal([...trainableParameters(other)].length, 8);
    await assertClose(other.forward(batch().inputs), model.forward(batch().inputs));
    stir(other);
    await loadLora(other, `${folder}/adapter`, llamaCheckpoint); // into those that are there
    await assertClose(other.forward(batch().inputs), model.forward(batch().inputs));
    using small = new Llama({ ...CONFIG, embedDim: 32 });
    const held = memory().numTensors;
    await assert.rejects(loadLora(small, `${folder}/adapter`, llamaCheckpoint), {
      name: "CheckpointError",
      message: /must have maps \[rank, 32\] and \[32, rank\]: current shapes are \[2,64\]/,
    });
    assert.equal(memory().numTensors, held);
    const path = `${folder}/adapter/adapter_config.json`;
    await Deno.writeTextFile(path, JSON.stringify({ ...config, use_dora: true }));
    await assert.rejects(loadLora(other, `${folder}/adapter`, llamaCheckpoint), {
      message: /use_dora must be that of plain LoRA: current value is true/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testOnDevices("addLora() refuses targets that name nothing, and layers that have one", () => {
  using model = new Sequential(new Linear(4, 4), new Linear(4, 2));
  assert.throws(() => addLora(model, { rank: 1, targets: ["q_proj"] }), {
    name: "RangeError",
    message: /current target is "q_proj"; there are layers.0, layers.1/,
  });
  assert.throws(() => addLora(model, { rank: 0, targets: ["layers.0"] }), {
    message: /rank must be a positive integer: current value is 0/,
  });
  assert.throws(() => addLora(model, { rank: 1, targets: [] }), { message: /must be a target/ });
  addLora(model, { rank: 1, targets: ["layers.0"] });
  assert.throws(() => addLora(model, { rank: 1, targets: ["layers.*"] }), {
    message: /layers.0 has one/,
  });
  assert.throws(() => attachLora(model.layers[1] as Linear, { rank: 1, dropout: 1 }), {
    message: /dropout must be in \[0, 1\)/,
  });
}, ["cpu"]);

Deno.test("matchesPath() compares whole parts, from the end", () => {
  assert.ok(matchesPath("attn.q", "blocks.0.attn.q"));
  assert.ok(matchesPath("blocks.*.attn.q", "blocks.11.attn.q"));
  assert.ok(!matchesPath("q", "blocks.0.attn.seq"));
  assert.ok(!matchesPath("blocks.0.attn.q", "attn.q"));
});

testOnDevices(
  "models with adapters are not saved as if these were weights of their own",
  async () => {
    const tiny = {
      vocabSize: 9,
      contextLength: 4,
      numLayers: 1,
      numHeads: 1,
      embedDim: 4,
      hiddenDim: 4,
      dropout: 0,
    };
    using gpt = new GPT(tiny);
    using bert = new Bert(tiny);
    using t5 = new T5(tiny);
    using transformer = new Transformer(tiny);
    const saves = new Map<Module, (folder: string) => Promise<void>>([
      [gpt, (folder) => saveGPT(gpt, folder)],
      [bert, (folder) => saveBert(bert, folder)],
      [t5, (folder) => saveT5(t5, folder)],
      [transformer, (folder) => saveTransformer(transformer, folder)],
    ]);
    const folder = await Deno.makeTempDir();
    try {
      for (const [model, save] of saves) {
        addLora(model, { rank: 1, targets: ["attn.*"] });
        const name = model.constructor.name;
        await assert.rejects(save(`${folder}/${name}`), {
          name: "RangeError",
          message: /^Cannot save .* as no layer must have an adapter: .*attn.* has one/,
        }, name);
        removeLora(model);
        await save(`${folder}/${name}`);
      }
      assert.equal([...Deno.readDirSync(folder)].length, saves.size);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  ["cpu"],
);
