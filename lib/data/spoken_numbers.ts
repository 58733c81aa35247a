import type { Frames } from "../audio/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Rng, Tensor } from "../tensor/mod.ts";
import { chineseNumeral } from "../text/mod.ts";
import { collateFrames, type CollateFramesOptions, joinFrames } from "./frame_batch.ts";
import type { SpokenDigitFeatures } from "./spoken_digits.ts";

/** A number whose digits were spoken one after another, and what it is called in Chinese. */
export interface SpokenNumber {
  /** The features of its digits, joined. */
  frames: Frames;
  /** The number. */
  number: number;
  /** The number in Chinese, such as `"二百三十七"`. */
  target: string;
}

/** How {@link drawSpokenNumbers} draws. */
export interface DrawSpokenNumbersOptions {
  /** How many. */
  count: number;
  /** The numbers to draw from, each from 0 to 9999. */
  numbers: readonly number[];
  /** Where chance comes from. */
  rng: Rng;
}

/**
 * Draws numbers whose digits were spoken one after another, "two three seven", each digit by anybody.
 *
 * What they are in Chinese is no word for word: `二百三十七` has units, which nobody spoke.
 *
 * @param parts Spoken digits, each of the ten at least once.
 * @param options How many, and of which numbers.
 * @throws {RangeError} If a digit or the numbers are missing.
 */
export function drawSpokenNumbers(
  parts: readonly SpokenDigitFeatures[],
  { count, numbers, rng }: DrawSpokenNumbersOptions,
): SpokenNumber[] {
  const byDigit = Array.from({ length: 10 }, (_, d) => parts.filter(({ digit }) => digit === d));
  const missing = byDigit.findIndex(({ length }) => length === 0);
  if (numbers.length === 0 || missing >= 0) {
    throw new RangeError(
      `Cannot draw numbers as there must be some, and each digit spoken: ` +
        (missing < 0 ? "current number of numbers is 0" : `current digits lack ${missing}`),
    );
  }
  return Array.from({ length: count }, () => {
    const number = numbers[rng.int(numbers.length)]!;
    const spoken = [...String(number)].map((letter) => {
      const own = byDigit[Number(letter)]!;
      return own[rng.int(own.length)]!.frames;
    });
    return { frames: joinFrames(spoken), number, target: chineseNumeral(number) };
  });
}

/** A sound and the tokens that are to be written from it, without those that start and end. */
export interface SpeechPair {
  /** The features of the sound. */
  frames: Frames;
  /** The tokens. */
  target: readonly number[];
}

/** How {@link collateSpeechPairs} makes a batch. */
export interface CollateSpeechPairsOptions extends CollateFramesOptions {
  /** The token that targets start with. */
  startId: number;
  /** The token that ends a target. */
  endId: number;
  /** The token that fills rows up. @default {endId} */
  padId?: number;
}

/** Sounds and targets as tensors, which belong to whoever made them: what `speechSeq2SeqLoss` takes. */
export interface SpeechPairBatch {
  /** Features, `[B, T, F]`, float32; 0 where a row is filled up. */
  frames: Tensor;
  /** 1 where there is a frame and 0 where the row is filled up, `[B, T]`, int32. */
  frameMask: Tensor;
  /** The targets shifted right: `startId` first, `[B, S]`, int32. */
  decoderIds: Tensor;
  /** The targets, `endId` last, filled up with -100, `[B, S]`, int32. */
  labels: Tensor;
}

/**
 * Makes a batch of sounds and what is to be written from them.
 *
 * @param pairs The examples, at least one, with equally many features.
 * @param options The tokens that start and end, and the sizes; `maxLabels` counts the token that ends.
 * @returns Tensors, which belong to the caller.
 * @throws {RangeError} If there are no examples, they do not fit together, or a target is too long.
 */
export function collateSpeechPairs(
  pairs: readonly SpeechPair[],
  { startId, endId, padId = endId, ...sizes }: CollateSpeechPairsOptions,
): SpeechPairBatch {
  const rows = pairs.map(({ target }) => [...target, endId]);
  const batch = collateFrames(
    pairs.map(({ frames }, b) => ({ frames, labels: rows[b]! })),
    sizes,
  );
  const [B, S] = batch.labels.shape as [number, number];
  const ids = new Int32Array(B * S).fill(padId);
  rows.forEach((row, b) => ids.set([startId, ...row.slice(0, -1)], b * S));
  return { ...batch, decoderIds: tf.tensor2d(ids, [B, S], "int32") };
}
