/**
 * Models by what their folders say they are.
 *
 * @module
 */
import { join } from "node:path";
import { CheckpointError, readJson, settledFolder } from "../checkpoint/mod.ts";
import type { Module, Task, TaskModels } from "../nn/mod.ts";

/** How {@link loadModel} loads. */
export interface LoadOptions<T extends Task = Task> {
  /** What the model is for; a head that the folder lacks starts with random weights. @default {what `architectures` in `config.json` says} */
  task?: T;
  /** The names of the classes, for a new head that sorts into them. @default {those of `config.json`} */
  labels?: readonly string[];
  /** The share of activations dropped in further training. @default {that of `config.json`} */
  dropout?: number;
}

/** What a family has; its code is read only when a model of it is loaded. */
interface Family {
  /** What its models are for. */
  readonly tasks: readonly Task[];
  /** Loads one of them. */
  load(folder: string, options: LoadOptions & { task: Task }): Promise<Module>;
}

/** The families, by the `model_type` of `config.json`. */
const FAMILIES: Readonly<Record<string, Family>> = {
  gpt2: {
    tasks: ["causal-lm"],
    load: async (folder) => (await import("./gpt/mod.ts")).loadGPT(folder),
  },
};

/** What the ends of the names in `architectures` say that a model is for; the first that fits counts. */
const TASKS: readonly (readonly [end: string, task: Task])[] = [
  ["ForCausalLM", "causal-lm"],
  ["LMHeadModel", "causal-lm"],
  ["ForMaskedLM", "masked-lm"],
  ["ForPreTraining", "pretraining"],
  ["ForSequenceClassification", "sequence-classification"],
  ["ForTokenClassification", "token-classification"],
  ["ForQuestionAnswering", "question-answering"],
  ["ForConditionalGeneration", "seq2seq-lm"],
  ["Model", "encoder"],
];

/** The values of `model_type` in `config.json` that {@link loadModel} knows. */
export const MODEL_TYPES: readonly string[] = Object.keys(FAMILIES);

/**
 * What the model of a folder is for.
 *
 * @param config What its `config.json` holds.
 * @returns The task, or nothing where `architectures` does not say.
 */
export function taskOf(config: Readonly<Record<string, unknown>>): Task | undefined {
  const names = Array.isArray(config.architectures) ? config.architectures : [];
  const name = String(names[0] ?? "");
  return TASKS.find(([end]) => name.endsWith(end))?.[1];
}

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
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If the family is not known or has no model for the task, or a part is missing or damaged.
 */
export async function loadModel<T extends Task>(
  folder: string,
  options: LoadOptions<T> = {},
): Promise<TaskModels[T]> {
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
  return await family.load(folder, { ...options, task }) as TaskModels[T];
}
