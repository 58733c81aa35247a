import type { Tensor, Variable } from "../tensor/mod.ts";
import type { SoundClassifier, SpeechRecognizer } from "./hearing_tasks.ts";
import type { ImageTextModel } from "./image_text.ts";
import type { KVCache } from "./kv_cache.ts";
import type { Module } from "./module.ts";

/** How a {@link CausalLM} runs. */
export interface ForwardOptions {
  /** Keys and values of the tokens before; the model appends those of the new tokens. */
  cache?: KVCache;
  /** Whether only the logits after the last token are wanted; saves the rest of the output's matrix. @default {false} */
  lastOnly?: boolean;
  /**
   * Which of the texts packed into a row each token is of, `[B, T]`, int32: a token sees those of its own text only. For models
   * that {@link CausalLM.keepsApart} texts, and without a cache. @default {each row is one text}
   */
  segments?: Tensor;
}

/** A model that gives, at each position, the logits of the next token from the tokens up to there. */
export interface CausalLM extends Module {
  /** The number of different tokens. */
  readonly vocabSize: number;
  /** The most tokens that the model can see at once. */
  readonly contextLength: number;
  /**
   * Predicts the token after each.
   *
   * @param ids Token ids, `[B, T]`, int32; with a cache, those that follow the tokens in it.
   * @returns Logits of the token after each, `[B, T, V]`, float32; with `lastOnly`, `[B, 1, V]`.
   */
  forward(ids: Tensor, options?: ForwardOptions): Tensor;
  /**
   * What the logits are made of: `forward(ids)` is `hiddenStates(ids) outputWeightᵀ`. A loss that has both need not hold the
   * logits of a whole batch. @default {none}
   *
   * @param ids Token ids, as for `forward`.
   * @returns `[B, T, C]`, float32; with `lastOnly`, `[B, 1, C]`.
   */
  hiddenStates?(ids: Tensor, options?: ForwardOptions): Tensor;
  /** The output's matrix, `[V, C]`, if there is {@link CausalLM.hiddenStates}. @default {none} */
  readonly outputWeight?: Variable;
  /** Whether the model keeps the texts packed into a row apart: whether it reads `segments`. @default {false} */
  readonly keepsApart?: boolean;
}

/** Token ids of several texts, filled up to one length; what a tokenizer's batch holds. */
export interface TokenInputs {
  /** Token ids, `[B, T]`, int32. */
  ids: Tensor;
  /** 1 where there is a token and 0 where the row is filled up, `[B, T]`, int32. @default {all 1} */
  mask?: Tensor;
  /** Which text of a pair each token belongs to, `[B, T]`, int32. @default {all 0} */
  segments?: Tensor;
}

/** A model that gives each token a vector that depends on all tokens of its row. */
export interface TextEncoder<I extends TokenInputs = TokenInputs> extends Module {
  /** The width of a token's vector. */
  readonly embedDim: number;
  /** The most tokens that the model can see at once. */
  readonly contextLength: number;
  /**
   * Encodes texts.
   *
   * @returns The vectors of the tokens, `[B, T, C]`, float32; those of filled places mean nothing.
   */
  encode(inputs: I): Tensor;
}

/** A model that says which token stands at each place, from the tokens on both sides. */
export interface MaskedLM<I extends TokenInputs = TokenInputs> extends Module {
  /** The number of different tokens. */
  readonly vocabSize: number;
  /** Predicts the token at each place: logits, `[B, T, V]`, float32. */
  forward(inputs: I): Tensor;
  /**
   * What the logits are made of, `[B, T, C]`: `forward(inputs)` is `hiddenStates(inputs) outputWeightᵀ + outputBias`. A loss
   * that has them need not hold the logits of a whole batch. @default {none}
   */
  hiddenStates?(inputs: I): Tensor;
  /** The output's matrix, `[V, C]`, if there is {@link MaskedLM.hiddenStates}. @default {none} */
  readonly outputWeight?: Variable;
  /** What the output adds, `[V]`. @default {nothing} */
  readonly outputBias?: Variable;
}

