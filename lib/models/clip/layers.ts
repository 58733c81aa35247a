import {
  Conv2d,
  Embedding,
  LayerNorm,
  LearnedPositions,
  Linear,
  Module,
  MultiHeadAttention,
  parameter,
} from "../../nn/mod.ts";
import { gelu } from "../../ops/mod.ts";
import { checkShape, randomNormal, type Tensor, type Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { CLIPTextConfig, CLIPTowerConfig, CLIPVisionConfig } from "./config.ts";

/** A layer's two-layer network: `proj(activation(fc(x)))`. */
export class CLIPNetwork extends Module {
  /** `embedDim` to `hiddenDim`. */
  readonly fc: Linear;
  /** `hiddenDim` to `embedDim`. */
  readonly proj: Linear;
  readonly #quick: boolean;

  /** Makes both layers, with the paper's random weights. */
  constructor(config: CLIPTowerConfig) {
    super();
    const { embedDim, hiddenDim = 4 * embedDim, numLayers, activation = "quick_gelu" } = config;
    this.fc = new Linear(embedDim, hiddenDim, { std: (2 * embedDim) ** -0.5 });
    this.proj = new Linear(hiddenDim, embedDim, { std: (2 * embedDim * numLayers) ** -0.5 });
    this.#quick = activation === "quick_gelu";
  }

  /** Applies both layers to `[..., embedDim]`. */
  forward(x: Tensor): Tensor {
    const inner = this.fc.forward(x);
    const active = this.#quick ? tf.mul(inner, tf.sigmoid(tf.mul(inner, 1.702))) : gelu(inner);
    return this.proj.forward(active);
  }
}

/** A layer: attention and a network, each after a norm and added to the stream. */
export class CLIPLayer extends Module {
  /** Before attention. */
  readonly norm1: LayerNorm;
  /** Attention of the tokens to each other. */
  readonly attn: MultiHeadAttention;
  /** Before the network. */
  readonly norm2: LayerNorm;
  /** The network. */
  readonly mlp: CLIPNetwork;

  /** Makes a layer with the paper's random weights. */
  constructor(config: CLIPTowerConfig) {
    super();
    const { embedDim, numHeads, numLayers, attentionDropout = 0, normEps: eps = 1e-5 } = config;
    const std = embedDim ** -0.5;
    this.norm1 = new LayerNorm(embedDim, { eps });
    this.attn = new MultiHeadAttention({
      embedDim,
      numHeads,
      dropout: attentionDropout,
      kind: "self",
      std,
      outStd: std * (2 * numLayers) ** -0.5,
    });
    this.norm2 = new LayerNorm(embedDim, { eps });
    this.mlp = new CLIPNetwork(config);
  }

  /**
   * Applies the layer.
   *
   * @param x `[B, T, embedDim]`
   * @param causal Whether a token sees only itself and those before.
   */
  forward(x: Tensor, causal: boolean): Tensor {
    const normed = this.norm1.forward(x);
    const [stream, next] = this.norm2.add(x, this.attn.forward(normed, normed, { causal }));
    return tf.add(stream, this.mlp.forward(next));
  }
}

const layersOf = (config: CLIPTowerConfig) =>
  Array.from({ length: config.numLayers }, () => new CLIPLayer(config));

/**
 * The Transformer that reads images: patches are tokens, and a token of its own gathers what there is.
 *
 * @see Radford et al., 2021, §2.4
 */
export class CLIPVision extends Module {
  /** The sizes. */
  readonly config: Readonly<CLIPVisionConfig>;
  /** The token that gathers, `[embedDim]`. */
  readonly clsToken: Variable;
  /** A patch to a vector. */
  readonly patches: Conv2d;
  /** A vector for each place, the gathering token's first. */
  readonly positions: LearnedPositions;
  /** Before the layers. */
  readonly preNorm: LayerNorm;
  /** The layers. */
  readonly layers: CLIPLayer[];
  /** After the layers. */
  readonly norm: LayerNorm;

  /**
   * Makes random initial weights.
   *
   * @throws {RangeError} If patches do not fill the image.
   */
  constructor(config: CLIPVisionConfig) {
    super();
    const { imageSize, patchSize, inChannels = 3, embedDim, normEps: eps = 1e-5 } = config;
    if (imageSize % patchSize !== 0) {
      throw new RangeError(
        `Cannot make CLIP as patchSize must divide imageSize: current values are ${patchSize} and ${imageSize}`,
      );
    }
    this.config = { ...config };
    this.clsToken = parameter(() => randomNormal([embedDim], 0, embedDim ** -0.5));
    this.patches = new Conv2d(inChannels, embedDim, patchSize, { stride: patchSize, bias: false });
    this.positions = new LearnedPositions(
      1 + (imageSize / patchSize) ** 2,
      embedDim,
      embedDim ** -0.5,
    );
    this.preNorm = new LayerNorm(embedDim, { eps });
    this.layers = layersOf(config);
    this.norm = new LayerNorm(embedDim, { eps });
  }

  /**
   * A vector for the image, and one for each patch, after the last norm.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @returns `[B, 1 + patches, embedDim]`
   * @throws {ShapeError} If the images have another size.
   */
  encode(images: Tensor): Tensor {
    return this.norm.forward(this.#stream(images));
  }

  /**
   * A vector for the image.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @returns `[B, embedDim]`
   * @throws {ShapeError} If the images have another size.
   */
  forward(images: Tensor): Tensor {
    const x = this.#stream(images);
    const [B, , C] = x.shape as [number, number, number];
    return this.norm.forward(tf.reshape(tf.slice(x, [0, 0, 0], [B, 1, C]), [B, C]));
  }

  #stream(images: Tensor): Tensor {
    const { imageSize, inChannels = 3, embedDim } = this.config;
    checkShape("apply CLIP", "images", images, [-1, imageSize, imageSize, inChannels]);
    const B = images.shape[0]!;
    const patches = tf.reshape(this.patches.forward(images), [B, -1, embedDim]);
    const cls = tf.tile(tf.reshape(this.clsToken, [1, 1, embedDim]), [B, 1, 1]);
    const tokens = this.positions.forward(tf.concat([cls, patches], 1)); // [B, T, C]
    return this.layers.reduce((x, layer) => layer.forward(x, false), this.preNorm.forward(tokens));
  }
}

/** The Transformer that reads texts: each token sees those before, and the one that ends the text has seen all. */
export class CLIPText extends Module {
  /** The sizes. */
  readonly config: Readonly<Required<Pick<CLIPTextConfig, "endId">> & CLIPTextConfig>;
  /** A vector for each token. */
  readonly tokens: Embedding;
  /** A vector for each place. */
  readonly positions: LearnedPositions;
  /** The layers. */
  readonly layers: CLIPLayer[];
  /** After the layers. */
  readonly norm: LayerNorm;

  /** Makes random initial weights. */
  constructor(config: CLIPTextConfig) {
    super();
    const { vocabSize, contextLength, embedDim, normEps: eps = 1e-5 } = config;
    this.config = { endId: vocabSize - 1, ...config };
    this.tokens = new Embedding(vocabSize, embedDim);
    this.positions = new LearnedPositions(contextLength, embedDim, 0.01);
    this.layers = layersOf(config);
    this.norm = new LayerNorm(embedDim, { eps });
  }

  /**
   * A vector for each token.
   *
   * @param ids `[B, T]`, int32.
   * @returns `[B, T, embedDim]`
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  encode(ids: Tensor): Tensor {
    checkShape("apply CLIP", "ids", ids, [-1, -1]);
    const x = this.positions.embed(this.tokens, ids);
    return this.norm.forward(this.layers.reduce((x, layer) => layer.forward(x, true), x));
  }

  /**
   * A vector for the text: that of its first end token, or of its first token where it has none.
   *
   * @param ids `[B, T]`, int32, filled up behind the end token.
   * @returns `[B, embedDim]`
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  forward(ids: Tensor): Tensor {
    const ends = tf.argMax(tf.cast(tf.equal(ids, this.config.endId), "int32"), 1); // [B]
    const chosen = tf.oneHot(ends as tf.Tensor1D, ids.shape[1]!, 1, 0, "float32"); // [B, T]
    return tf.sum(tf.mul(this.encode(ids), tf.expandDims(chosen, 2)), 1);
  }
}
