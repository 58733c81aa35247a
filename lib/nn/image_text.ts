import type { Tensor, Variable } from "../tensor/mod.ts";
import type { Module } from "./module.ts";
import type { CausalLM, DecodeOptions, TokenInputs } from "./tasks.ts";

/** A model that gives images and texts vectors of one space, in which an image is near the texts that tell of it. */
export interface ImageTextModel extends Module {
  /** The vectors of images, `[B, H, W, C]`: `[B, D]`, of length 1. */
  encodeImages(images: Tensor): Tensor;
  /** The vectors of texts, `[B, D]`, of length 1. */
  encodeTexts(inputs: TokenInputs): Tensor;
  /** What the products of vectors are multiplied by, a scalar: one over the temperature. */
  similarityScale(): Tensor;
}

/** A model that writes what it sees in an image. */
export interface ImageCaptionLM extends Module {
  /** The number of different tokens that it writes. */
  readonly vocabSize: number;
  /** The most tokens of a caption, the first one included. */
  readonly contextLength: number;
  /** The token that what it writes starts with. */
  readonly startId: number;
  /** The token that ends what it writes. */
  readonly endId: number;
  /** What decoding looks at, `[B, S, C]`, from images, `[B, H, W, C]`. */
  encode(images: Tensor): Tensor;
  /**
   * What the logits are made of: the logits are `decodeStates(…) outputWeightᵀ`.
   *
   * @param ids The tokens written so far, the first one `startId`, `[B, T]`, int32.
   * @param memory What {@link ImageCaptionLM.encode} gave, `[B, S, C]`.
   * @returns `[B, T, C]`; with `lastOnly`, `[B, 1, C]`.
   */
  decodeStates(ids: Tensor, memory: Tensor, options?: DecodeOptions): Tensor;
  /** The output's matrix, `[V, C]`; none if it is quantized. */
  readonly outputWeight: Variable | undefined;
}

/** A model that says an image in codes of a codebook, and makes images of codes. */
export interface ImageTokenizer extends Module {
  /** The number of different codes. */
  readonly codebookSize: number;
  /** Codes down and across an image. */
  readonly gridShape: readonly [rows: number, columns: number];
  /** The codes of images, `[B, H, W, C]`: `[B, rows, columns]`, int32. */
  codes(images: Tensor): Tensor;
  /** Images, `[B, H, W, C]`, of codes, `[B, rows, columns]`, int32. */
  imagesOf(codes: Tensor): Tensor;
}

/** What a {@link QuantizingEncoder} finds of images. */
export interface QuantizedImages {
  /** The images made again, `[B, H, W, C]`. */
  images: Tensor;
  /** What the encoder gave, `[N, D]`, a row for each place of each image. */
  vectors: Tensor;
  /** The vectors of the codebook that are nearest to them, `[N, D]`. */
  nearest: Tensor;
}

/** A model that makes images again through the vectors of a codebook. */
export interface QuantizingEncoder extends Module {
  /** Makes images, `[B, H, W, C]`, again, with gradients past the codebook. */
  quantize(images: Tensor): QuantizedImages;
}

/** A {@link CausalLM} whose rows are a text of a fixed length and the codes of an image that it tells of. */
export interface TextToImageLM extends CausalLM {
  /** The tokens of a text, filled up to this length. */
  readonly textLength: number;
  /** The codes of an image. */
  readonly imageLength: number;
  /** The number of different codes; their ids are the last of the vocabulary. */
  readonly codebookSize: number;
}
