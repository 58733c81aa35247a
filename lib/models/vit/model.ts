import {
  Conv2d,
  Dropout,
  type ImageClassifier,
  LayerNorm,
  Linear,
  MLP,
  Module,
  MultiHeadAttention,
  parameter,
} from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, randomNormal, type Tensor, type Variable } from "../../tensor/mod.ts";
import type { ViTConfig } from "./config.ts";

/** A block: attention and a two-layer network, each after a norm and added to the stream. */
export class ViTBlock extends Module {
  /** Before attention. */
  readonly norm1: LayerNorm;
  /** Attention of every patch to all. */
  readonly attn: MultiHeadAttention;
  /** Before the network. */
  readonly norm2: LayerNorm;
  /** The network. */
  readonly mlp: MLP;
  /** After each part. */
  readonly dropout: Dropout;

  /** Makes a block with small random weights. */
  constructor(config: ViTConfig) {
    super();
    const { embedDim, numHeads, hiddenDim, dropout = 0, attentionDropout = 0 } = config;
    const eps = config.normEps ?? 1e-12;
    this.norm1 = new LayerNorm(embedDim, { eps });
    this.attn = new MultiHeadAttention({
      embedDim,
      numHeads,
      dropout: attentionDropout,
      kind: "self",
    });
    this.norm2 = new LayerNorm(embedDim, { eps });
    this.mlp = new MLP(embedDim, { hiddenDim });
    this.dropout = new Dropout(dropout);
  }

  /** Applies the block to `[B, T, embedDim]`. */
  forward(x: Tensor): Tensor {
    const seen = this.dropout.forward(this.attn.forward(this.norm1.forward(x)));
    const [stream, normed] = this.norm2.add(x, seen);
    return tf.add(stream, this.dropout.forward(this.mlp.forward(normed)));
  }
}

/**
 * A Vision Transformer: patches of an image are its tokens, and a token of its own gathers what tells the class.
 *
 * `captureAttention` of `@tome/tome/nn` gives what each layer looked at, and `attentionRollout` what the class token saw of the
 * image through all of them.
 *
 * @see Dosovitskiy et al., 2020, "An Image is Worth 16x16 Words", https://arxiv.org/abs/2010.11929
 */
export class ViT extends Module implements ImageClassifier {
  /** The sizes. */
  readonly config: ViTConfig;
  /** The token that gathers, `[1, 1, embedDim]`. */
  readonly clsToken: Variable;
  /** What is added at each place, the gathering token's first, `[1, 1 + patches, embedDim]`. */
  readonly positions: Variable;
  /** A patch to a vector. */
  readonly patches: Conv2d;
  /** After the embeddings. */
  readonly dropout: Dropout;
  /** The blocks. */
  readonly blocks: ViTBlock[];
  /** After the last block. */
  readonly norm: LayerNorm;
  /** To the classes. */
  readonly head: Linear;

  /**
   * Makes a model with small random weights.
   *
   * @throws {RangeError} If patches do not fill the image, or heads the width.
   */
  constructor(config: ViTConfig) {
    super();
    this.config = config;
    const { imageSize, patchSize, inChannels = 3, embedDim, numLayers, numLabels } = config;
    if (imageSize % patchSize !== 0) {
      throw new RangeError(
        `Cannot make ViT as patchSize must divide imageSize: current values are ${patchSize} and ${imageSize}`,
      );
    }
    const count = (imageSize / patchSize) ** 2;
    this.clsToken = parameter(() => randomNormal([1, 1, embedDim], 0, 0.02));
    this.positions = parameter(() => randomNormal([1, 1 + count, embedDim], 0, 0.02));
    this.patches = new Conv2d(inChannels, embedDim, patchSize, { stride: patchSize });
    this.dropout = new Dropout(config.dropout ?? 0);
    this.blocks = Array.from({ length: numLayers }, () => new ViTBlock(config));
    this.norm = new LayerNorm(embedDim, { eps: config.normEps ?? 1e-12 });
    this.head = new Linear(embedDim, numLabels);
  }

  /** The number of classes. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /**
   * A vector for the image, and one for each patch.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @returns `[B, 1 + patches, embedDim]`
   * @throws {ShapeError} If the images have another size.
   */
  encode(images: Tensor): Tensor {
    const { imageSize, inChannels = 3, embedDim } = this.config;
    checkShape("apply ViT", "images", images, [-1, imageSize, imageSize, inChannels]);
    const B = images.shape[0]!;
    const patches = tf.reshape(this.patches.forward(images), [B, -1, embedDim]);
    const cls = tf.tile(this.clsToken, [B, 1, 1]);
    const tokens = tf.add(tf.concat([cls, patches], 1), this.positions); // [B, T, C]
    const x = this.blocks.reduce((y, block) => block.forward(y), this.dropout.forward(tokens));
    return this.norm.forward(x);
  }

  /**
   * Sorts images.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @returns Logits, `[B, numLabels]`.
   * @throws {ShapeError} If the images have another size.
   */
  forward(images: Tensor): Tensor {
    const x = this.encode(images);
    const [B, , C] = x.shape as [number, number, number];
    return this.head.forward(tf.reshape(tf.slice(x, [0, 0, 0], [B, 1, C]), [B, C]));
  }
}
