import type { Frames } from "../audio/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";

/** A text and the frames that speak it. */
export interface SpokenExample {
  /** The letters, as ids. */
  ids: readonly number[];
  /** The frames, `[frames, numMels]`. */
  mel: Frames;
}

/** How {@link collateSpoken} fills up. */
export interface CollateSpokenOptions {
  /** Frames that a step of the model makes: their number is filled up to a multiple. */
  framesPerStep: number;
  /** Frames of every row. @default {as many as the longest has} */
  frames?: number;
  /** Letters of every row. @default {as many as the longest has} */
  letters?: number;
  /** The token that fills texts up. @default {0} */
  padId?: number;
  /** What fills frames up: the number of silence. @default {0} */
  silence?: number;
}

/** Texts and frames as tensors, which belong to whoever made them: what `synthesisLoss` takes. */
export interface SpokenTextBatch {
  /** The letters, `[B, S]`, int32. */
  ids: Tensor;
  /** 1 where there is a letter and 0 where the row is filled up, `[B, S]`, int32. */
  mask: Tensor;
  /** The frames, `[B, T, M]`. */
  frames: Tensor;
  /** 1 where there is a frame and 0 where the row is filled up, `[B, T]`, int32. */
  frameMask: Tensor;
}

/**
 * Makes a batch of texts and the frames that speak them.
 *
 * @param examples The examples, at least one, with equally many bands.
 * @param options What is filled up, and how far.
 * @returns Tensors, which belong to the caller.
 * @throws {RangeError} If there is no example, they do not fit together, or one is longer than the rows.
 */
export function collateSpoken(
  examples: readonly SpokenExample[],
  options: CollateSpokenOptions,
): SpokenTextBatch {
  const { framesPerStep, padId = 0, silence = 0 } = options;
  const M = examples[0]?.mel.bins ?? 0;
  const S = options.letters ?? Math.max(...examples.map(({ ids }) => ids.length));
  const longest = options.frames ?? Math.max(...examples.map(({ mel }) => mel.frames));
  const B = examples.length;
  const wrong = examples.find(({ ids, mel }) =>
    ids.length === 0 || ids.length > S || mel.frames === 0 || mel.frames > longest || mel.bins !== M
  );
  if (B === 0 || wrong) {
    throw new RangeError(
      `Cannot make a batch as there must be texts of 1 to ${S} letters and 1 to ${longest} frames of ${M} bands: ` +
        (wrong
          ? `current lengths are ${wrong.ids.length} and ${wrong.mel.frames}, of ${wrong.mel.bins} bands`
          : "current number is 0"),
    );
  }
  const T = framesPerStep * Math.ceil(longest / framesPerStep);
  const [ids, mask] = [new Int32Array(B * S).fill(padId), new Int32Array(B * S)];
  const [frames, frameMask] = [new Float32Array(B * T * M).fill(silence), new Int32Array(B * T)];
  for (const [b, example] of examples.entries()) {
    ids.set(example.ids, b * S);
    mask.fill(1, b * S, b * S + example.ids.length);
    frames.set(example.mel.data, b * T * M);
    frameMask.fill(1, b * T, b * T + example.mel.frames);
  }
  return {
    ids: tf.tensor2d(ids, [B, S], "int32"),
    mask: tf.tensor2d(mask, [B, S], "int32"),
    frames: tf.tensor3d(frames, [B, T, M]),
    frameMask: tf.tensor2d(frameMask, [B, T], "int32"),
  };
}