/** A masked language model that also says whether the second text of a pair follows the first. */
export interface PretrainingLM<I extends TokenInputs = TokenInputs> extends MaskedLM<I> {
  /** The output's matrix, `[V, C]`. */
  readonly outputWeight: Variable;
  /**
   * Does both in one pass.
   *
   * @returns `hidden`, what the logits of the tokens are made of, `[B, T, C]`; `next`, logits of the second text following the
   *   first (0) or being another (1), `[B, 2]`.
   */
  pretrain(inputs: I): { hidden: Tensor; next: Tensor };
}

/** A model that sorts texts, or pairs of texts, into classes; or, with one label, gives a number. */
export interface SequenceClassifier<I extends TokenInputs = TokenInputs> extends Module {
  /** The number of classes. */
  readonly numLabels: number;
  /** Logits of the classes, `[B, K]`, float32. */
  forward(inputs: I): Tensor;
}

/** A model that sorts each token into a class: names, parts of speech. */
export interface TokenClassifier<I extends TokenInputs = TokenInputs> extends Module {
  /** The number of classes. */
  readonly numLabels: number;
  /** Logits of each token's classes, `[B, T, K]`, float32. */
  forward(inputs: I): Tensor;
}

/** A model that finds the answer to a question as a stretch of a text. */
export interface QuestionAnswerer<I extends TokenInputs = TokenInputs> extends Module {
  /** Logits of each token being the answer's first and last, `[B, T]` each, float32. */
  forward(inputs: I): { start: Tensor; end: Tensor };
}

/** How a {@link Seq2SeqLM} decodes. */
export interface DecodeOptions extends ForwardOptions {
  /** The mask of the source's tokens, `[B, S]`, int32. @default {all 1} */
  mask?: Tensor;
}

/** Sources and what is written from them, for training. */
export interface Seq2SeqBatch extends TokenInputs {
  /** The targets, shifted right: they start with `startId`, `[B, T]`, int32. */
  decoderIds: Tensor;
  /** The targets, -100 where a row is filled up, `[B, T]`, int32. @default {none} */
  labels?: Tensor;
}

/** The half of a model that writes a sequence while it looks at what another half has read. */
export interface Seq2SeqWriter extends Module {
  /** The number of different tokens that it writes. */
  readonly vocabSize: number;
  /** The token that what it writes starts with; it is not part of the text. */
  readonly startId: number;
  /** The token that ends what it writes. */
  readonly endId: number;
  /** The token that fills rows up. @default {endId} */
  readonly padId?: number;
  /** The most tokens of a target that it can see. @default {no limit} */
  readonly contextLength?: number;
  /** Whether `decode` keeps in a cache what it needs of the source and of the tokens before. @default {true} */
  readonly usesCache?: boolean;
  /**
   * Predicts the token after each of the written ones.
   *
   * @param ids The tokens written so far, the first one `startId`, `[B, T]`, int32; with a cache, those that follow the tokens in it.
   * @param memory What reading the source gave, `[B, S, C]`.
   * @returns Logits, `[B, T, V]`, float32; with `lastOnly`, `[B, 1, V]`.
   */
  decode(ids: Tensor, memory: Tensor, options?: DecodeOptions): Tensor;
  /**
   * What the logits are made of: `decode(…)` is `decodeStates(…) outputWeightᵀ`. A loss that has both need not hold the logits
   * of a whole batch. @default {none}
   *
   * @returns `[B, T, C]`, float32; with `lastOnly`, `[B, 1, C]`.
   */
  decodeStates?(ids: Tensor, memory: Tensor, options?: DecodeOptions): Tensor;
  /** The output's matrix, `[V, C]`, if there is {@link Seq2SeqWriter.decodeStates}. @default {none} */
  readonly outputWeight?: Variable;
}

