/** The families that differ from BERT in little more than names; the values of `model_type` in `config.json`. */
export type BertKind = "bert" | "distilbert" | "roberta" | "xlm-roberta";

/** The sizes of a BERT, a DistilBERT or a RoBERTa. */
export interface BertConfig {
  /** The family, which decides the heads and the names in files. @default {"bert"} */
  kind?: BertKind;
  /** The number of different tokens. */
  vocabSize: number;
  /** The most tokens that the model can see at once. */
  contextLength: number;
  /** The number of blocks. */
  numLayers: number;
  /** Heads of attention in each block; they divide `embedDim`. */
  numHeads: number;
  /** Width of a token's vector. */
  embedDim: number;
  /** Width between the two layers of a block's network. @default {4 embedDim} */
  hiddenDim?: number;
  /** The share of activations dropped in training: after the embeddings and after each part of a block. */
  dropout: number;
  /** The share of attention weights dropped in training. @default {dropout} */
  attentionDropout?: number;
  /** The share dropped before a classifier. @default {dropout; for sequences in DistilBERT 0.2} */
  headDropout?: number;
  /** The number of texts that an input can consist of, each with a vector of its own; 0: no such vectors. @default {2; RoBERTa 1, DistilBERT 0} */
  numSegments?: number;
  /** The token that rows are filled up with. @default {0; RoBERTa 1} */
  padId?: number;
  /** How GELU is computed: by its definition, or approximately. @default {"none"} */
  gelu?: "none" | "tanh";
  /** Added to the variance in norms. @default {1e-12; RoBERTa 1e-5} */
  normEps?: number;
  /** The names of the classes, in the heads that sort; one label is a number to be predicted. @default {two} */
  labels?: readonly string[];
}

/** Whether positions are numbered after RoBERTa: the first is the one behind the padding token's id. */
export function isRoberta(kind: BertKind): boolean {
  return kind === "roberta" || kind === "xlm-roberta";
}

/** A configuration with nothing left to choose. */
export function completeConfig(config: BertConfig): Required<BertConfig> {
  const { kind = "bert", embedDim, dropout } = config;
  const roberta = isRoberta(kind);
  return {
    kind,
    hiddenDim: 4 * embedDim,
    attentionDropout: dropout,
    headDropout: kind === "distilbert" ? 0.2 : dropout,
    numSegments: kind === "distilbert" ? 0 : roberta ? 1 : 2,
    padId: roberta ? 1 : 0,
    gelu: "none",
    normEps: roberta ? 1e-5 : 1e-12,
    labels: ["LABEL_0", "LABEL_1"],
    ...(Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined)) as
      & BertConfig
      & { [K in keyof BertConfig]?: NonNullable<BertConfig[K]> }),
  };
}

const UNCASED = { vocabSize: 30522, contextLength: 512, dropout: 0.1 };
const ROBERTA = { kind: "roberta", vocabSize: 50265, contextLength: 512, dropout: 0.1 } as const;

/**
 * Published sizes, by their published names.
 *
 * Parameters of the encoder, with its pooler where there is one: bert-tiny 4,385,920, bert-mini 11,170,560, bert-small
 * 28,763,648, bert-medium 41,373,184, bert-base-uncased 109,482,240, bert-base-cased 108,310,272, bert-large-uncased
 * 335,141,888, all-MiniLM-L6-v2 22,713,216, distilbert-base-uncased 66,362,880, roberta-base 124,645,632, roberta-large
 * 355,359,744.
 *
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805
 * @see Turc et al., 2019, "Well-Read Students Learn Better", https://arxiv.org/abs/1908.08962, for the small ones
 */
export const BERT_PRESETS: Readonly<
  Record<
    | "bert-tiny"
    | "bert-mini"
    | "bert-small"
    | "bert-medium"
    | "bert-base-uncased"
    | "bert-base-cased"
    | "bert-large-uncased"
    | "all-MiniLM-L6-v2"
    | "distilbert-base-uncased"
    | "roberta-base"
    | "roberta-large",
    Readonly<BertConfig>
  >
> = {
  "bert-tiny": { ...UNCASED, numLayers: 2, numHeads: 2, embedDim: 128 },
  "bert-mini": { ...UNCASED, numLayers: 4, numHeads: 4, embedDim: 256 },
  "bert-small": { ...UNCASED, numLayers: 4, numHeads: 8, embedDim: 512 },
  "bert-medium": { ...UNCASED, numLayers: 8, numHeads: 8, embedDim: 512 },
  "bert-base-uncased": { ...UNCASED, numLayers: 12, numHeads: 12, embedDim: 768 },
  "bert-base-cased": {
    ...UNCASED,
    vocabSize: 28996,
    numLayers: 12,
    numHeads: 12,
    embedDim: 768,
  },
  "bert-large-uncased": { ...UNCASED, numLayers: 24, numHeads: 16, embedDim: 1024 },
  "all-MiniLM-L6-v2": { ...UNCASED, numLayers: 6, numHeads: 12, embedDim: 384 },
  "distilbert-base-uncased": {
    ...UNCASED,
    kind: "distilbert",
    numLayers: 6,
    numHeads: 12,
    embedDim: 768,
  },
  "roberta-base": { ...ROBERTA, numLayers: 12, numHeads: 12, embedDim: 768 },
  "roberta-large": { ...ROBERTA, numLayers: 24, numHeads: 16, embedDim: 1024 },
};
