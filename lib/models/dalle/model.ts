import { type ForwardOptions, Module, type TextToImageLM } from "../../nn/mod.ts";
import type { Tensor, Variable } from "../../tensor/mod.ts";
import { GPT } from "../gpt/mod.ts";
import type { DALLEConfig } from "./config.ts";

/**
 * DALL·E's recipe: a GPT whose rows are a text and, behind it, the codes of the image that it tells of. To make an image it
 * writes on after a text; a `VQVAE` says images in codes and makes images of codes.
 *
 * Ids of the text's tokens come first; code `c` has the id `textVocabSize + c`. `textToImageLoss` of `@tome/tome/train` teaches
 * it, and `generateImageCodes` of `@tome/tome/generate` lets it write.
 *
 * @example
 * ```ts
 * import { generateImageCodes } from "@tome/tome/generate";
 * import { DALLE } from "@tome/tome/models/dalle";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new DALLE({
 *   textVocabSize: 10,
 *   textLength: 3,
 *   codebookSize: 8,
 *   gridShape: [2, 2],
 *   numLayers: 1,
 *   numHeads: 2,
 *   embedDim: 8,
 * });
 * const [codes] = await generateImageCodes(model, [[4, 5, 0]], { topK: 4, seed: 1 });
 * console.assert(codes!.length === 4 && codes!.every((code) => code < 8));
 * ```
 * @see Ramesh et al., 2021, "Zero-Shot Text-to-Image Generation", https://arxiv.org/abs/2102.12092
 */
export class DALLE extends Module implements TextToImageLM {
  /** The sizes of this model. */
  readonly config: Readonly<DALLEConfig>;
  /** Writes texts and codes alike. */
  readonly gpt: GPT;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is no positive integer.
   */
  constructor(config: DALLEConfig) {
    super();
    const { textVocabSize, textLength, codebookSize, gridShape, dropout = 0, ...rest } = config;
    this.config = { ...config, gridShape: [...gridShape] };
    this.gpt = new GPT({
      ...rest,
      dropout,
      vocabSize: textVocabSize + codebookSize,
      contextLength: textLength + gridShape[0] * gridShape[1],
    });
  }

  /** The number of different tokens and codes. */
  get vocabSize(): number {
    return this.gpt.vocabSize;
  }

  /** The tokens of a text and the codes of an image. */
  get contextLength(): number {
    return this.gpt.contextLength;
  }

  /** The tokens of a text. */
  get textLength(): number {
    return this.config.textLength;
  }

  /** The codes of an image. */
  get imageLength(): number {
    const [rows, columns] = this.config.gridShape;
    return rows * columns;
  }

  /** The number of different codes. */
  get codebookSize(): number {
    return this.config.codebookSize;
  }

  /** The matrix that gives the logits; none if it is quantized. */
  get outputWeight(): Variable | undefined {
    return this.gpt.outputWeight;
  }

  /**
   * A row to learn from: a text, filled up, and the codes of its image.
   *
   * @param text The text's tokens, at most `textLength`.
   * @param codes The image's codes, row by row.
   * @param padId The token that fills texts up. @default {0}
   * @returns The ids, `textLength + imageLength` of them; without codes those of the text alone.
   * @throws {RangeError} If there are too many tokens, or not as many codes as the image has.
   */
  row(text: readonly number[], codes?: ArrayLike<number>, padId = 0): number[] {
    const { textLength, textVocabSize } = this.config;
    if (text.length > textLength || (codes && codes.length !== this.imageLength)) {
      throw new RangeError(
        `Cannot make a row as there must be at most ${textLength} tokens and ${this.imageLength} codes: ` +
          `current numbers are ${text.length} and ${codes?.length}`,
      );
    }
    const filled = [...text, ...Array<number>(textLength - text.length).fill(padId)];
    return [...filled, ...Array.from(codes ?? [], (code) => textVocabSize + code)];
  }

  /**
   * Predicts the token after each.
   *
   * @param ids Token ids, `[B, T]`, int32; with a cache, those that follow the tokens in it.
   * @returns Logits of the token after each, `[B, T, V]`; with `lastOnly`, `[B, 1, V]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  forward(ids: Tensor, options: ForwardOptions = {}): Tensor {
    return this.gpt.forward(ids, options);
  }

  /**
   * What the logits are made of.
   *
   * @param ids Token ids, `[B, T]`, int32, as for {@link DALLE.forward}.
   * @returns `[B, T, C]`; with `lastOnly`, `[B, 1, C]`.
   * @throws {RangeError} If there are more tokens than `contextLength`.
   */
  hiddenStates(ids: Tensor, options: ForwardOptions = {}): Tensor {
    return this.gpt.hiddenStates(ids, options);
  }
}