/** A model that reads one sequence and writes another: translation, summaries. */
export interface Seq2SeqLM extends Seq2SeqWriter {
  /**
   * Reads the source.
   *
   * @returns What decoding looks at, `[B, S, C]`, float32.
   */
  encode(inputs: TokenInputs): Tensor;
}

/** A model that sorts images into classes. */
export interface ImageClassifier extends Module {
  /** The number of classes. */
  readonly numLabels: number;
  /**
   * Sorts images.
   *
   * @param images `[B, H, W, C]`, float32.
   * @returns Logits of the classes, `[B, K]`, float32.
   */
  forward(images: Tensor): Tensor;
}

/** A model that sorts each pixel of an image into a class. */
export interface ImageSegmenter extends Module {
  /** The number of classes. */
  readonly numLabels: number;
  /**
   * Sorts pixels.
   *
   * @param images `[B, H, W, C]`, float32.
   * @returns Logits of each pixel's classes, `[B, H, W, K]`, float32.
   */
  forward(images: Tensor): Tensor;
}

/** A model that gives each image a vector. */
export interface ImageEncoder extends Module {
  /** Numbers in the vector of an image. */
  readonly embedDim: number;
  /**
   * Gives images their vectors.
   *
   * @param images `[B, H, W, C]`, float32.
   * @returns Vectors of length 1, `[B, D]`, float32.
   */
  forward(images: Tensor): Tensor;
}

/** A model that finds things in images by their centres. */
export interface ObjectDetector extends Module {
  /** The number of classes. */
  readonly numLabels: number;
  /** Pixels of a cell's side. */
  readonly stride: number;
  /**
   * Looks for things.
   *
   * @param images `[B, H, W, C]`, float32.
   * @returns Of each cell, `[B, H / stride, W / stride, K + 4]`, float32: logits of a centre of each class being in it, then the
   *   logarithms of the distances from its middle to the left, upper, right and lower edge of the thing, in cells.
   */
  forward(images: Tensor): Tensor;
}

/** Users, and the items that are to be scored for each. */
export interface RecommenderInputs {
  /** Users, `[B]`, int32. */
  users: Tensor;
  /** The items to be scored, `[B, N]`, int32. */
  items: Tensor;
  /**
   * The items that each user met before, oldest first, `[B, T]`, int32, filled in front with the number of items; models that
   * know users by their numbers alone do not read it. @default {nothing}
   */
  history?: Tensor;
}

/** A model that says how well items suit users. */
export interface Recommender extends Module {
  /** The number of items. */
  readonly numItems: number;
  /** The most items of a history that the model can see. @default {any number} */
  readonly contextLength?: number;
  /** Scores, higher for better items, `[B, N]`, float32. */
  forward(inputs: RecommenderInputs): Tensor;
}

/** A {@link Recommender} that foretells the next item at each place of a history. */
export interface SequentialRecommender extends Recommender {
  /** The most items of a history that the model can see. */
  readonly contextLength: number;
  /**
   * Scores items that might come after each place.
   *
   * @param history Items, oldest first, `[B, T]`, int32, filled in front with the number of items.
   * @param items What might come after each, `[B, T, N]`, int32.
   * @returns `[B, T, N]`, float32
   */
  forwardSteps(history: Tensor, items: Tensor): Tensor;
}

/** A {@link Recommender} that makes one vector of a user and one of an item, apart from each other. */
export interface VectorRecommender extends Recommender {
  /** What the product of two vectors is divided by. */
  readonly temperature: number;
  /** The vectors of users, `[B, D]`, of length 1. */
  userVectors(inputs: Omit<RecommenderInputs, "items">): Tensor;
  /** The vectors of items, `[..., D]`, of length 1. */
  itemVectors(items: Tensor): Tensor;
}

/** A model that foretells whether a learner will know the answers. */
export interface KnowledgeTracer extends Module {
  /** The number of skills. */
  readonly numSkills: number;
  /**
   * Foretells, after each answer, whether a question on each skill would be answered right.
   *
   * @param skills The skills that were asked for, `[B, T]`, int32.
   * @param correct Whether the answers were right, 1 or 0, `[B, T]`, int32.
   * @returns Logits, `[B, T, K]`, float32.
   */
  forward(skills: Tensor, correct: Tensor): Tensor;
}

