import {
  Dropout,
  type KVCache,
  type LayerCache,
  LayerNorm,
  Linear,
  Module,
  MultiHeadAttention,
} from "../../nn/mod.ts";
import { gelu } from "../../ops/mod.ts";
import type { Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { type CompleteTransformerConfig, completeTransformerConfig } from "./config.ts";
import type { TransformerConfig } from "./config.ts";

/** What a decoder looks at. */
export interface Memory {
  /** What the encoder gave, `[B, S, C]`. */
  states: Tensor;
  /** Added to the scores of attention to it, broadcast to `[B, H, T, S]`. */
  mask?: Tensor;
}

/** What the tokens of a layer may see. */
export interface LayerSight {
  /** Added to the scores of self-attention, broadcast to `[B, H, T, T]`. */
  mask?: Tensor;
  /** Whether a token sees only itself and those before. @default {false} */
  causal?: boolean;
  /** What the encoder gave; of a decoder. */
  memory?: Memory;
  /** The tokens before. */
  past?: LayerCache;
}

/** Standard deviation of Glorot's initial weights. */
const glorot = (inputs: number, outputs: number) => Math.sqrt(2 / (inputs + outputs));

/** A layer's two-layer network: `proj(activation(fc(x)))`. */
export class FeedForward extends Module {
  /** `embedDim` to `hiddenDim`. */
  readonly fc: Linear;
  /** `hiddenDim` to `embedDim`. */
  readonly proj: Linear;
  /** Between the layers. */
  readonly drop: Dropout;
  readonly #activation: "relu" | "gelu" | "swish";

  /**
   * Makes both layers with small random weights.
   *
   * @param config The sizes of the model.
   */
  constructor(config: TransformerConfig) {
    super();
    const { embedDim, hiddenDim, activation, activationDropout } = completeTransformerConfig(
      config,
    );
    const std = glorot(embedDim, hiddenDim);
    this.fc = new Linear(embedDim, hiddenDim, { std });
    this.proj = new Linear(hiddenDim, embedDim, { std });
    this.drop = new Dropout(activationDropout);
    this.#activation = activation;
  }

  /**
   * Applies both layers.
   *
   * @param x `[..., embedDim]`
   * @returns The same shape.
   */
  forward(x: Tensor): Tensor {
    const inner = this.fc.forward(x);
    const active = this.#activation === "relu"
      ? tf.relu(inner)
      : this.#activation === "gelu"
      ? gelu(inner)
      : tf.mul(inner, tf.sigmoid(inner));
    return this.proj.forward(this.drop.forward(active));
  }
}

/** One layer: self-attention, in a decoder attention to the encoder, and a network, each added to the stream. */
export class TransformerLayer extends Module {
  /** Each token gathers from its own sequence. */
  readonly attn: MultiHeadAttention;
  /** Of self-attention: of its sum with the stream or, in a model that normalises first, of the stream before it. */
  readonly norm1: LayerNorm;
  /** Each token gathers from the encoder; of a decoder. */
  readonly cross?: MultiHeadAttention;
  /** Of attention to the encoder; of a decoder. */
  readonly norm2?: LayerNorm;
  /** Each token on its own. */
  readonly network: FeedForward;
  /** Of the network. */
  readonly norm3: LayerNorm;
  /** After each part. */
  readonly drop: Dropout;
  readonly #normFirst: boolean;

  /**
   * Makes a layer.
   *
   * @param config The sizes of the model.
   * @param decoder Whether it looks at an encoder.
   */
  constructor(config: TransformerConfig, decoder: boolean) {
    super();
    const sizes = completeTransformerConfig(config);
    const norm = () => new LayerNorm(sizes.embedDim, { eps: sizes.normEps });
    this.attn = makeAttention(sizes, "self");
    this.norm1 = norm();
    if (decoder) {
      this.cross = makeAttention(sizes, "cross");
      this.norm2 = norm();
    }
    this.network = new FeedForward(sizes);
    this.norm3 = norm();
    this.drop = new Dropout(sizes.dropout);
    this.#normFirst = sizes.normFirst;
  }

  /**
   * Adds every part to the stream.
   *
   * @param x `[B, T, C]`
   * @param sight What the tokens may see.
   * @returns `[B, T, C]`
   */
  forward(x: Tensor, { mask, causal, memory, past }: LayerSight = {}): Tensor {
    x = this.#add(x, this.norm1, (x) => this.attn.forward(x, x, { mask, causal, past }));
    if (this.cross && memory) {
      const { states, mask } = memory;
      x = this.#add(x, this.norm2!, (x) => this.cross!.forward(x, states, { mask, past }));
    }
    return this.#add(x, this.norm3, (x) => this.network.forward(x));
  }

  /** `x + f(norm(x))`, or `norm(x + f(x))`. */
  #add(x: Tensor, norm: LayerNorm, f: (x: Tensor) => Tensor): Tensor {
    if (this.#normFirst) return tf.add(x, this.drop.forward(f(norm.forward(x))));
    return norm.add(x, this.drop.forward(f(x)))[1];
  }
}

function makeAttention(
  { embedDim, numHeads, attentionDropout }: CompleteTransformerConfig,
  kind: "self" | "cross",
): MultiHeadAttention {
  const std = glorot(embedDim, embedDim);
  const dropout = attentionDropout;
  return new MultiHeadAttention({ embedDim, numHeads, dropout, kind, std, outStd: std });
}

/** The layers of an encoder or of a decoder, and what normalises what comes out: vectors to vectors. */
export class TransformerStack extends Module {
  /** The layers, in order. */
  readonly layers: TransformerLayer[];
  /** The last norm, where there is one. */
  readonly norm?: LayerNorm;

  /**
   * Makes the layers.
   *
   * @param config The sizes of the model.
   * @param decoder Whether they look at an encoder.
   */
  constructor(config: TransformerConfig, decoder: boolean) {
    super();
    const sizes = completeTransformerConfig(config);
    const length = decoder ? sizes.decoderLayers : sizes.numLayers;
    this.layers = Array.from({ length }, () => new TransformerLayer(sizes, decoder));
    if (sizes.finalNorm) this.norm = new LayerNorm(sizes.embedDim, { eps: sizes.normEps });
  }

  /**
   * Passes vectors through the layers.
   *
   * @param x `[B, T, C]`
   * @param sight What the tokens may see, with the cache of all layers.
   * @returns `[B, T, C]`
   */
  forward(x: Tensor, { cache, ...sight }: Omit<LayerSight, "past"> & { cache?: KVCache }): Tensor {
    for (const [layer, part] of this.layers.entries()) {
      x = part.forward(x, { ...sight, ...(cache && { past: { cache, layer } }) });
    }
    return this.norm ? this.norm.forward(x) : x;
  }
}
