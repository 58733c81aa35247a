import {
  adapterOf,
  type CausalLM,
  Embedding,
  type ForwardOptions,
  GroupedQueryAttention,
  type LayerCache,
  Linear,
  llama3Scaling,
  Module,
  recompute,
  RMSNorm,
  type RotaryPositions,
  SwiGLU,
  yarnScaling,
} from "../../nn/mod.ts";
import { checkShape, type Tensor, type Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { LlamaConfig } from "./config.ts";

/** How a model's queries and keys are turned. */
function rotaryOf(config: LlamaConfig): RotaryPositions {
  const { embedDim, numHeads, headDim = embedDim / numHeads, ropeTheta: base = 10000 } = config;
  const { ropeScaling } = config;
  switch (ropeScaling?.type) {
    case undefined:
      return { base };
    case "linear":
      return { base, scaling: { factor: ropeScaling.factor } };
    case "llama3": {
      const { factor, lowFreqFactor, highFreqFactor, originalLength } = ropeScaling;
      const [lowTurns, highTurns] = [lowFreqFactor, highFreqFactor];
      return { base, scaling: llama3Scaling({ factor, lowTurns, highTurns, originalLength }) };
    }
    case "yarn": {
      const { factor, originalLength, attentionFactor: gain } = ropeScaling;
      const { betaFast: fastTurns, betaSlow: slowTurns, truncate: rounded } = ropeScaling;
      const turns = { fastTurns, slowTurns, rounded, gain };
      return {
        base,
        scaling: yarnScaling({ factor, originalLength, base, rotated: headDim, ...turns }),
      };
    }
  }
}

/** One block: attention, then a gated network, each behind a norm and added to the stream. */
export class LlamaBlock extends Module {
  /** Before attention. */
  readonly norm1: RMSNorm;
  /** Each token gathers from those before. */
  readonly attn: GroupedQueryAttention;
  /** Before the network. */
  readonly norm2: RMSNorm;
  /** Each token on its own. */
  readonly mlp: SwiGLU;

  /**
   * Makes a block; the projections into the stream start smaller the more blocks there are.
   *
   * @param config The sizes of the model.
   * @param layer The number of the block, from 0.
   */
  constructor(config: LlamaConfig, layer: number) {
    super();
    const { embedDim, numHeads, numLayers, hiddenDim, normEps: eps = 1e-5 } = config;
    const { family = "llama", bias = false, windowLayers, unturnedLayers = [] } = config;
    const outStd = 0.02 / Math.sqrt(2 * numLayers); // GPT-2 §2.3
    const windowed = config.window !== undefined && (windowLayers?.includes(layer) ?? true);
    this.norm1 = new RMSNorm(embedDim, { eps });
    this.attn = new GroupedQueryAttention({
      embedDim,
      numHeads,
      numKeyHeads: config.numKeyHeads,
      headDim: config.headDim,
      bias: bias || family === "qwen2",
      projBias: bias,
      headNorm: family === "qwen3",
      normEps: eps,
      dropout: config.dropout,
      outStd,
      ...(unturnedLayers.includes(layer) ? {} : { rotary: rotaryOf(config) }),
      ...(windowed ? { window: config.window } : {}),
    });
    this.norm2 = new RMSNorm(embedDim, { eps });
    this.mlp = new SwiGLU(embedDim, { hiddenDim, bias: config.mlpBias, outStd });
  }

  /**
   * Adds both parts to the stream.
   *
   * @param x `[B, T, C]`
   * @param mask Added to the scores of attention.
   * @returns `[B, T, C]`
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const [sum, change] = this.advance(x, undefined, { mask });
    return tf.add(sum, change);
  }

  /**
   * The same, where the last sum is left to the norm that comes next, which adds as it normalises.
   *
   * @param x The stream, `[B, T, C]`.
   * @param change What the block before adds to it.
   * @param options `mask`: added to the scores of attention; `past`: keys and values of the tokens before.
   * @returns The stream, and what is to be added to it, `[B, T, C]` each.
   */
  advance(
    x: Tensor,
    change?: Tensor,
    options: { mask?: Tensor; past?: LayerCache } = {},
  ): [x: Tensor, change: Tensor] {
    let normed: Tensor;
    [x, normed] = this.norm1.add(x, change);
    [x, normed] = this.norm2.add(x, this.attn.forward(normed, options));
    return [x, this.mlp.forward(normed)];
  }
}

/**
 * A decoder-only Transformer with norms by root mean square, rotary positions, gated networks and shared keys: Llama, and the
 * Mistral, Qwen and SmolLM models built like it.
 *
 * @example
 * ```ts
 * import { useDevice } from "@tome/tome";
 * import { Llama, LLAMA_PRESETS } from "@tome/tome/models/llama";
 *
 * await useDevice("cpu");
 * using model = new Llama({ ...LLAMA_PRESETS["smollm2-135m"], vocabSize: 100, numLayers: 1 });
 * console.assert(model.numParameters() === 3_598_272);
 * ```
 * @see Touvron et al., 2023, "LLaMA: Open and Efficient Foundation Language Models", https://arxiv.org/abs/2302.13971
 */
export class Llama extends Module implements CausalLM {
  /** The sizes of this model. */
  readonly config: Readonly<LlamaConfig>;
  /** A vector for each token. */
  readonly tokens: Embedding;
  /** The blocks, in order. */
  readonly blocks: LlamaBlock[];
  /** The last norm, before the logits. */
  readonly norm: RMSNorm;
  /** From the stream to the logits, unless the tokens' own vectors do that. */
  readonly output?: Linear;
  /** It reads `segments`. */
  readonly keepsApart = true;
  /**
   * Whether training keeps of each block only its input, and runs it again on the way back: the memory of one block instead
   * of all, for about a third more time. @default {false}
   */
  gradientCheckpointing = false;

  /**
   * Makes a model with small random weights.
   *
   * @param config The sizes; {@link LLAMA_PRESETS} has published ones.
   * @throws {RangeError} If a size is not a positive integer, or sizes do not fit together.
   */
  constructor(config: LlamaConfig) {
    super();
    const sizes = ["vocabSize", "contextLength", "numLayers", "numHeads", "embedDim", "hiddenDim"];
    for (const name of sizes as (keyof LlamaConfig)[]) {
      if (Number.isSafeInteger(config[name]) && config[name] as number > 0) continue;
      throw new RangeError(
        `Cannot make a Llama as ${name} must be a positive integer: current value is ${
          config[name]
        }`,
      );
    }
    const { vocabSize, embedDim, numLayers, normEps: eps = 1e-5 } = config;
    this.config = { ...config };
    this.tokens = new Embedding(vocabSize, embedDim);
    this.blocks = Array.from({ length: numLayers }, (_, layer) => new LlamaBlock(config, layer));
    this.norm = new RMSNorm(embedDim, { eps });
    if (!config.tied) this.output = new Linear(embedDim, vocabSize, { bias: false });
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
    const { numLayers, numHeads, embedDim, contextLength, window = contextLength } = this.config;
    const width = numHeads * (this.config.headDim ?? embedDim / numHeads);
    const seen = Math.min(window, contextLength);
    return super.flopsPerToken + (this.output ? 0 : 2 * this.tokens.weight.size) +
      numLayers * 4 * seen * width;
  }

  /**
   * The matrix that gives the logits; none if they are more than its product, as where an adapter stands beside the output, or if it is
   * quantized.
   */
  get outputWeight(): Variable | undefined {
    if (!this.output) return this.tokens.weight;
    return adapterOf(this.output) ? undefined : this.output.weight;
  }

  /**
   * Predicts the token after each.
   *
   * @param ids Token ids, `[B, T]`, int32; with a cache, those that follow the tokens in it.
   * @returns Logits of the token after each, `[B, T, V]`; with `lastOnly`, `[B, 1, V]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  forward(ids: Tensor, options: ForwardOptions = {}): Tensor {
    const x = this.hiddenStates(ids, options);
    return this.output ? this.output.forward(x) : this.tokens.logits(x); // [B, T, V]
  }

  /**
   * What the logits are made of: the stream after the last norm.
   *
   * @param ids Token ids, `[B, T]`, int32, as for {@link Llama.forward}.
   * @returns `[B, T, C]`; with `lastOnly`, `[B, 1, C]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  hiddenStates(
    ids: Tensor,
    { cache, lastOnly = false, segments }: ForwardOptions = {},
  ): Tensor {
    checkShape("apply Llama", "ids", ids, [-1, -1]);
    const T = ids.shape[1]!;
    const end = (cache?.length ?? 0) + T;
    if (end > this.contextLength) {
      throw new RangeError(
        `Cannot place ${end} tokens as contextLength is ${this.contextLength}: pass fewer`,
      );
    }
    const masked = () => segments && segmentMask(segments);
    const again = this.gradientCheckpointing && this.training && !cache;
    const mask = again ? undefined : masked();
    let x = this.tokens.forward(ids); // [B, T, C]
    let change: Tensor | undefined; // what the last block adds
    for (const [layer, block] of this.blocks.entries()) {
      // on the way back the mask is made anew, as the scope of this pass has ended then
      if (again) x = recompute((x) => block.forward(x, masked()), x, block.parameters());
      else [x, change] = block.advance(x, change, { mask, past: cache && { cache, layer } });
    }
    const wanted = (t: Tensor) => lastOnly && T > 1 ? tf.slice(t, [0, T - 1], [-1, 1]) : t;
    return this.norm.add(wanted(x), change && wanted(change))[1];
  }
}

/** −1e9 where two tokens are of different texts: `[B, 1, T, T]`. */
function segmentMask(segments: Tensor): Tensor {
  const [B, T] = segments.shape as [number, number];
  return tf.tidy(() => {
    const other = tf.notEqual(
      tf.reshape(segments, [B, 1, T, 1]),
      tf.reshape(segments, [B, 1, 1, T]),
    );
    return tf.mul(tf.cast(other, "float32"), -1e9);
  });
}
