/**
 * The rows of the benchmark: what is done, by whom, and what must come out.
 *
 * @module
 */
import type { AttentionTask } from "./attention.ts";
import type { ContenderSpec, Row } from "./contender.ts";
import { type GPTTask, NANO, SMALL, stepFlops } from "./gpt.ts";
import { epochFlops, type MnistTask } from "./mnist.ts";

/** The names of the rows, in the order in which they run. */
export const ROWS = [
  "matmul",
  "gpt-step",
  "nanogpt",
  "attention",
  "generation",
  "quantized",
  "mnist",
] as const;

/** A row's name. */
export type RowName = typeof ROWS[number];

const TINY: Partial<GPTTask> = { layers: 1, heads: 2, width: 16, context: 8, batch: 2 };

/** A row by name; `tiny` gives sizes that only show that it runs. */
export function rowOf(name: RowName, tiny: boolean): Row {
  return ({
    "matmul": matmul,
    "gpt-step": gptStep,
    "nanogpt": nanoGPT,
    "attention": attention,
    "generation": generation,
    "quantized": quantized,
    "mnist": mnist,
  })[name](tiny);
}

const tfjs = (entry: string, device: "webgpu" | "wasm"): ContenderSpec => ({
  name: `tfjs ${device}`,
  entry,
  ...(device === "webgpu" ? { needs: "adapter" } : {}),
});

const jax = (file: string, device: "webgpu" | "wasm"): ContenderSpec => ({
  name: `jax-js ${device}`,
  entry: `${file}#${device}`,
  ...(device === "webgpu" ? { needs: "adapter" } : {}),
});

const tome = (
  entry: string,
  device: "webgpu" | "wasm" | "xnnpack",
  settings: { record?: boolean } = {},
): ContenderSpec => ({
  name: `Tome ${device === "xnnpack" ? "wasm without BLAS" : device}${
    settings.record === false ? ", not recorded" : ""
  }`,
  entry,
  settings: { device, ...settings },
  ...(device === "webgpu" ? { needs: "adapter" } : {}),
});

const torch = (entry: string): ContenderSpec => ({ name: "PyTorch", entry, needs: "python" });

function matmul(tiny: boolean): Row {
  const size = tiny ? 64 : 512;
  return {
    name: "matmul",
    title: "Product of two square matrices: the limit of a device",
    unit: "product",
    shape: `float32, ${size} × ${size}`,
    flops: 2 * size ** 3,
    warmUp: 2,
    units: 2,
    settings: { size },
    contenders: [
      tome("tome_matmul.ts#tome", "webgpu"),
      tfjs("tfjs_matmul.ts#webgpu", "webgpu"),
      jax("jax_matmul.ts", "webgpu"),
      tome("tome_matmul.ts#tome", "wasm"),
      tome("tome_matmul.ts#tome", "xnnpack"),
      tfjs("tfjs_matmul.ts#wasm", "wasm"),
      jax("jax_matmul.ts", "wasm"),
      torch("matmul"),
    ],
    tolerance: 1e-3,
    goals: [],
  };
}

function gptStep(tiny: boolean): Row {
  const task = tiny ? { ...SMALL, ...TINY } : SMALL;
  return {
    name: "gpt-step",
    title: "A training step of a small GPT on WebGPU",
    unit: "step",
    shape: gptShape(task),
    flops: stepFlops(task),
    warmUp: 6, // Tome records the second and third step
    units: 2,
    settings: { ...task },
    contenders: [
      tome("tome_gpt.ts#train", "webgpu"),
      tome("tome_gpt.ts#train", "webgpu", { record: false }),
      tfjs("tfjs_gpt.ts#webgpu", "webgpu"),
      jax("jax_gpt.ts", "webgpu"),
      jax("jax_gpt.ts", "wasm"),
    ],
    tolerance: 1e-3,
    goals: [
      { of: "Tome webgpu", against: "tfjs webgpu", measure: "scriptMillis", ratio: 50 },
      { of: "Tome webgpu", against: "tfjs webgpu", measure: "wallMillis", ratio: 3 },
      { of: "Tome webgpu", against: "jax-js webgpu", measure: "wallMillis", ratio: 2 },
      { of: "Tome webgpu", against: "tfjs webgpu", measure: "dispatches", ratio: 6 },
      { of: "Tome webgpu", against: "tfjs webgpu", measure: "peakBytes", ratio: 2 },
    ],
  };
}

function nanoGPT(tiny: boolean): Row {
  const task = tiny ? { ...NANO, ...TINY } : NANO;
  return {
    name: "nanogpt",
    title: "A training step of nanoGPT's CPU configuration",
    unit: "step",
    shape: gptShape(task),
    flops: stepFlops(task),
    warmUp: 4,
    units: 4,
    settings: { ...task },
    contenders: [
      tome("tome_gpt.ts#train", "wasm"),
      tome("tome_gpt.ts#train", "xnnpack"),
      tfjs("tfjs_gpt.ts#wasm", "wasm"),
      jax("jax_gpt.ts", "wasm"),
      torch("gpt"),
    ],
    tolerance: 1e-3,
    goals: [
      { of: "Tome wasm", against: "tfjs wasm", measure: "wallMillis", ratio: 4 },
      { of: "Tome wasm", against: "jax-js wasm", measure: "wallMillis", ratio: 3 },
      { of: "Tome wasm", against: "PyTorch", measure: "wallMillis", ratio: 1 / 1.5 },
      { of: "Tome wasm without BLAS", against: "tfjs wasm", measure: "wallMillis", ratio: 1.5 },
    ],
  };
}

