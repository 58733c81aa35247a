import {
  type DecodeOptions,
  Embedding,
  type ImageCaptionLM,
  LayerNorm,
  Linear,
  Module,
} from "../../nn/mod.ts";
import type { Tensor, Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { CLIPVision } from "../clip/mod.ts";
import {
  completeTransformerConfig,
  TransformerEmbeddings,
  TransformerStack,
} from "../transformer/mod.ts";
import type { CaptionerConfig } from "./config.ts";

/**
 * Writes what it sees: a Vision Transformer reads an image, and a Transformer's decoder, which looks at every patch, writes.
 *
 * @example
 * ```ts
 * import { generateCaptions } from "@tome/tome/generate";
 * import { ImageCaptioner } from "@tome/tome/models/captioner";
 * import { randomUniform, useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * const tower = { numLayers: 1, numHeads: 2, embedDim: 8 };
 * using model = new ImageCaptioner({
 *   ...tower,
 *   vision: { ...tower, imageSize: 8, patchSize: 4 },
 *   vocabSize: 12,
 *   contextLength: 5,
 *   startId: 2,
 *   endId: 3,
 * });
 * const [caption] = await generateCaptions(model, randomUniform([1, 8, 8, 3]));
 * console.assert(caption!.newIds.length >= 1);
 * ```
 * @see Vinyals et al., 2015, "Show and Tell", https://arxiv.org/abs/1411.4555
 * @see Li et al., 2021, "TrOCR", https://arxiv.org/abs/2109.10282, for both parts as Transformers
 */
export class ImageCaptioner extends Module implements ImageCaptionLM {
  /** The sizes of this model. */
  readonly config: Readonly<CaptionerConfig>;
  /** Reads images. */
  readonly vision: CLIPVision;
  /** From the width of the images' vectors to that of the decoder, where they differ. */
  readonly bridge?: Linear;
  /** Before the decoder: the vectors of what is seen are of one length. */
  readonly bridgeNorm: LayerNorm;
  /** The vectors of the tokens. */
  readonly target: TransformerEmbeddings;
  /** Writes. */
  readonly decoder: TransformerStack;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is no positive integer, or patches do not fill the image.
   */
  constructor(config: CaptionerConfig) {
    super();
    this.config = { ...config };
    const { vision, startId, endId, padId = 0, dropout = 0, ...rest } = config;
    const sizes = completeTransformerConfig({
      ...rest,
      startId,
      endId,
      padId,
      dropout,
      normFirst: true,
      activation: "gelu",
      positions: "learned",
      scaleEmbeddings: false,
    });
    const { embedDim, vocabSize } = sizes;
    this.vision = new CLIPVision(vision);
    if (vision.embedDim !== embedDim) {
      this.bridge = new Linear(vision.embedDim, embedDim, { std: vision.embedDim ** -0.5 });
    }
    this.bridgeNorm = new LayerNorm(embedDim);
    this.target = new TransformerEmbeddings(
      sizes,
      new Embedding(vocabSize, embedDim, { std: embedDim ** -0.5 }),
    );
    this.decoder = new TransformerStack(sizes, true);
  }

  /** The number of different tokens that it writes. */
  get vocabSize(): number {
    return this.config.vocabSize;
  }

  /** The most tokens of a caption. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /** The token that captions start with. */
  get startId(): number {
    return this.config.startId;
  }

  /** The token that ends a caption. */
  get endId(): number {
    return this.config.endId;
  }

  /** The matrix that gives the logits: the tokens' own vectors; none if they are quantized. */
  get outputWeight(): Variable | undefined {
    return this.target.tokens.weight;
  }

  /**
   * Reads images.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @returns What decoding looks at: a vector for the image and one for each patch, `[B, 1 + patches, embedDim]`.
   * @throws {ShapeError} If the images have another size.
   */
  encode(images: Tensor): Tensor {
    const seen = this.vision.encode(images);
    return this.bridgeNorm.forward(this.bridge ? this.bridge.forward(seen) : seen);
  }

  /**
   * What the logits are made of, after each of the written tokens.
   *
   * @param ids The tokens written so far, the first one `startId`, `[B, T]`, int32; with a cache, those that follow the
   *   tokens in it.
   * @param memory What {@link ImageCaptioner.encode} gave, `[B, S, C]`; once a cache holds what comes of it, it is not read.
   * @returns `[B, T, C]`; with `lastOnly`, `[B, 1, C]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  decodeStates(ids: Tensor, memory: Tensor, { cache, lastOnly }: DecodeOptions = {}): Tensor {
    const x = this.target.forward(ids, cache?.position() ?? 0);
    const sight = { causal: true, memory: { states: memory }, ...(cache && { cache }) };
    const states = this.decoder.forward(x, sight);
    const T = states.shape[1]!;
    return lastOnly && T > 1 ? tf.slice(states, [0, T - 1], [-1, 1]) : states;
  }

  /**
   * Predicts each token of captions from those before and the image.
   *
   * @param images `[B, imageSize, imageSize, inChannels]`
   * @param ids Captions that start with `startId`, `[B, T]`, int32.
   * @returns Logits of the token after each, `[B, T, V]`.
   */
  forward(images: Tensor, ids: Tensor): Tensor {
    return this.target.tokens.logits(this.decodeStates(ids, this.encode(images)));
  }
}
