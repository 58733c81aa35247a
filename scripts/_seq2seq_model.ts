/**
 * The model of train_seq2seq.ts: its tokens, its sizes, its batches, and how it writes.
 *
 * @module
 */
import {
  collatePairs,
  DataLoader,
  type PairBatch,
  type TextPair,
  type TokenPair,
} from "@tome/tome/data";
import { generateSeq2SeqText, type Seq2SeqTokenizers } from "@tome/tome/generate";
import { loadModel } from "@tome/tome/models";
import { loadT5Weights, saveT5, T5 } from "@tome/tome/models/t5";
import {
  loadTransformerWeights,
  saveTransformer,
  Transformer,
} from "@tome/tome/models/transformer";
import type { Seq2SeqLM } from "@tome/tome/nn";
import { CharacterTokenizer, type Tokenizer, trainBytePair } from "@tome/tome/text";

/** The kinds of model. */
export const FAMILIES = ["transformer", "t5"] as const;

/** The kinds of token. */
export const TOKENIZERS = ["characters", "bpe"] as const;

/** A model of one of the {@link FAMILIES}. */
export type Model = Transformer | T5;

/** The flags that a model is made of, and that its texts are cut by. */
export interface ModelFlags {
  /** What a token is. */
  tokenizer: typeof TOKENIZERS[number];
  /** Tokens that bpe learns. */
  vocab: number;
  /** The kind of model. */
  family: typeof FAMILIES[number];
  /** Layers of encoder and of decoder. */
  layers: number;
  /** Heads of attention in a layer. */
  heads: number;
  /** Width of a token's vector. */
  width: number;
  /** Width inside the networks; without it 4 times the width. */
  hidden: number | undefined;
  /** Share dropped in training. */
  dropout: number;
  /** The most tokens of a text. */
  maxTokens: number;
  /** The most tokens of a target; without it `maxTokens`. */
  maxTarget: number | undefined;
  /** Pairs in a step. */
  batch: number;
  /** Fixes the order. */
  seed: number;
}

/** How texts are written. */
export interface WritingFlags {
  /** The most tokens of a source. */
  maxTokens: number;
  /** The most tokens of what is written; without it `maxTokens`. */
  maxTarget: number | undefined;
  /** Above 0 favours longer texts, with beams. */
  lengthPenalty: number;
  /** Runs of so many tokens are written once; without it all are. */
  noRepeat: number | undefined;
}

const SPECIAL = ["<pad>", "<s>", "</s>"] as const;

/** A tokenizer that learns from the pairs. */
export function makeTokenizer(pairs: readonly TextPair[], flags: ModelFlags): Tokenizer {
  const texts = pairs.flatMap(({ source, target }) => [source, target]);
  return flags.tokenizer === "bpe"
    ? trainBytePair(texts, { vocabSize: flags.vocab, specialTokens: SPECIAL })
    : CharacterTokenizer.fromText(texts.join("\n"), { unknown: "<unk>", specialTokens: SPECIAL });
}

/** The ids of the tokens that fill up, start and end. */
export function specialIds(
  tokenizer: Tokenizer,
): { padId: number; startId: number; endId: number } {
  const [padId, startId, endId] = SPECIAL.map((token) => tokenizer.specialTokens.get(token)!);
  return { padId: padId!, startId: startId!, endId: endId! };
}

/** A model with random weights. */
export function makeModel(tokenizer: Tokenizer, flags: ModelFlags): Model {
  const { layers: numLayers, heads: numHeads, width: embedDim, dropout, maxTokens } = flags;
  const hiddenDim = flags.hidden ?? 4 * embedDim;
  const { vocabSize } = tokenizer;
  const shared = { vocabSize, embedDim, numHeads, numLayers, hiddenDim, dropout };
  return flags.family === "t5"
    ? new T5({ ...shared, ...specialIds(tokenizer), headDim: Math.ceil(embedDim / numHeads) })
    : new Transformer({
      ...shared,
      ...specialIds(tokenizer),
      contextLength: 8 * Math.ceil(maxTokens / 8),
      normFirst: true,
    });
}

