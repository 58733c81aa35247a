import assert from "node:assert/strict";
import { CheckpointError } from "@tome/tome/checkpoint";
import { generate } from "@tome/tome/generate";
import { loadModel } from "@tome/tome/models";
import {
  Llama,
  LLAMA_PRESETS,
  llamaCheckpoint,
  type LlamaConfig,
  loadLlama,
  loadLlamaWeights,
  saveLlama,
} from "@tome/tome/models/llama";
import { addLora, captureAttention, KVCache } from "@tome/tome/nn";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { memory, seed, type Tensor, useDevice } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY: LlamaConfig = {
  vocabSize: 11,
  contextLength: 8,
  numLayers: 2,
  numHeads: 4,
  numKeyHeads: 2,
  embedDim: 16,
  hiddenDim: 24,
};

const KINDS: Record<string, LlamaConfig> = {
  "Llama": { ...TINY, bias: true, mlpBias: true },
  "Llama of the family mistral": { ...TINY, family: "mistral", window: 2 },
  "Llama of the family qwen2": { ...TINY, family: "qwen2", tied: true },
  "Llama of the family qwen3": { ...TINY, family: "qwen3", headDim: 6, tied: true },
  "Llama of the family smollm3": { ...TINY, family: "smollm3", unturnedLayers: [1] },
};

const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const batch = () => ids([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]);
const targets = () => ids([[2, 3, 4, 5, 6], [7, 8, 9, 10, 0]]);

for (const name of ["Llama", "Llama of the family qwen3"]) {
  const config = KINDS[name]!;
  assertModel<Llama>({
    name,
    make: () => new Llama(config),
    forward: (model) => model.forward(batch()),
    outputShape: [2, 5, 11],
    loss: (model) => softmaxCrossEntropy(model.forward(batch()), targets()),
    async saveAndLoad(model, folder) {
      await saveLlama(model, folder, { maxShardBytes: 4000 }); // several files
      return loadLlama(folder);
    },
  });
}

for (const [name, config] of Object.entries(KINDS)) {
  testOnDevices(`${name} does not look at later tokens, and goes on from a cache`, async () => {
    seed(2);
    using model = new Llama(config).eval();
    const all = model.forward(ids([[1, 2, 3, 4, 5]]));
    const other = model.forward(ids([[1, 2, 3, 9, 9]]));
    const first3 = (x: Tensor) => tf.slice(x, [0, 0, 0], [1, 3, 11]);
    await assertClose(first3(all), first3(other), { rtol: 0, atol: 1e-6 });
    using cache = new KVCache();
    const parts = [[[1, 2]], [[3]], [[4, 5]]].map((rows) => model.forward(ids(rows), { cache }));
    await assertClose(tf.concat(parts as tf.Tensor3D[], 1) as Tensor, all);
    const last = model.forward(ids([[1, 2, 3, 4, 5]]), { lastOnly: true });
    await assertClose(last, tf.slice(all, [0, 4, 0], [1, 1, 11]));
  });
}

testOnDevices("Llama with a window forgets what lies before it", async () => {
  seed(3);
  using model = new Llama({ ...TINY, numLayers: 1, family: "mistral", window: 2 }).eval();
  const last = (row: number[]) => model.forward(ids([row]), { lastOnly: true });
  await assertClose(last([1, 2, 3, 4]), last([9, 8, 3, 4]), { rtol: 0, atol: 1e-6 });
  const apart = await tf.max(tf.abs(tf.sub(last([1, 2, 3, 4]), last([1, 2, 9, 4])))).data();
  assert.ok(apart[0]! > 1e-5);
});

testOnDevices("Llama.forward() keeps the texts packed into a row apart", async () => {
  seed(4);
  using model = new Llama(TINY).eval();
  const packed = model.forward(ids([[1, 2, 3, 4, 5, 6]]), { segments: ids([[0, 0, 1, 1, 1, 2]]) });
  const alone = [[[1, 2]], [[3, 4, 5]], [[6]]].map((rows) => model.forward(ids(rows)));
  await assertClose(packed, tf.concat(alone as tf.Tensor3D[], 1) as Tensor);
});

