import {
  CheckpointError,
  joinWeights,
  type JsonObject,
  loadFolder,
  loadWeights,
  recordsForFile,
  renameWeights,
  saveFolder,
  splitRecords,
  tensorsToRecords,
  type WeightsReader,
} from "../../checkpoint/mod.ts";
import { type Module, refuseAdapters } from "../../nn/mod.ts";
import { checkSameConfig, filled } from "../fill.ts";
import { labelsOf, type Loaded, type LoadOptions, type SaveOptions, taskOf } from "../loading.ts";
import { type BertConfig, type BertKind, completeConfig, isRoberta } from "./config.ts";
import {
  BertForMaskedLM,
  BertForPreTraining,
  BertForQuestionAnswering,
  BertForSequenceClassification,
  BertForTokenClassification,
} from "./heads.ts";
import { Bert } from "./model.ts";
import { BERT_KINDS, namesOf } from "./names.ts";

/** The model of the family for each task. */
export interface BertModels {
  /** A vector for each token, and one for the text. */
  "encoder": Bert;
  /** Which token stands at a place. */
  "masked-lm": BertForMaskedLM;
  /** That, and whether two texts follow each other. */
  "pretraining": BertForPreTraining;
  /** Classes of texts. */
  "sequence-classification": BertForSequenceClassification;
  /** Classes of tokens. */
  "token-classification": BertForTokenClassification;
  /** Answers in texts. */
  "question-answering": BertForQuestionAnswering;
}

/** What a model of the family is for. */
export type BertTask = keyof BertModels;

/** Any model of the family. */
export type AnyBert = BertModels[BertTask];

/** The class for each task, and what Hugging Face appends to the family's name. The last one that a model is of counts. */
const CLASSES: { [T in BertTask]: [make: new (config: BertConfig) => BertModels[T], end: string] } =
  {
    "encoder": [Bert, "Model"],
    "masked-lm": [BertForMaskedLM, "ForMaskedLM"],
    "pretraining": [BertForPreTraining, "ForPreTraining"],
    "sequence-classification": [BertForSequenceClassification, "ForSequenceClassification"],
    "token-classification": [BertForTokenClassification, "ForTokenClassification"],
    "question-answering": [BertForQuestionAnswering, "ForQuestionAnswering"],
  };

/** What the activations in `config.json` mean here. */
const ACTIVATIONS: Record<string, "none" | "tanh"> = {
  gelu: "none",
  gelu_new: "tanh",
  gelu_pytorch_tanh: "tanh",
};

/** Our fields, and what `config.json` calls them: in DistilBERT, and in the others. */
const FIELDS = [
  ["vocabSize", "vocab_size", "vocab_size"],
  ["contextLength", "max_position_embeddings", "max_position_embeddings"],
  ["numLayers", "n_layers", "num_hidden_layers"],
  ["numHeads", "n_heads", "num_attention_heads"],
  ["embedDim", "dim", "hidden_size"],
  ["hiddenDim", "hidden_dim", "intermediate_size"],
  ["dropout", "dropout", "hidden_dropout_prob"],
  ["attentionDropout", "attention_dropout", "attention_probs_dropout_prob"],
  ["headDropout", "seq_classif_dropout", "classifier_dropout"],
  ["padId", "pad_token_id", "pad_token_id"],
  ["numSegments", "", "type_vocab_size"],
  ["normEps", "", "layer_norm_eps"],
] as const;

const NEEDED: readonly string[] = [
  "vocabSize",
  "contextLength",
  "numLayers",
  "numHeads",
  "embedDim",
];

/**
 * The sizes that a `config.json` tells.
 *
 * @throws {CheckpointError} If it is that of another family, or of a variant that differs in more than sizes.
 */
export function bertConfig(json: JsonObject): BertConfig {
  const refuse = (must: string, current: unknown) => {
    throw new CheckpointError(
      `Cannot load a BERT as ${must}: current value is ${JSON.stringify(current) ?? "none"}`,
    );
  };
  const kind = json.model_type as BertKind;
  if (!BERT_KINDS.includes(kind)) {
    refuse(`model_type in config.json must be one of ${BERT_KINDS.join(", ")}`, kind);
  }
  const distil = kind === "distilbert";
  const numbers: Record<string, number> = {};
  for (const [ours, inDistil, inOthers] of FIELDS) {
    const key = distil ? inDistil : inOthers;
    const value = json[key];
    if (typeof value === "number") numbers[ours] = value;
    else if (NEEDED.includes(ours)) refuse(`${key} in config.json must be a number`, value);
  }
  const activation = String((distil ? json.activation : json.hidden_act) ?? "gelu");
  if (!Object.hasOwn(ACTIVATIONS, activation)) {
    refuse(`the activation must be one of ${Object.keys(ACTIVATIONS).join(", ")}`, activation);
  }
  const positions = json.position_embedding_type ?? "absolute";
  if (positions !== "absolute") refuse(`position_embedding_type must be "absolute"`, positions);
  if (json.is_decoder === true) refuse("is_decoder must be false", true);
  if (json.tie_word_embeddings === false) refuse("tie_word_embeddings must be true", false);
  const labels = labelsOf(json);
  const config = {
    kind,
    dropout: 0.1,
    ...numbers,
    gelu: ACTIVATIONS[activation]!,
    ...(labels ? { labels } : {}),
  } as unknown as BertConfig;
  if (isRoberta(kind)) config.contextLength -= completeConfig(config).padId + 1;
  return config;
}

