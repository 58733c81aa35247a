import {
  Dropout,
  Embedding,
  LayerNorm,
  LearnedPositions,
  Linear,
  MLP,
  Module,
  paddingMask,
  SelfAttention,
  type TextEncoder,
  type TokenInputs,
} from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { type BertConfig, completeConfig, isRoberta } from "./config.ts";

/** One post-norm Transformer block: attention over all tokens, then a two-layer network; each sum is normalised. */
export class BertBlock extends Module {
  /** Each token gathers from all. */
  readonly attn: SelfAttention;
  /** After attention. */
  readonly norm1: LayerNorm;
  /** Each token on its own. */
  readonly mlp: MLP;
  /** After the network. */
  readonly norm2: LayerNorm;
  /** After each part, before the sum. */
  readonly drop: Dropout;

  /**
   * Makes a block with small random weights.
   *
   * @param config The sizes of the model.
   */
  constructor(config: BertConfig) {
    super();
    const { embedDim, numHeads, hiddenDim, dropout, attentionDropout, gelu, normEps: eps } =
      completeConfig(config);
    this.attn = new SelfAttention({
      embedDim,
      numHeads,
      dropout: attentionDropout,
      causal: false,
    });
    this.norm1 = new LayerNorm(embedDim, { eps });
    this.mlp = new MLP(embedDim, { hiddenDim, approximate: gelu });
    this.norm2 = new LayerNorm(embedDim, { eps });
    this.drop = new Dropout(dropout);
  }

  /**
   * Applies both parts.
   *
   * @param x `[B, T, C]`
   * @param mask Added to the scores of attention, `[B, 1, 1, T]`.
   * @returns `[B, T, C]`
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const options = mask ? { mask } : {};
    x = this.norm1.add(x, this.drop.forward(this.attn.forward(x, options)))[1];
    return this.norm2.add(x, this.drop.forward(this.mlp.forward(x)))[1];
  }
}

/** Embeddings and blocks: what every model of the family begins with. */
export class BertEncoder extends Module {
  /** A vector for each token. */
  readonly tokens: Embedding;
  /** A vector for each position; RoBERTa's first ones, as many as the padding token's id and one, belong to no token. */
  readonly positions: LearnedPositions;
  /** A vector for each text of a pair, if there are any. */
  readonly segments?: Embedding;
  /** Of the sum of the embeddings. */
  readonly norm: LayerNorm;
  /** After it. */
  readonly drop: Dropout;
  /** The blocks, in order. */
  readonly blocks: BertBlock[];
  readonly #first: number;
  readonly #segments: number;