testOnDevices("Llama's recorded generation writes what it writes op by op", async (device) => {
  await useDevice(device); // not in strict mode
  seed(5);
  using model = new Llama({ ...TINY, contextLength: 32, family: "mistral", window: 4 }).eval();
  for (const p of model.parameters()) tf.tidy(() => p.assign(tf.mul(p, 5)));
  const write = (useCache: boolean) =>
    generate(model, [1, 2, 3], { maxNewTokens: 12, temperature: 0, useCache });
  const [[cached], [plain]] = [await write(true), await write(false)];
  assert.deepEqual(cached!.ids, plain!.ids);
});

testOnDevices("Llama.gradientCheckpointing keeps less and changes no gradient", async () => {
  seed(5);
  using model = new Llama({ ...TINY, numLayers: 3, dropout: 0.2 });
  const segments = ids([[0, 0, 1, 1, 1], [0, 0, 0, 0, 0]]);
  const measure = (again: boolean) => {
    seed(6);
    model.gradientCheckpointing = again;
    const start = memory().numBytes;
    let bytes = 0;
    const { value, grads } = tf.variableGrads(() => {
      const loss = tf.tidy(() =>
        tf.sum(tf.square(model.forward(batch(), { segments }))) as tf.Scalar
      );
      bytes = memory().numBytes - start; // what waits for the way back
      return loss;
    }, model.parameters());
    return { bytes, value, grads };
  };
  const [plain, again] = [measure(false), measure(true)];
  await assertClose(again.value, plain.value);
  for (const [name, gradient] of Object.entries(plain.grads)) {
    await assertClose(again.grads[name]!, gradient);
  }
  assert.ok(again.bytes < plain.bytes / 2, `${again.bytes} of ${plain.bytes} bytes`);
});

/** The number of parameters of some sizes, without making them. */
function count(config: LlamaConfig): number {
  const { vocabSize: V, embedDim: C, hiddenDim: F, numLayers: L, numHeads: H, numKeyHeads: K = H } =
    config;
  const { headDim: D = C / H, family = "llama", bias = false, mlpBias = false } = config;
  const maps = C * D * (2 * H + 2 * K) + 3 * C * F + 2 * C;
  const biases = (bias || family === "qwen2" ? D * (H + 2 * K) : 0) + (bias ? C : 0) +
    (mlpBias ? 2 * F + C : 0);
  return (config.tied ? 1 : 2) * V * C + C + L * (maps + biases + (family === "qwen3" ? 2 * D : 0));
}

testOnDevices("Llama.numParameters() is what its sizes say", () => {
  for (const config of Object.values(KINDS)) {
    using model = new Llama(config);
    assert.equal(model.numParameters(), count(config));
  }
}, ["cpu"]);

Deno.test("LLAMA_PRESETS have the published numbers of parameters", () => {
  const counts = Object.entries(LLAMA_PRESETS).map(([name, config]) => [name, count(config)]);
  assert.deepEqual(Object.fromEntries(counts), {
    "smollm2-135m": 134_515_008,
    "smollm2-360m": 361_821_120,
    "tinyllama-1.1b": 1_100_048_384,
    "llama-3.2-1b": 1_235_814_400,
    "qwen2.5-0.5b": 494_032_768,
    "qwen3-0.6b": 596_049_920,
    "mistral-7b": 7_241_732_096,
  });
});

