import {
  Dropout,
  LayerNorm,
  Linear,
  type MaskedLM,
  Module,
  parameter,
  type PretrainingLM,
  type QuestionAnswerer,
  type SequenceClassifier,
  type TokenClassifier,
  type TokenInputs,
} from "../../nn/mod.ts";
import { gelu } from "../../ops/mod.ts";
import type { Tensor, Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { type BertConfig, completeConfig, isRoberta } from "./config.ts";
import { BertEncoder, firstToken } from "./model.ts";

/** What turns tokens' vectors into logits of the vocabulary, whose matrix is that of the tokens' embeddings. */
export class MaskedHead extends Module {
  /** Before the norm. */
  readonly dense: Linear;
  /** Before the logits. */
  readonly norm: LayerNorm;
  /** Added to the logits, `[V]`. */
  readonly bias: Variable;
  readonly #approximate: "none" | "tanh";

  /**
   * Makes small random weights.
   *
   * @param config The sizes of the model.
   */
  constructor(config: BertConfig) {
    super();
    const { vocabSize, embedDim, normEps, gelu } = completeConfig(config);
    this.dense = new Linear(embedDim, embedDim);
    this.norm = new LayerNorm(embedDim, { eps: normEps });
    this.bias = parameter(() => tf.zeros([vocabSize]));
    this.#approximate = gelu;
  }

  /** What the logits are made of, of the same shape as `x`. */
  forward(x: Tensor): Tensor {
    return this.norm.forward(gelu(this.dense.forward(x), { approximate: this.#approximate }));
  }
}

/** BERT that says which token stands at each place, as it is pre-trained. */
export class BertForMaskedLM extends Module implements MaskedLM {
  /** The sizes of this model. */
  readonly config: Readonly<BertConfig>;
  /** Embeddings and blocks. */
  readonly encoder: BertEncoder;
  /** What turns vectors into logits. */
  readonly lm: MaskedHead;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes; {@link BERT_PRESETS} has the published ones.
   */
  constructor(config: BertConfig) {
    super();
    this.config = { ...config };
    this.encoder = new BertEncoder(config);
    this.lm = new MaskedHead(config);
  }

  /** The number of different tokens. */
  get vocabSize(): number {
    return this.config.vocabSize;
  }

  /** The matrix that gives the logits: the tokens' own vectors, `[V, C]`; none if they are quantized. */
  get outputWeight(): Variable | undefined {
    return this.encoder.tokens.weight;
  }

  /** What is added to the logits, `[V]`. */
  get outputBias(): Variable {
    return this.lm.bias;
  }

  /**
   * Predicts the token at each place.
   *
   * @param inputs Token ids, filled up at the ends of the rows.
   * @returns Logits, `[B, T, V]`.
   */
  forward(inputs: TokenInputs): Tensor {
    return this.encoder.tokens.logits(this.hiddenStates(inputs), this.outputBias);
  }

  /**
   * What the logits are made of.
   *
   * @param inputs Token ids, filled up at the ends of the rows.
   * @returns `[B, T, C]`
   */
  hiddenStates(inputs: TokenInputs): Tensor {
    return this.lm.forward(this.encoder.forward(inputs));
  }
}

/** BERT with both of the heads it is pre-trained with: masked tokens, and whether the second text follows the first. */
export class BertForPreTraining extends BertForMaskedLM implements PretrainingLM {
  /** From the first token's vector to the text's. */
  readonly pooler: Linear;
  /** Logits of the second text following the first (0), or being any other (1). */
  readonly next: Linear;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes; {@link BERT_PRESETS} has the published ones.
   * @throws {RangeError} If the family is not pre-trained so: RoBERTa and DistilBERT are not.
   */
  constructor(config: BertConfig) {
    if ((config.kind ?? "bert") !== "bert") {
      throw new RangeError(
        `Cannot make a BertForPreTraining as kind must be "bert": current value is "${config.kind}"; the others learn masked tokens only, as BertForMaskedLM`,
      );
    }
    super(config);
    this.pooler = new Linear(config.embedDim, config.embedDim);
    this.next = new Linear(config.embedDim, 2);
  }

  /** The matrix that gives the logits: the tokens' own vectors, `[V, C]`. */
  override get outputWeight(): Variable {
    return this.encoder.tokens.weight;
  }

  /**
   * What both heads have to say.
   *
   * @param inputs Ids of pairs of texts, with their segments.
   * @returns `hidden`, what the logits of the tokens are made of, `[B, T, C]`; `next`, logits `[B, 2]`.
   */
  pretrain(inputs: TokenInputs): { hidden: Tensor; next: Tensor } {
    const x = this.encoder.forward(inputs);
    const pooled = tf.tanh(this.pooler.forward(firstToken(x))); // [B, C]
    return { hidden: this.lm.forward(x), next: this.next.forward(pooled) };
  }
}

/** BERT that sorts texts, or pairs of texts, into classes; with one label it gives a number. */
export class BertForSequenceClassification extends Module implements SequenceClassifier {
  /** The sizes of this model, and its classes. */
  readonly config: Readonly<BertConfig>;
  /** Embeddings and blocks. */
  readonly encoder: BertEncoder;
  /** From the first token's vector to the text's. */
  readonly pooler: Linear;
  /** From there to the classes. */
  readonly classifier: Linear;
  /** Before the classifier; in RoBERTa before the pooler too. */
  readonly drop: Dropout;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes, and the classes' names.
   */
  constructor(config: BertConfig) {
    super();
    const { embedDim, headDropout, labels } = completeConfig(config);
    this.config = { ...config, labels };
    this.encoder = new BertEncoder(config);
    this.pooler = new Linear(embedDim, embedDim);
    this.classifier = new Linear(embedDim, labels.length);
    this.drop = new Dropout(headDropout);
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.labels!.length;
  }

  /**
   * Sorts texts.
   *
   * `logits = W₂ a(W₁ hidden_0 + b₁) + b₂`, where a is tanh, in DistilBERT ReLU.
   *
   * @param inputs Token ids, filled up at the ends of the rows.
   * @returns Logits of the classes, `[B, K]`.
   */
  forward(inputs: TokenInputs): Tensor {
    const { kind = "bert" } = this.config;
    let x = firstToken(this.encoder.forward(inputs)); // [B, C]
    if (isRoberta(kind)) x = this.drop.forward(x);
    x = this.pooler.forward(x);
    x = kind === "distilbert" ? tf.relu(x) : tf.tanh(x);
    return this.classifier.forward(this.drop.forward(x)); // [B, K]
  }
}

/** BERT that sorts each token into a class: names, parts of speech. */
export class BertForTokenClassification extends Module implements TokenClassifier {
  /** The sizes of this model, and its classes. */
  readonly config: Readonly<BertConfig>;
  /** Embeddings and blocks. */
  readonly encoder: BertEncoder;
  /** From each vector to the classes. */
  readonly classifier: Linear;
  /** Before it. */
  readonly drop: Dropout;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes, and the classes' names.
   */
  constructor(config: BertConfig) {
    super();
    const { kind, embedDim, dropout, headDropout, labels } = completeConfig(config);
    this.config = { ...config, labels };
    this.encoder = new BertEncoder(config);
    this.classifier = new Linear(embedDim, labels.length);
    this.drop = new Dropout(kind === "distilbert" ? dropout : headDropout);
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.labels!.length;
  }

  /**
   * Sorts tokens.
   *
   * @param inputs Token ids, filled up at the ends of the rows.
   * @returns Logits of each token's classes, `[B, T, K]`.
   */
  forward(inputs: TokenInputs): Tensor {
    return this.classifier.forward(this.drop.forward(this.encoder.forward(inputs)));
  }
}

/** BERT that finds the answer to a question as a stretch of a text, which follows the question in the input. */
export class BertForQuestionAnswering extends Module implements QuestionAnswerer {
  /** The sizes of this model. */
  readonly config: Readonly<BertConfig>;
  /** Embeddings and blocks. */
  readonly encoder: BertEncoder;
  /** From each vector to the logits of being the answer's first and last token. */
  readonly span: Linear;
  /** Before it, in DistilBERT. */
  readonly drop: Dropout;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   */
  constructor(config: BertConfig) {
    super();
    this.config = { ...config };
    this.encoder = new BertEncoder(config);
    this.span = new Linear(config.embedDim, 2);
    this.drop = new Dropout(config.kind === "distilbert" ? config.dropout : 0);
  }

  /**
   * Finds answers.
   *
   * @param inputs Ids of questions and texts, filled up at the ends of the rows.
   * @returns Logits of each token being the answer's first and last, `[B, T]` each.
   */
  forward(inputs: TokenInputs): { start: Tensor; end: Tensor } {
    const both = this.span.forward(this.drop.forward(this.encoder.forward(inputs))); // [B, T, 2]
    const [start, end] = tf.unstack(both, 2) as [Tensor, Tensor];
    return { start, end };
  }
}