function attention(tiny: boolean): Row {
  const task: AttentionTask = tiny
    ? { batch: 1, heads: 2, context: 16, width: 8 }
    : { batch: 1, heads: 1, context: 2048, width: 32 };
  const { batch, heads, context, width } = task;
  return {
    name: "attention",
    title: "Causal attention over a long context, forward and backward",
    unit: "pass",
    shape: `float32, batch ${batch}, heads ${heads}, width ${width}, context ${context}`,
    flops: 3 * 4 * batch * heads * context ** 2 * width,
    warmUp: 1,
    units: 1,
    settings: task,
    contenders: [
      tome("tome_attention.ts#tome", "webgpu"),
      tfjs("tfjs_attention.ts#webgpu", "webgpu"),
      jax("jax_attention.ts", "webgpu"),
      tome("tome_attention.ts#tome", "wasm"),
      tfjs("tfjs_attention.ts#wasm", "wasm"),
    ],
    tolerance: 1e-3,
    goals: [
      { of: "Tome webgpu", against: "tfjs webgpu", measure: "peakBytes", ratio: 3 },
      { of: "Tome wasm", against: "tfjs wasm", measure: "peakBytes", ratio: 3 },
    ],
  };
}

/** The same with weights of 8 and 4 bits, whose tokens differ as the weights do. */
function quantized(tiny: boolean): Row {
  const row = generation(tiny);
  const bits = (bits: 4 | 8, contender: ContenderSpec): ContenderSpec => ({
    ...contender,
    name: `${contender.name}, ${bits} bits`,
    settings: { ...contender.settings, bits },
  });
  const wasm = tome("tome_generation.ts#tome", "wasm");
  const onnx = { name: "transformers.js", entry: "transformers_generation.ts#cpu" };
  return {
    ...row,
    name: "quantized",
    title: "GPT-2 writes on the CPU with weights of 8 and 4 bits",
    shape: row.shape.replace("float32", "float32 and less"),
    contenders: [wasm, bits(8, wasm), bits(4, wasm), bits(8, onnx)],
    tolerance: Infinity,
    goals: [
      { of: "Tome wasm, 8 bits", against: "Tome wasm", measure: "wallMillis", ratio: 1.5 },
      {
        of: "Tome wasm, 8 bits",
        against: "transformers.js, 8 bits",
        measure: "wallMillis",
        ratio: 1,
      },
    ],
  };
}

function generation(tiny: boolean): Row {
  const sizes = tiny
    ? { layers: 1, heads: 2, width: 16, vocab: 50 }
    : { layers: 12, heads: 12, width: 768, vocab: 50257 };
  const prompt = Array.from({ length: 16 }, (_, i) => (7 * i + 3) % sizes.vocab);
  const { layers, width, vocab } = sizes;
  return {
    name: "generation",
    title: "GPT-2 of random weights writes on the CPU, batch 1, likeliest tokens",
    unit: "token",
    shape:
      `float32, ${layers} layers, width ${width}, vocabulary ${vocab}, ${prompt.length} tokens ` +
      `in, ${tiny ? 8 : 32} out`,
    flops: 2 * (12 * layers * width ** 2 + vocab * width),
    warmUp: 1,
    units: tiny ? 8 : 32,
    settings: { ...sizes, prompt },
    contenders: [
      tome("tome_generation.ts#tome", "wasm"),
      tome("tome_generation.ts#tome", "xnnpack"),
      { name: "transformers.js", entry: "transformers_generation.ts#cpu" },
      torch("generation"),
    ],
    tolerance: 0,
    goals: [
      { of: "Tome wasm", against: "transformers.js", measure: "wallMillis", ratio: 1 },
      { of: "Tome wasm", against: "PyTorch", measure: "wallMillis", ratio: 1 },
    ],
  };
}

function mnist(tiny: boolean): Row {
  const task: MnistTask = {
    examples: tiny ? 64 : 8192,
    batch: tiny ? 32 : 64,
    inputs: 784,
    hidden: 128,
    classes: 10,
    dropout: 0.2,
    lr: 1e-3,
  };
  const { examples, batch } = task;
  return {
    name: "mnist",
    title: "An epoch of a Keras network in the shape of MNIST on the CPU",
    unit: "epoch",
    shape: `float32, 784-128-10, dropout 0.2, ${examples} pictures, batch ${batch}`,
    flops: epochFlops(task),
    warmUp: 1,
    units: 1,
    settings: task,
    contenders: [
      tome("tome_mnist.ts#tome", "wasm"),
      tome("tome_mnist.ts#tome", "xnnpack"),
      tfjs("tfjs_mnist.ts#wasm", "wasm"),
      torch("mnist"),
    ],
    tolerance: 0.2, // each drops other numbers
    goals: [{ of: "Tome wasm", against: "tfjs wasm", measure: "wallMillis", ratio: 3 }],
  };
}

/** The sizes of a GPT, for people. */
export function gptShape({ layers, heads, width, context, batch, vocab }: GPTTask): string {
  return `float32, ${layers} layers, ${heads} heads, width ${width}, ${batch} × ${context} tokens, ` +
    `vocabulary ${vocab}`;
}