testOnDevices(
  "loadModel() and loadLlamaWeights() read a Llama's folder, and refuse others",
  async () => {
    seed(6);
    const folder = await Deno.makeTempDir();
    try {
      using model = new Llama({ ...TINY, tied: true }).eval();
      await saveLlama(model, folder);
      using loaded = await loadModel(folder, { task: "causal-lm" });
      await assertClose(loaded.forward(batch()), model.forward(batch()));
      using again = new Llama({ ...TINY, tied: true, dropout: 0.1 }).eval();
      await loadLlamaWeights(again, folder);
      await assertClose(again.forward(batch()), model.forward(batch()));
      using other = new Llama({ ...TINY, tied: true, numKeyHeads: 4 });
      await assert.rejects(loadLlamaWeights(other, folder), {
        name: "CheckpointError",
        message: /num_key_value_heads 2: current model has num_key_value_heads 4/,
      });
      addLora(model, { rank: 1, targets: ["attn.q"] });
      await assert.rejects(saveLlama(model, folder), {
        name: "RangeError",
        message: /has one; merge/,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  ["cpu"],
);

Deno.test("llamaCheckpoint reads what config.json says, and refuses what is not supported", () => {
  const json = llamaCheckpoint.configJson(LLAMA_PRESETS["llama-3.2-1b"]);
  const { bias: _b, mlpBias: _m, dropout: _d, headDim, normEps: _n, family, ...rest } =
    llamaCheckpoint.config(json);
  assert.deepEqual([headDim, family], [64, "llama"]);
  assert.deepEqual(rest, LLAMA_PRESETS["llama-3.2-1b"]);
  const yarn = {
    ...TINY,
    ropeScaling: {
      type: "yarn",
      factor: 4,
      originalLength: 4,
      betaFast: 32,
      betaSlow: 1,
      attentionFactor: 1.5,
      truncate: false,
    },
  } as const;
  assert.deepEqual(
    llamaCheckpoint.config(llamaCheckpoint.configJson(yarn)).ropeScaling,
    yarn.ropeScaling,
  );
  for (
    const [change, message] of [
      [{ hidden_act: "gelu" }, /hidden_act must be "silu"/],
      [{ rope_scaling: { type: "dynamic", factor: 2 } }, /current kind is dynamic/],
      [{ rope_scaling: { type: "llama3", factor: 2 } }, /low_freq_factor/],
      [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor must be 1/],
      [{ model_type: "gemma" }, /must be one of llama, mistral/],
      [{ hidden_size: "x" }, /hidden_size must be a number/],
    ] as const
  ) {
    assert.throws(() => llamaCheckpoint.config({ ...json, ...change }), (error) => {
      assert.ok(error instanceof CheckpointError);
      assert.match(error.message, message);
      return true;
    });
  }
});

testOnDevices(
  "Llama refuses too many tokens, and to save what its family lacks",
  async () => {
    assert.throws(() => new Llama({ ...TINY, hiddenDim: 0 }), {
      message: /hiddenDim must be a positive integer: current value is 0/,
    });
    using model = new Llama({ ...TINY, window: 3 });
    assert.throws(() => model.forward(ids([[1, 2, 3, 4, 5, 6, 7, 8, 9]])), {
      message: /Cannot place 9 tokens as contextLength is 8/,
    });
    await assert.rejects(saveLlama(model, "never"), { message: /family llama know no a window/ });
  },
  ["cpu"],
);

testOnDevices("captureAttention() sees what a Llama's layers look at", async () => {
  seed(7);
  using model = new Llama(TINY).eval();
  const seen = await captureAttention(model, () => model.forward(batch()));
  assert.deepEqual(seen.map(({ path }) => path), ["blocks.0.attn", "blocks.1.attn"]);
  assert.deepEqual(seen[0]!.shape, [2, 4, 5, 5]);
}, ["cpu"]);

Deno.test("Llama refuses sizes that do not fit together", () => {
  assert.throws(() => new Llama({ ...TINY, numHeads: 3 }), { name: "RangeError" });
  assert.throws(() => new Llama({ ...TINY, hiddenDim: 0 }), {
    message: /hiddenDim must be a positive integer: current value is 0/,
  });
});
