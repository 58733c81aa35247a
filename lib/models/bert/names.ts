import type { JoinRule, NameRule } from "../../checkpoint/mod.ts";
import type { BertKind } from "./config.ts";

/** What the tensors of a family are called in files. */
export interface BertNames {
  /** What stands before the names of embeddings and blocks where there is a head. */
  prefix: string;
  /** The beginning of the names of architectures. */
  architecture: string;
  /** Our modules and theirs; `~` stands for the prefix. */
  rules: readonly NameRule[];
  /** What a block calls queries, keys and values. */
  qkv: readonly string[];
  /** What else files hold that no model of ours has. */
  ignore: readonly string[];
}

const ENCODER: readonly NameRule[] = [
  ["encoder.tokens", "~embeddings.word_embeddings"],
  ["encoder.positions", "~embeddings.position_embeddings"],
  ["encoder.segments", "~embeddings.token_type_embeddings"],
  ["encoder.norm", "~embeddings.LayerNorm"],
];

const BLOCKS: readonly NameRule[] = [
  ["encoder.blocks.*.attn.qkv", "~encoder.layer.*.attention.self.qkv"],
  ["encoder.blocks.*.attn.proj", "~encoder.layer.*.attention.output.dense"],
  ["encoder.blocks.*.norm1", "~encoder.layer.*.attention.output.LayerNorm"],
  ["encoder.blocks.*.mlp.fc", "~encoder.layer.*.intermediate.dense"],
  ["encoder.blocks.*.mlp.proj", "~encoder.layer.*.output.dense"],
  ["encoder.blocks.*.norm2", "~encoder.layer.*.output.LayerNorm"],
];

const QKV = ["query", "key", "value"].map((name) => `~encoder.layer.*.attention.self.${name}`);

const bert: BertNames = {
  prefix: "bert.",
  architecture: "Bert",
  rules: [
    ...ENCODER,
    ...BLOCKS,
    ["pooler", "~pooler.dense"],
    ["lm.dense", "cls.predictions.transform.dense"],
    ["lm.norm", "cls.predictions.transform.LayerNorm"],
    ["lm.bias", "cls.predictions.bias"],
    ["next", "cls.seq_relationship"],
    ["classifier", "classifier"],
    ["span", "qa_outputs"],
  ],
  qkv: QKV,
  ignore: ["~embeddings.position_ids", "~pooler", "cls", "classifier", "qa_outputs"],
};

const roberta: BertNames = {
  prefix: "roberta.",
  architecture: "Roberta",
  rules: [
    ...ENCODER,
    ...BLOCKS,
    ["lm.dense", "lm_head.dense"],
    ["lm.norm", "lm_head.layer_norm"],
    ["lm.bias", "lm_head.bias"],
    ["span", "qa_outputs"],
  ],
  qkv: QKV,
  ignore: ["~embeddings.position_ids", "~pooler", "lm_head", "classifier", "qa_outputs"],
};

const distilbert: BertNames = {
  prefix: "distilbert.",
  architecture: "DistilBert",
  rules: [
    ...ENCODER,
    ["encoder.blocks.*.attn.qkv", "~transformer.layer.*.attention.qkv"],
    ["encoder.blocks.*.attn.proj", "~transformer.layer.*.attention.out_lin"],
    ["encoder.blocks.*.norm1", "~transformer.layer.*.sa_layer_norm"],
    ["encoder.blocks.*.mlp.fc", "~transformer.layer.*.ffn.lin1"],
    ["encoder.blocks.*.mlp.proj", "~transformer.layer.*.ffn.lin2"],
    ["encoder.blocks.*.norm2", "~transformer.layer.*.output_layer_norm"],
    ["pooler", "pre_classifier"],
    ["lm.dense", "vocab_transform"],
    ["lm.norm", "vocab_layer_norm"],
    ["lm.bias", "vocab_projector.bias"],
    ["classifier", "classifier"],
    ["span", "qa_outputs"],
  ],
  qkv: ["q_lin", "k_lin", "v_lin"].map((name) => `~transformer.layer.*.attention.${name}`),
  ignore: [
    "~embeddings.position_ids",
    "vocab_transform",
    "vocab_layer_norm",
    "vocab_projector",
    "pre_classifier",
    "classifier",
    "qa_outputs",
  ],
};

/** What each family calls its tensors. */
const NAMES: Readonly<Record<BertKind, BertNames>> = {
  bert,
  distilbert,
  roberta,
  "xlm-roberta": { ...roberta, architecture: "XLMRoberta" },
};

/** The families, by their `model_type`. */
export const BERT_KINDS: readonly BertKind[] = Object.keys(NAMES) as BertKind[];

/**
 * What a family calls its tensors in a file of one kind.
 *
 * @param kind The family.
 * @param base Whether the file is that of a model without a head, whose names have no prefix.
 * @param sequences Whether the model sorts texts: in RoBERTa that head has a layer where others have the pooler.
 */
export function namesOf(
  kind: BertKind,
  base: boolean,
  sequences: boolean,
): BertNames & { join: readonly JoinRule[] } {
  const names = NAMES[kind];
  const full = (name: string) => name.replace("~", base ? "" : names.prefix);
  const heads: NameRule[] = names.rules.some(([ours]) => ours === "classifier")
    ? []
    : sequences
    ? [["pooler", "classifier.dense"], ["classifier", "classifier.out_proj"]]
    : [["pooler", "~pooler.dense"], ["classifier", "classifier"]];
  const rules = [...names.rules, ...heads];
  const whole = rules.find(([ours]) => ours.endsWith("qkv"))![1];
  return {
    ...names,
    rules: rules.map(([ours, theirs]) => [ours, full(theirs)] as const),
    ignore: names.ignore.map(full),
    join: [{ whole: full(whole), parts: names.qkv.map(full) }],
  };
}