/** A model that a run left. @throws {TypeError} If it is of another family. */
export async function loadPairModel(folder: string): Promise<Model> {
  const model = await loadModel(folder, { task: "seq2seq-lm" });
  if (model instanceof Transformer || model instanceof T5) return model;
  model[Symbol.dispose]();
  throw new TypeError(
    `Cannot measure ${folder} as it must hold a transformer or a T5: current model is a ${model.constructor.name}`,
  );
}

/** How a trainer keeps a model and its tokenizer, and takes the best one back. */
export function filesOf(tokenizer: Tokenizer): {
  save: (model: Model, folder: string) => Promise<void>;
  load: (model: Model, folder: string) => Promise<void>;
} {
  const tokenizerJson = JSON.stringify(tokenizer);
  return {
    save: (model, folder) =>
      model instanceof T5
        ? saveT5(model, folder, { tokenizerJson })
        : saveTransformer(model, folder, { tokenizerJson }),
    load: (model, folder) =>
      model instanceof T5 ? loadT5Weights(model, folder) : loadTransformerWeights(model, folder),
  };
}

/** Texts to tokens and back; what is read ends with the end token, and is no longer than the model was trained for. */
export function tokenizersOf(tokenizer: Tokenizer, longest: number): Seq2SeqTokenizers {
  const { endId } = specialIds(tokenizer);
  const encode = (text: string) => [
    ...tokenizer.encode(text, { special: false }).slice(0, longest - 1),
    endId,
  ];
  return { source: { encode }, target: tokenizer };
}

/** Pairs of texts as tokens. */
export function encodePairs(
  pairs: readonly TextPair[],
  tokenizer: Tokenizer,
  maxTokens: number,
): TokenPair[] {
  const { source: { encode } } = tokenizersOf(tokenizer, maxTokens);
  return pairs.map(({ source, target }) => ({
    source: encode(source),
    target: tokenizer.encode(target, { special: false }),
  }));
}

/** Batches of pairs; those for training are shuffled, and `order` is given the places of each batch's pairs. */
export function loaderOf(
  pairs: readonly TokenPair[],
  tokenizer: Tokenizer,
  { maxTokens, maxTarget = maxTokens, batch, seed }: ModelFlags,
  order?: number[][],
): DataLoader<TokenPair, PairBatch> {
  const places = new Map(pairs.map((pair, i) => [pair, i]));
  return new DataLoader<TokenPair, PairBatch>(pairs, {
    collate(some) {
      order?.push(some.map((pair) => places.get(pair)!));
      return collatePairs(some, { ...specialIds(tokenizer), maxTarget, multipleOf: MULTIPLE });
    },
    ...(order
      ? { batchSize: Math.min(batch, pairs.length), shuffle: true, seed, dropLast: true }
      : { batchSize: batch }),
  });
}

/** What rows are filled up to a multiple of, so that few shapes occur. */
export const MULTIPLE = 8;

/** How a model writes, with so many beams. */
export function writing(
  tokenizer: Tokenizer,
  { maxTokens, maxTarget = maxTokens, lengthPenalty, noRepeat }: WritingFlags,
  numBeams: number,
) {
  const { padId, startId } = specialIds(tokenizer);
  return {
    maxNewTokens: maxTarget,
    numBeams,
    lengthPenalty,
    suppressIds: [padId, startId],
    ...(noRepeat === undefined ? {} : { noRepeatNgramSize: noRepeat }),
  };
}

/** What a model writes from texts. */
export async function writeTexts(
  model: Seq2SeqLM,
  tokenizer: Tokenizer,
  texts: readonly string[],
  flags: WritingFlags,
  numBeams: number,
): Promise<string[]> {
  const tokenizers = tokenizersOf(tokenizer, flags.maxTokens);
  const options = writing(tokenizer, flags, numBeams);
  return (await generateSeq2SeqText(model, tokenizers, texts, options)).map(([best]) => best!);
}
