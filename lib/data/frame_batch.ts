import type { Frames } from "../audio/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Rng, Tensor } from "../tensor/mod.ts";

/** A sound as frames of features, and what it says. */
export interface LabelledFrames {
  /** The features. */
  frames: Frames;
  /** What was said: one class, or labels in order, from 1 where 0 is the blank. */
  labels: number | readonly number[];
}

/** Sounds as frames of features, filled up to one length, and what they say. */
export interface FrameBatch {
  /** Features, `[B, T, F]`, float32; 0 where a row is filled up. */
  frames: Tensor;
  /** 1 where there is a frame and 0 where the row is filled up, `[B, T]`, int32. */
  frameMask: Tensor;
  /** One class a sound, `[B]`, or labels in order filled up with -100, `[B, S]`, int32. */
  labels: Tensor;
}

/** How {@link collateFrames} fills up. */
export interface CollateFramesOptions {
  /** Frames of every row; of a longer sound the middle is taken. @default {as many as the longest has} */
  length?: number;
  /** Labels of every row, so that all batches have one shape. @default {as many as the longest has} */
  maxLabels?: number;
}

/**
 * Puts sounds side by side.
 *
 * @param examples Sounds with equally many features; either all have one class, or all have labels in order.
 * @param options The sizes of the batch.
 * @throws {RangeError} If there are no examples, they do not fit together, or a row has more labels than `maxLabels`.
 */
export function collateFrames(
  examples: readonly LabelledFrames[],
  options: CollateFramesOptions = {},
): FrameBatch {
  const bins = examples[0]?.frames.bins;
  const single = typeof examples[0]?.labels === "number";
  if (
    bins === undefined ||
    examples.some(({ frames, labels }) =>
      frames.bins !== bins || (typeof labels === "number") !== single
    )
  ) {
    throw new RangeError(
      `Cannot put sounds side by side as there must be some, with equally many features and labels of one kind: ` +
        `current numbers of features are [${examples.map(({ frames }) => frames.bins).join(", ")}]`,
    );
  }
  const T = options.length ?? Math.max(...examples.map(({ frames }) => frames.frames));
  const data = new Float32Array(examples.length * T * bins);
  const mask = new Int32Array(examples.length * T);
  for (const [b, { frames: given }] of examples.entries()) {
    const count = Math.min(T, given.frames);
    const first = (given.frames - count) >> 1;
    data.set(given.data.subarray(first * bins, (first + count) * bins), b * T * bins);
    mask.fill(1, b * T, b * T + count);
  }
  return {
    frames: tf.tensor3d(data, [examples.length, T, bins]),
    frameMask: tf.tensor2d(mask, [examples.length, T], "int32"),
    labels: single
      ? tf.tensor1d(examples.map(({ labels }) => labels as number), "int32")
      : labelRows(examples.map(({ labels }) => labels as number[]), options.maxLabels),
  };
}

function labelRows(rows: readonly (readonly number[])[], most?: number): Tensor {
  const longest = Math.max(...rows.map((row) => row.length));
  const width = Math.max(1, most ?? longest);
  if (longest > width) {
    throw new RangeError(
      `Cannot put sounds side by side as a row must have at most ${width} labels: current number is ${longest}`,
    );
  }
  const data = new Int32Array(rows.length * width).fill(-100);
  rows.forEach((row, b) => data.set(row, b * width));
  return tf.tensor2d(data, [rows.length, width], "int32");
}

/** What {@link drawStrings} draws. */
export interface DrawStringsOptions {
  /** How many strings. */
  count: number;
  /** The fewest parts of a string. @default {3} */
  minLength?: number;
  /** The most parts of a string. @default {7} */
  maxLength?: number;
  /** Where the numbers come from. */
  rng: Rng;
}

/**
 * Draws strings of spoken parts, such as the digits of a telephone number, each of one speaker.
 *
 * Every part is drawn from all parts of the speaker, and may come again.
 *
 * @param parts What was spoken; parts without a speaker are all of one.
 * @param options How many, and how long.
 * @throws {RangeError} If there are no parts, or the lengths are out of order.
 */
export function drawStrings<P extends { speaker?: string }>(
  parts: readonly P[],
  { count, minLength = 3, maxLength = 7, rng }: DrawStringsOptions,
): P[][] {
  const speakers = [...Map.groupBy(parts, ({ speaker }) => speaker).values()];
  if (speakers.length === 0 || !(minLength >= 1 && minLength <= maxLength)) {
    throw new RangeError(
      `Cannot draw strings as there must be parts, and 1 ≤ minLength ≤ maxLength: ` +
        `current values are ${parts.length} parts, ${minLength} and ${maxLength}`,
    );
  }
  return Array.from({ length: count }, () => {
    const own = speakers[rng.int(speakers.length)]!;
    const length = minLength + rng.int(maxLength - minLength + 1);
    return Array.from({ length }, () => own[rng.int(own.length)]!);
  });
}

/** Frames one after another. */
export function joinFrames(parts: readonly Frames[]): Frames {
  const bins = parts[0]?.bins ?? 0;
  const frames = parts.reduce((sum, part) => sum + part.frames, 0);
  const data = new Float32Array(frames * bins);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { data, frames, bins };
}