  /**
   * Makes random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is not a positive integer, or the sizes do not fit together.
   */
  constructor(config: BertConfig) {
    super();
    for (
      const name of ["vocabSize", "contextLength", "numLayers", "numHeads", "embedDim"] as const
    ) {
      if (!(Number.isSafeInteger(config[name]) && config[name] > 0)) {
        throw new RangeError(
          `Cannot make a BERT as ${name} must be a positive integer: current value is ${
            config[name]
          }`,
        );
      }
    }
    const { kind, vocabSize, contextLength, embedDim, numLayers, numSegments, padId, ...rest } =
      completeConfig(config);
    this.#first = isRoberta(kind) ? padId + 1 : 0;
    this.tokens = new Embedding(vocabSize, embedDim);
    this.positions = new LearnedPositions(this.#first + contextLength, embedDim);
    this.#segments = numSegments;
    if (numSegments > 0) this.segments = new Embedding(numSegments, embedDim);
    this.norm = new LayerNorm(embedDim, { eps: rest.normEps });
    this.drop = new Dropout(rest.dropout);
    this.blocks = Array.from({ length: numLayers }, () => new BertBlock(config));
  }

  /** Two operations a weight of the blocks, and attention over a full context. */
  override get flopsPerToken(): number {
    const [places, width] = this.positions.weight.shape as [number, number];
    return super.flopsPerToken + this.blocks.length * 4 * (places - this.#first) * width;
  }

  /**
   * Gives each token a vector that depends on all tokens of its row.
   *
   * @param inputs Token ids, filled up at the ends of the rows.
   * @returns `[B, T, C]`; the vectors of filled places mean nothing.
   * @throws {RangeError} If there are more tokens than positions.
   * @throws {ShapeError} If the shapes do not fit together.
   */
  forward({ ids, mask, segments }: TokenInputs): Tensor {
    checkShape("apply BERT", "ids", ids, [-1, -1]);
    for (const [name, tensor] of Object.entries({ mask, segments })) {
      if (tensor) checkShape("apply BERT", name, tensor, ids.shape);
    }
    let x = this.drop.forward(this.#embed(ids, segments)); // [B, T, C]
    const scores = mask && paddingMask(mask); // [B, 1, 1, T]
    for (const block of this.blocks) x = block.forward(x, scores);
    return x;
  }

  #embed(ids: Tensor, segments?: Tensor): Tensor {
    const x = this.positions.embed(this.tokens, ids, this.#first); // [B, T, C]
    if (!this.segments) return this.norm.forward(x);
    if (segments && this.#segments > 1) {
      return this.norm.add(x, this.segments.forward(segments))[1];
    }
    const first = this.segments.forward(tf.zeros([1, 1], "int32")); // all of the first text
    return this.norm.forward(tf.add(x, first));
  }
}

/** The vector of each row's first token, which stands for the whole text: `[B, T, C]` to `[B, C]`. */
export function firstToken(x: Tensor): Tensor {
  const [B, , C] = x.shape as [number, number, number];
  return tf.reshape(tf.slice(x, [0, 0, 0], [B, 1, C]), [B, C]);
}

/**
 * BERT without a head: a vector for each token, and one for the text.
 *
 * @example
 * ```ts
 * import { useDevice } from "@tome/tome";
 * import { Bert, BERT_PRESETS } from "@tome/tome/models/bert";
 *
 * await useDevice("wasm");
 * using model = new Bert(BERT_PRESETS["bert-tiny"]);
 * console.assert(model.numParameters() === 4_385_920);
 * ```
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805
 */
export class Bert extends Module implements TextEncoder {
  /** The sizes of this model. */
  readonly config: Readonly<BertConfig>;
  /** Embeddings and blocks. */
  readonly encoder: BertEncoder;
  /** From the first token's vector to the text's; DistilBERT has none. */
  readonly pooler?: Linear;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes; {@link BERT_PRESETS} has the published ones.
   */
  constructor(config: BertConfig) {
    super();
    this.config = { ...config };
    this.encoder = new BertEncoder(config);
    if (config.kind !== "distilbert") this.pooler = new Linear(config.embedDim, config.embedDim);
  }

  /** The width of a token's vector. */
  get embedDim(): number {
    return this.config.embedDim;
  }

  /** The most tokens that the model can see at once. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /**
   * Gives each token a vector that depends on all tokens of its row.
   *
   * @param inputs Token ids, filled up at the ends of the rows.
   * @returns `[B, T, C]`; the vectors of filled places mean nothing.
   */
  encode(inputs: TokenInputs): Tensor {
    return this.encoder.forward(inputs);
  }

  /**
   * Gives each token a vector, and the text one, as BERT was trained to tell whether texts follow each other.
   *
   * `pooled = tanh(W hidden_0 + b)`
   *
   * @param inputs Token ids, filled up at the ends of the rows.
   * @returns `hidden`, `[B, T, C]`, and `pooled`, `[B, C]`, if there is a pooler.
   */
  forward(inputs: TokenInputs): { hidden: Tensor; pooled?: Tensor } {
    const hidden = this.encode(inputs);
    if (!this.pooler) return { hidden };
    return { hidden, pooled: tf.tanh(this.pooler.forward(firstToken(hidden))) };
  }
}