/** What `config.json` holds for a model of these sizes. */
export function bertConfigJson(config: BertConfig, task: BertTask): JsonObject {
  const whole = completeConfig(config);
  const { kind, gelu, labels, padId } = whole;
  const distil = kind === "distilbert";
  const json: JsonObject = {
    model_type: kind,
    architectures: [namesOf(kind, false, false).architecture + CLASSES[task][1]],
    [distil ? "activation" : "hidden_act"]: gelu === "tanh" ? "gelu_new" : "gelu",
    tie_word_embeddings: true,
  };
  for (const [ours, inDistil, inOthers] of FIELDS) {
    const key = distil ? inDistil : inOthers;
    if (key) json[key] = whole[ours];
  }
  if (isRoberta(kind)) {
    json.max_position_embeddings = whole.contextLength + padId + 1;
    [json.bos_token_id, json.eos_token_id] = [0, 2];
  }
  if (task === "sequence-classification" || task === "token-classification") {
    json.id2label = Object.fromEntries(labels.map((label, i) => [String(i), label]));
    json.label2id = Object.fromEntries(labels.map((label, i) => [label, i]));
  }
  return json;
}

/** What a model of the family is for. */
function taskOfModel(model: AnyBert): BertTask {
  const tasks = Object.entries(CLASSES).filter(([, [made]]) => model instanceof made);
  return tasks.at(-1)![0] as BertTask;
}

/** The names that the first files on the hub have, which were converted from TensorFlow, as they are today. */
const modern = (name: string) =>
  name.replace(/LayerNorm\.gamma$/, "LayerNorm.weight").replace(
    /LayerNorm\.beta$/,
    "LayerNorm.bias",
  );

/**
 * Loads a BERT, DistilBERT or RoBERTa from a folder in the layout of Hugging Face.
 *
 * @param folder Where `config.json` and the weights are.
 * @param options What the model is for, and its classes.
 * @returns The model, as in use (`eval()`); its caller disposes it. `fresh` names the parameters that the folder lacks, such as
 *   those of a new head.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 * @throws {ShapeError} If the folder has a head for another number of classes.
 */
export async function loadBert<T extends BertTask = "encoder">(
  folder: string,
  options: LoadOptions<T> = {},
): Promise<Loaded<BertModels[T]>> {
  using source = await loadFolder(folder);
  const { labels, dropout } = options;
  const task = (options.task ?? taskOf(source.config) ?? "encoder") as T;
  if (!Object.hasOwn(CLASSES, task)) {
    throw new CheckpointError(
      `Cannot load a BERT for ${task} as its tasks are ${Object.keys(CLASSES).join(", ")}`,
    );
  }
  const config = bertConfig(source.config);
  if (labels) config.labels = [...labels];
  if (dropout !== undefined) {
    [config.dropout, config.attentionDropout, config.headDropout] = [dropout, dropout, dropout];
  }
  let fresh: string[] = [];
  const model = await filled(new CLASSES[task][0](config) as Module, async (model) => {
    fresh = await assignWeights(model as AnyBert, source.weights, task);
  });
  return Object.assign(model, { fresh }) as unknown as Loaded<BertModels[T]>;
}

/**
 * Puts the weights in a folder into a model of the same family, sizes and head.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or the model differs.
 */
export async function loadBertWeights(model: AnyBert, folder: string): Promise<void> {
  using source = await loadFolder(folder);
  const sizes = ({ labels: _, ...rest }: Required<BertConfig>) => rest; // how many labels there are shows in the shapes
  const theirs = sizes(completeConfig(bertConfig(source.config)));
  checkSameConfig(theirs, sizes(completeConfig(model.config)), folder);
  const fresh = await assignWeights(model, source.weights, taskOfModel(model));
  if (fresh.length > 0) {
    throw new CheckpointError(
      `Cannot load the weights of ${folder} as it must have all of the model's: it lacks ${
        fresh.join(", ")
      }`,
    );
  }
}

/** Loads what there is; gives the paths of what is missing of the head. */
async function assignWeights(
  model: AnyBert,
  weights: WeightsReader,
  task: BertTask,
): Promise<string[]> {
  const { kind } = completeConfig(model.config);
  const base = ![...weights.infos.keys()].some((name) =>
    name.startsWith(namesOf(kind, false, false).prefix)
  );
  const { rules, ignore, join } = namesOf(kind, base, task === "sequence-classification");
  const view = joinWeights(renameWeights(weights, modern), join);
  return await loadWeights((model as Module).namedParameters(), view, {
    names: rules,
    ignore,
    optional: ["pooler", "lm", "next", "classifier", "span"],
  });
}

/**
 * Saves a model of the family as a folder that Hugging Face's `from_pretrained` reads.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 * @throws {RangeError} If the model has adapters.
 */
export async function saveBert(
  model: AnyBert,
  folder: string,
  { tokenizerJson, dtype = "F32" }: SaveOptions = {},
): Promise<void> {
  refuseAdapters(model, "save a BERT");
  const task = taskOfModel(model);
  const { kind } = completeConfig(model.config);
  const names = namesOf(kind, task === "encoder", task === "sequence-classification");
  const records = await tensorsToRecords((model as Module).namedParameters(), { dtype });
  await saveFolder(folder, {
    config: bertConfigJson(model.config, task),
    weights: splitRecords(recordsForFile({ names: names.rules }, records), names.join),
    ...(tokenizerJson === undefined ? {} : { tokenizerJson }),
  });
}
