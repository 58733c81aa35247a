import { CheckpointError, type JsonObject } from "../checkpoint/mod.ts";
import type { Task } from "../nn/mod.ts";

/** How a model is loaded from a folder. */
export interface LoadOptions<T extends Task = Task> {
  /** What the model is for; a head that the folder lacks starts with random weights. @default {what `architectures` in `config.json` says} */
  task?: T;
  /** The names of the classes, for a new head that sorts into them. @default {those of `config.json`} */
  labels?: readonly string[];
  /** The share of activations dropped in further training. @default {that of `config.json`} */
  dropout?: number;
}

/** A model that was loaded, and what the folder had no weights for. */
export type Loaded<M> = M & {
  /** The paths of the parameters that the folder lacks, such as those of a new head: they are random, as at the start of training. */
  readonly fresh: readonly string[];
};

/** What else is written when a model is saved. */
export interface SaveOptions {
  /** What `tokenizer.json` will hold. */
  tokenizerJson?: JsonObject | string;
  /** What the weights are stored as. @default {"F32"} */
  dtype?: "F32" | "F16" | "BF16";
}

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
  ["MTModel", "seq2seq-lm"],
  ["ForImageClassification", "image-classification"],
  ["ForImageSegmentation", "image-segmentation"],
  ["ForObjectDetection", "object-detection"],
  ["ForAudioClassification", "sound-classification"],
  ["ForCTC", "speech-recognition"],
  ["CLIPModel", "zero-shot-image-classification"],
  ["Model", "encoder"],
];

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

/** The classes' names in `config.json`, or nothing where it has none. */
export function labelsOf({ id2label, num_labels: count }: JsonObject): string[] | undefined {
  if (typeof id2label === "object" && id2label !== null) {
    const entries = Object.entries(id2label).map(([id, label]) => [Number(id), label] as const);
    return entries.toSorted(([a], [b]) => a - b).map(([, label]) => String(label));
  }
  if (typeof count !== "number") return undefined;
  return Array.from({ length: count }, (_, i) => `LABEL_${i}`);
}

/**
 * A field of `config.json` that must be a number.
 *
 * @param json What `config.json` holds.
 * @param key The field's name.
 * @param model What is read, for the message: "a GPT-2".
 * @param fallback What a missing field means; without it the field must be there.
 * @throws {CheckpointError} If it is no number.
 */
export function numberIn(
  json: JsonObject,
  key: string,
  model: string,
  fallback?: number,
): number {
  const value = json[key] ?? fallback;
  if (typeof value === "number") return value;
  throw new CheckpointError(
    `Cannot read config.json of ${model} as ${key} must be a number: current value is ${value}`,
  );
}

/**
 * A field of `config.json` that must be a whole number.
 *
 * @param json What `config.json` holds.
 * @param key The field's name.
 * @param model What is read, for the message: "an RNNLM".
 * @throws {CheckpointError} If it is none.
 */
export function wholeIn(json: JsonObject, key: string, model: string): number {
  const value = json[key];
  if (Number.isSafeInteger(value)) return value as number;
  throw new CheckpointError(
    `Cannot read config.json of ${model} as ${key} must be a whole number: current value is ${value}`,
  );
}
