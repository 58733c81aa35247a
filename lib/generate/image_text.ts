import {
  type CausalLM,
  type ForwardOptions,
  type ImageCaptionLM,
  Module,
  type TextToImageLM,
} from "../nn/mod.ts";
import { linear } from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { Rng, type Tensor } from "../tensor/mod.ts";
import { inUse } from "./context.ts";
import { generate, type GenerateResult } from "./generate.ts";
import type { GenerateOptions } from "./options.ts";

/** A model that belongs to another owner, as a model that continues rows of tokens. */
abstract class Borrowed extends Module implements CausalLM {
  abstract readonly vocabSize: number;
  abstract readonly contextLength: number;
  readonly #model: Module;

  constructor(model: Module) {
    super();
    this.#model = model;
  }

  abstract forward(ids: Tensor, options?: ForwardOptions): Tensor;

  // the model is its owner's to free; in use it must be in use as a whole
  override *namedModules(prefix = ""): Generator<[string, Module]> {
    yield* super.namedModules(prefix);
    yield* this.#model.namedModules(prefix);
  }
}

/** Writes captions of images that were read; a cache keeps the rows apart as they become fewer. */
class CaptionWriter extends Borrowed {
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly #decode: (ids: Tensor, options: ForwardOptions) => Tensor;

  constructor(model: ImageCaptionLM, memory: Tensor) {
    super(model);
    this.vocabSize = model.vocabSize;
    this.contextLength = model.contextLength;
    const weight = model.outputWeight;
    if (!weight) {
      throw new TypeError(
        "Cannot write captions as the model must have its output's matrix: current one is quantized",
      );
    }
    this.#decode = (ids, options) => {
      const rows = ids.shape[0]!;
      // once a cache holds what is used of the memory, it is not read
      const alike = memory.shape[0] === 1 && rows > 1 && !options.cache?.length;
      const seen = alike ? tf.tile(memory, [rows, 1, 1]) : memory;
      return linear(model.decodeStates(ids, seen, options), weight);
    };
  }

  forward(ids: Tensor, options: ForwardOptions = {}): Tensor {
    return this.#decode(ids, options);
  }
}

/**
 * Writes what a model sees in images, greedily, at random or by beam search.
 *
 * @param model What reads and writes; it is left in the mode it was in.
 * @param images `[B, H, W, C]`; they are the caller's.
 * @param options How; the end token is the model's unless another is given. A cache is always used.
 * @returns For each image its caption; `newIds` are the tokens, the end token included.
 * @throws {RangeError} If an option is out of its range.
 */
export async function generateCaptions(
  model: ImageCaptionLM,
  images: Tensor,
  options: Omit<GenerateOptions, "draft" | "draftTokens" | "useCache"> = {},
): Promise<GenerateResult[]> {
  const { startId, endId, contextLength } = model;
  const whole = { eosTokenId: endId, maxNewTokens: contextLength, ...options };
  const memory = inUse(model, () => tf.tidy(() => model.encode(images)));
  try {
    if ((options.numBeams ?? 1) === 1) {
      const writer = new CaptionWriter(model, memory);
      return await generate(
        writer,
        Array.from({ length: images.shape[0]! }, () => [startId]),
        whole,
      );
    }
    const results: GenerateResult[] = [];
    for (let b = 0; b < images.shape[0]!; b++) { // a beam search has its own rows for each image
      const own = tf.slice(memory, [b, 0, 0], [1, -1, -1]);
      try {
        results.push((await generate(new CaptionWriter(model, own), [startId], whole))[0]!);
      } finally {
        own.dispose();
      }
    }
    return results;
  } finally {
    memory.dispose();
  }
}

/** Continues a text by codes of an image: the text's own tokens are never written. */
class CodeWriter extends Borrowed {
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly #logits: (ids: Tensor, options: ForwardOptions) => Tensor;

  constructor(model: TextToImageLM, hidden: Tensor) {
    super(model);
    this.vocabSize = model.vocabSize;
    this.contextLength = model.contextLength;
    this.#logits = (ids, options) => tf.add(model.forward(ids, options), hidden);
  }

  forward(ids: Tensor, options: ForwardOptions = {}): Tensor {
    return this.#logits(ids, options);
  }
}

/** How {@link generateImageCodes} draws. */
export interface GenerateImageCodesOptions
  extends Pick<GenerateOptions, "temperature" | "topK" | "topP" | "minP" | "signal"> {
  /** The most images that are written together. @default {32} */
  batchSize?: number;
  /** Equal seeds write equal images. @default {0} */
  seed?: number;
}

/**
 * Writes images from texts, code by code, at random.
 *
 * @param model What writes them; it is left in the mode it was in.
 * @param texts The tokens of each text, filled up to the model's `textLength`.
 * @param options From which codes is drawn.
 * @returns The codes of each image, row by row, from 0 up to the size of the codebook.
 * @throws {RangeError} If a text has another length, or an option is out of its range.
 */
export async function generateImageCodes(
  model: TextToImageLM,
  texts: readonly (readonly number[])[],
  { batchSize = 32, seed = 0, temperature = 1, ...options }: GenerateImageCodesOptions = {},
): Promise<Int32Array[]> {
  const { vocabSize, codebookSize, textLength, imageLength } = model;
  const wrong = texts.find(({ length }) => length !== textLength);
  if (wrong) {
    throw new RangeError(
      `Cannot write images as each text must have ${textLength} tokens: current length is ${wrong.length}; fill it up`,
    );
  }
  const first = vocabSize - codebookSize;
  const values = new Float32Array(vocabSize).fill(-Infinity, 0, first);
  const hidden = tf.tensor1d(values);
  const random = new Rng(seed);
  const codes: Int32Array[] = [];
  try {
    const writer = new CodeWriter(model, hidden);
    for (let start = 0; start < texts.length; start += batchSize) {
      const results = await generate(writer, texts.slice(start, start + batchSize), {
        ...options,
        temperature,
        maxNewTokens: imageLength,
        seed: random.int(2 ** 31),
      });
      codes.push(...results.map(({ newIds }) => Int32Array.from(newIds, (id) => id - first)));
    }
    return codes;
  } finally {
    hidden.dispose();
  }
}
