import { join } from "node:path";
import { CheckpointError, readJson, settledFolder } from "../checkpoint/mod.ts";
import type { Module, Task, TaskModels } from "../nn/mod.ts";
import type { BertTask } from "./bert/mod.ts";
import { type Loaded, type LoadOptions, taskOf } from "./loading.ts";

/** What a family has; its code is read only when a model of it is loaded. */
interface Family {
  /** What its models are for. */
  readonly tasks: readonly Task[];
  /** Loads one of them. */
  load(folder: string, options: LoadOptions & { task: Task }): Promise<Module>;
}

const BERT: Family = {
  tasks: [
    "encoder",
    "masked-lm",
    "pretraining",
    "sequence-classification",
    "token-classification",
    "question-answering",
  ],
  load: async (folder, options) =>
    (await import("./bert/mod.ts")).loadBert(folder, options as LoadOptions<BertTask>),
};

const LLAMA: Family = {
  tasks: ["causal-lm"],
  load: async (folder) => (await import("./llama/mod.ts")).loadLlama(folder),
};

/** A family whose only models read one sequence and write another. */
const seq2seq = (load: (folder: string) => Promise<Module>): Family => ({
  tasks: ["seq2seq-lm"],
  load,
});

/** A family whose only models sort images, or their pixels. */
const images = (
  task: Task,
  load: (folder: string, options: LoadOptions) => Promise<Module>,
): Family => ({ tasks: [task], load });

/** The families, by the `model_type` of `config.json`. */
const FAMILIES: Readonly<Record<string, Family>> = {
  bert: BERT,
  distilbert: BERT,
  roberta: BERT,
  "xlm-roberta": BERT,
  gpt2: {
    tasks: ["causal-lm"],
    load: async (folder) => (await import("./gpt/mod.ts")).loadGPT(folder),
  },
  rnn_lm: {
    tasks: ["causal-lm"],
    load: async (folder) => (await import("./rnn_lm/mod.ts")).loadRNNLM(folder),
  },
  rnn_tagger: {
    tasks: ["token-classification"],
    load: async (folder) => (await import("./rnn_tagger/mod.ts")).loadRNNTagger(folder),
  },
  rnn_seq2seq: {
    tasks: ["seq2seq-lm"],
    load: async (folder) => (await import("./rnn_seq2seq/mod.ts")).loadRNNSeq2Seq(folder),
  },
  llama: LLAMA,
  mistral: LLAMA,
  qwen2: LLAMA,
  qwen3: LLAMA,
  smollm3: LLAMA,
  marian: seq2seq(async (folder) => (await import("./transformer/mod.ts")).loadMarian(folder)),
  t5: seq2seq(async (folder) => (await import("./t5/mod.ts")).loadT5(folder)),
  transformer: seq2seq(async (folder) =>
    (await import("./transformer/mod.ts")).loadTransformer(folder)
  ),
  center_detector: images(
    "object-detection",
    async (folder, options) =>
      (await import("./detector/mod.ts")).loadCenterDetector(folder, options),
  ),
  clip: {
    tasks: ["zero-shot-image-classification"],
    load: async (folder) => (await import("./clip/mod.ts")).loadCLIP(folder),
  },
  inception_net: images(
    "image-classification",
    async (folder, options) =>
      (await import("./inception/mod.ts")).loadInceptionNet(folder, options),
  ),
  keras_cnn: images(
    "image-classification",
    async (folder, options) => (await import("./keras_cnn/mod.ts")).loadKerasCNN(folder, options),
  ),
  keyword_cnn: {
    tasks: ["sound-classification"],
    load: async (folder) => (await import("./keyword_cnn/mod.ts")).loadKeywordCNN(folder),
  },
  rnn_ctc: {
    tasks: ["speech-recognition"],
    load: async (folder) => (await import("./rnn_ctc/mod.ts")).loadRNNCTC(folder),
  },
  conformer: {
    tasks: ["speech-recognition"],
    load: async (folder) => (await import("./conformer/mod.ts")).loadConformer(folder),
  },
  lenet: images(
    "image-classification",
    async (folder, options) => (await import("./lenet/mod.ts")).loadLeNet(folder, options),
  ),
  mlp: images(
    "image-classification",
    async (folder, options) => (await import("./mlp/mod.ts")).loadMLPClassifier(folder, options),
  ),
  resnet: images(
    "image-classification",
    async (folder, options) => (await import("./resnet/mod.ts")).loadResNet(folder, options),
  ),
  unet: images(
    "image-segmentation",
    async (folder, options) => (await import("./unet/mod.ts")).loadUNet(folder, options),
  ),
  vit: images(
    "image-classification",
    async (folder, options) => (await import("./vit/mod.ts")).loadViT(folder, options),
  ),
};

/** The values of `model_type` in `config.json` that {@link loadModel} knows. */
export const MODEL_TYPES: readonly string[] = Object.keys(FAMILIES);

/**
 * Loads a model from a folder in the layout of Hugging Face; its `config.json` says of which family it is.
 *
 * @example
 * ```ts
 * import { loadModel } from "@tome/tome";
 * import { GPT, GPT_PRESETS, saveGPT } from "@tome/tome/models/gpt";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * const folder = await Deno.makeTempDir();
 * using model = new GPT({ ...GPT_PRESETS["nanogpt-cpu"], numLayers: 1, embedDim: 16 });
 * await saveGPT(model, folder);
 * using same = await loadModel(folder, { task: "causal-lm" });
 * console.assert(same.vocabSize === 65);
 * ```
 * @param folder Where `config.json` and the weights are.
 * @param options What the model is for, and its classes.
 * @returns The model, as in use (`eval()`); its caller disposes it. `fresh` names the parameters that the folder lacks.
 * @throws {CheckpointError} If the family is not known or has no model for the task, or a part is missing or damaged.
 */
export async function loadModel<T extends Task>(
  folder: string,
  options: LoadOptions<T> = {},
): Promise<Loaded<TaskModels[T]>> {
  const config = await readJson(join(await settledFolder(folder), "config.json"));
  const family = Object.hasOwn(FAMILIES, String(config.model_type))
    ? FAMILIES[String(config.model_type)]
    : undefined;
  if (!family) {
    throw new CheckpointError(
      `Cannot load the model ${folder} as model_type in its config.json must be one of ${
        MODEL_TYPES.join(", ")
      }: current value is ${config.model_type}`,
    );
  }
  const task = options.task ?? taskOf(config);
  if (!task || !family.tasks.includes(task)) {
    throw new CheckpointError(
      `Cannot load the model ${folder} as a ${config.model_type} has models for ${
        family.tasks.join(", ")
      }: current task is ${task ?? "not said"}; pass { task }`,
    );
  }
  const model: Module & { fresh?: readonly string[] } = await family.load(folder, {
    ...options,
    task,
  });
  return Object.assign(model, { fresh: model.fresh ?? [] }) as unknown as Loaded<TaskModels[T]>;
}
