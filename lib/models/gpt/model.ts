import {
  type CausalLM,
  Dropout,
  Embedding,
  type ForwardOptions,
  type LayerCache,
  LayerNorm,
  LearnedPositions,
  MLP,
  Module,
  recompute,
  SelfAttention,
} from "../../nn/mod.ts";
import { checkShape, storeHalf, type Tensor, type Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { GPTConfig } from "./config.ts";

/** One pre-norm Transformer block: attention, then a two-layer network, each added to the stream. */
export class Block extends Module {
  /** Before attention. */
  readonly norm1: LayerNorm;
  /** Each token gathers from those before. */
  readonly attn: SelfAttention;
  /** Before the network. */
  readonly norm2: LayerNorm;
  /** Each token on its own. */
  readonly mlp: MLP;
  /** After each part. */
  readonly drop: Dropout;

  /**
   * Makes a block; the projections into the stream start smaller the more blocks there are.
   *
   * @param config The sizes of the model.
   */
  constructor(config: GPTConfig) {
    super();
    const { embedDim, numHeads, numLayers, dropout, bias = true, normEps: eps } = config;
    const outStd = 0.02 / Math.sqrt(2 * numLayers); // GPT-2 §2.3
    this.norm1 = new LayerNorm(embedDim, { bias, eps });
    this.attn = new SelfAttention({ embedDim, numHeads, dropout, bias, outStd });
    this.norm2 = new LayerNorm(embedDim, { bias, eps });
    this.mlp = new MLP(embedDim, { bias, outStd, approximate: config.gelu ?? "tanh" });
    this.drop = new Dropout(dropout);
  }

  /**
   * Adds both parts to the stream.
   *
   * @param x `[B, T, C]`
   * @param past Keys and values of the tokens before.
   * @returns `[B, T, C]`
   */
  forward(x: Tensor, past?: LayerCache): Tensor {
    const [sum, change] = this.advance(x, undefined, past);
    return tf.add(sum, change);
  }

  /**
   * The same, where the last sum is left to the norm that comes next, which adds as it normalises.
   *
   * @param x The stream, `[B, T, C]`.
   * @param change What the block before adds to it.
   * @param past Keys and values of the tokens before.
   * @returns The stream, and what is to be added to it, `[B, T, C]` each.
   */
  advance(x: Tensor, change?: Tensor, past?: LayerCache): [x: Tensor, change: Tensor] {
    let normed: Tensor;
    [x, normed] = this.norm1.add(x, change);
    [x, normed] = this.norm2.add(x, this.drop.forward(this.attn.forward(normed, { past })));
    return [x, this.drop.forward(this.mlp.forward(normed))];
  }
}

/**
 * A decoder-only Transformer that predicts the next token: GPT-2, and nanoGPT's small models.
 *
 * @example
 * ```ts
 * import { useDevice } from "@tome/tome";
 * import { GPT, GPT_PRESETS } from "@tome/tome/models/gpt";
 *
 * await useDevice("cpu");
 * using model = new GPT(GPT_PRESETS["nanogpt-cpu"]);
 * console.assert(model.numParameters() === 804_096);
 * ```
 * @see Radford et al., 2019, "Language Models are Unsupervised Multitask Learners"
 */
export class GPT extends Module implements CausalLM {
  /** The sizes of this model. */
  readonly config: Readonly<GPTConfig>;
  /** A vector for each token; transposed, it also gives the logits. */
  readonly tokens: Embedding;
  /** A vector for each position. */
  readonly positions: LearnedPositions;
  /** Drops from the sum of both. */
  readonly drop: Dropout;
  /** The blocks, in order. */
  readonly blocks: Block[];
  /** The last norm, before the logits. */
  readonly norm: LayerNorm;
  /**
   * Whether training keeps of each block only its input, and runs it again on the way back: the memory of one block instead
   * of all, for about a third more time. @default {false}
   */
  gradientCheckpointing = false;
  /**
   * Whether training keeps what the gradients of the blocks need as float16: about half the memory; the gradients' error is
   * about a thousandth. With {@link GPT.gradientCheckpointing} too, the blocks' inputs are kept so. @default {false}
   */
  halfActivations = false;

  /**
   * Makes a model with GPT-2's random initial weights.
   *
   * @param config The sizes; {@link GPT_PRESETS} has the published ones.
   */
  constructor(config: GPTConfig) {
    super();
    for (
      const name of ["vocabSize", "contextLength", "numLayers", "numHeads", "embedDim"] as const
    ) {
      if (!(Number.isSafeInteger(config[name]) && config[name] > 0)) {
        throw new RangeError(
          `Cannot make a GPT as ${name} must be a positive integer: current value is ${
            config[name]
          }`,
        );
      }
    }
    const { vocabSize, contextLength, embedDim, numLayers, bias = true, normEps: eps } = config;
    this.config = { ...config };
    this.tokens = new Embedding(vocabSize, embedDim);
    this.positions = new LearnedPositions(contextLength, embedDim);
    this.drop = new Dropout(config.dropout);
    this.blocks = Array.from({ length: numLayers }, () => new Block(config));
    this.norm = new LayerNorm(embedDim, { bias, eps });
  }

  /** The number of different tokens. */
  get vocabSize(): number {
    return this.config.vocabSize;
  }

  /** The most tokens that the model can see at once. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /** Two operations a weight, the output's included, and attention over a full context. */
  override get flopsPerToken(): number {
    const { vocabSize, numLayers, contextLength, embedDim } = this.config;
    return super.flopsPerToken + 2 * vocabSize * embedDim +
      numLayers * 4 * contextLength * embedDim;
  }

  /**
   * Predicts the token after each.
   *
   * @param ids Token ids, `[B, T]`, int32; with a cache, those that follow the tokens in it.
   * @returns Logits of the token after each, `[B, T, V]`; with `lastOnly`, `[B, 1, V]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  forward(ids: Tensor, options: ForwardOptions = {}): Tensor {
    return this.tokens.logits(this.hiddenStates(ids, options)); // [B, T, V]
  }

  /** The matrix that gives the logits: the tokens' own vectors; none if they are quantized. */
  get outputWeight(): Variable | undefined {
    return this.tokens.weight;
  }

  /**
   * What the logits are made of: the stream after the last norm.
   *
   * @param ids Token ids, `[B, T]`, int32, as for {@link GPT.forward}.
   * @returns `[B, T, C]`; with `lastOnly`, `[B, 1, C]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  hiddenStates(ids: Tensor, { cache, lastOnly = false }: ForwardOptions = {}): Tensor {
    checkShape("apply GPT", "ids", ids, [-1, -1]);
    let x = this.positions.embed(this.tokens, ids, cache?.position() ?? 0); // [B, T, C]
    x = this.drop.forward(x);
    let change: Tensor | undefined; // what the last block adds
    const again = this.gradientCheckpointing && this.training && !cache;
    const half = this.halfActivations && this.training && !cache;
    for (const [layer, block] of this.blocks.entries()) {
      const run = (): [Tensor, Tensor | undefined] =>
        again
          ? [recompute((x) => block.forward(x), x, block.parameters()), undefined]
          : block.advance(x, change, cache && { cache, layer });
      [x, change] = half ? storeHalf(run, x.size) : run();
    }
    const T = ids.shape[1]!;
    const wanted = (t: Tensor) => lastOnly && T > 1 ? tf.slice(t, [0, T - 1], [-1, 1]) : t;
    return this.norm.add(wanted(x), change && wanted(change))[1];
  }
}
