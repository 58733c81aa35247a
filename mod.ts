/**
 * Tome: deep-learning models and trainers for Deno, on WebGPU and on the CPU.
 *
 * The nouns are here; each room also has an entry of its own, such as `@tome/tome/nn`, and so has each model, such as
 * `@tome/tome/models/gpt`.
 *
 * @example Train a small GPT, and let it write
 * ```ts
 * import { data, generateText, nextToken, optim, seed, text, Trainer, useDevice } from "@tome/tome";
 * import { GPT, GPT_PRESETS } from "@tome/tome/models/gpt";
 *
 * await useDevice("cpu");
 * seed(1);
 * const book = "the whale and the sea and the ship ".repeat(20);
 * const tokenizer = text.CharacterTokenizer.fromText(book);
 * const { vocabSize } = tokenizer;
 * using model = new GPT({ ...GPT_PRESETS["nanogpt-cpu"], vocabSize, numLayers: 1, embedDim: 16, contextLength: 8 });
 * using optimizer = new optim.AdamW(model.namedParameters(), { lr: 1e-2 });
 * const batches = new data.TextWindows(tokenizer.encode(book), { contextLength: 8, batchSize: 4, seed: 1 });
 * const history = await new Trainer(model, { optimizer, loss: nextToken }).fit(batches, { steps: 20 });
 * console.assert(history.at(-1)!.loss < history[0]!.loss);
 *
 * const { text: written } = await generateText(model, tokenizer, "the ", { maxNewTokens: 8 });
 * console.assert(written.length === 8);
 * ```
 *
 * @module
 */
export {
  currentDevice,
  Device,
  DeviceError,
  type DeviceName,
  type DeviceOptions,
  dispose,
  memory,
  OutOfMemoryError,
  resetPeak,
  Rng,
  type Scalar,
  seed,
  type Shape,
  ShapeError,
  type Tensor,
  tidy,
  useDevice,
  type Variable,
} from "./lib/tensor/mod.ts";
export { Module, summary } from "./lib/nn/mod.ts";
export { type Loaded, loadModel, type LoadOptions } from "./lib/models/mod.ts";
export { nextToken, type StepRecord, Trainer, type TrainerOptions } from "./lib/train/mod.ts";
export {
  generate,
  generateSeq2Seq,
  generateSeq2SeqText,
  generateText,
  streamText,
} from "./lib/generate/mod.ts";
export * as audio from "./lib/audio/mod.ts";
export * as nn from "./lib/nn/mod.ts";
export * as ops from "./lib/ops/mod.ts";
export * as optim from "./lib/optim/mod.ts";
export * as data from "./lib/data/mod.ts";
export * as text from "./lib/text/mod.ts";
export * as evaluate from "./lib/evaluate/mod.ts";
export * as search from "./lib/search/mod.ts";
export * as metrics from "./lib/metrics/mod.ts";
export * as train from "./lib/train/mod.ts";