/** A model that makes images of random numbers. */
export interface ImageGenerator extends Module {
  /** Numbers that an image is made of. */
  readonly latentDim: number;
  /** Classes that images are made by. @default {0: none} */
  readonly numClasses?: number;
  /**
   * Makes images.
   *
   * @param latents Numbers from the normal distribution, `[B, D]`.
   * @param labels Classes, `[B]`, int32, where there are any.
   * @returns `[B, H, W, C]`
   */
  forward(latents: Tensor, labels?: Tensor): Tensor;
}

/** A model that tells real images from made ones. */
export interface ImageCritic extends Module {
  /** Logits of images' being real, `[B]`, from images `[B, H, W, C]` and their classes, `[B]`, where there are any. */
  forward(images: Tensor, labels?: Tensor): Tensor;
}

/** A model that describes images by normal distributions, and makes images of numbers from them. */
export interface VariationalEncoder extends Module {
  /** Means and logarithms of variances, `[B, D]` each, of images, `[B, H, W, C]`. */
  encode(images: Tensor): { mean: Tensor; logVariance: Tensor };
  /** Logits of the pixels of images, `[B, H, W, C]`, of numbers, `[B, D]`. */
  decode(latents: Tensor): Tensor;
}

/** A model that foretells the noise in images. */
export interface NoisePredictor extends Module {
  /** How much of an image is left after each step, `ᾱ`. */
  readonly signal: Float64Array;
  /** Height, width and channels of the images. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** The noise, `[B, H, W, C]`, in images, `[B, H, W, C]`, after steps, `[B]`, int32. */
  forward(noisy: Tensor, steps: Tensor): Tensor;
}

/** A model that foretells the values that follow in a series. */
export interface SeriesForecaster extends Module {
  /** How many values are known. */
  readonly contextLength: number;
  /** How many values are foretold. */
  readonly horizon: number;
  /** The values that follow, `[B, horizon]`, from those before, oldest first, `[B, T, I]`, float32. */
  forward(past: Tensor): Tensor;
}

/** A model that plans ways on maps. */
export interface GridPlanner extends Module {
  /** Scores the moves from each cell: logits, `[B, H, W, M]`, from maps, `[B, H, W, C]`, float32. */
  forward(maps: Tensor): Tensor;
}

/** The model for each task, by the names that `loadModel` takes. */
export interface TaskModels {
  /** Writes on: GPT, Llama. */
  "causal-lm": CausalLM;
  /** Says which token stands at a place. */
  "masked-lm": MaskedLM;
  /** Says that, and whether two texts follow each other. */
  "pretraining": PretrainingLM;
  /** Gives each token a vector. */
  "encoder": TextEncoder;
  /** Sorts texts into classes. */
  "sequence-classification": SequenceClassifier;
  /** Sorts tokens into classes. */
  "token-classification": TokenClassifier;
  /** Finds answers in texts. */
  "question-answering": QuestionAnswerer;
  /** Reads one sequence and writes another. */
  "seq2seq-lm": Seq2SeqLM;
  /** Sorts images into classes. */
  "image-classification": ImageClassifier;
  /** Sorts pixels into classes. */
  "image-segmentation": ImageSegmenter;
  /** Compares images with texts, which may name classes. */
  "zero-shot-image-classification": ImageTextModel;
  /** Finds things in images. */
  "object-detection": ObjectDetector;
  /** Says how well items suit users. */
  "recommendation": Recommender;
  /** Foretells answers of learners. */
  "knowledge-tracing": KnowledgeTracer;
  /** Sorts sounds into classes. */
  "sound-classification": SoundClassifier;
  /** Writes what it hears. */
  "speech-recognition": SpeechRecognizer;
}

/** What a model is for. */
export type Task = keyof TaskModels;
