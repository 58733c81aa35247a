import type { Frames } from "../audio/mod.ts";
import { type AttentionWeights, captureAttention, type SpeechSeq2Seq } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { ownVariable, type Tensor } from "../tensor/mod.ts";
import { inUse } from "./context.ts";
import type { GenerateResult } from "./generate.ts";
import { type GenerateSeq2SeqOptions, type ReadSources, writeAll } from "./seq2seq.ts";

/** Sounds as tensors, filled up to one length. */
function framesOf(sounds: readonly Frames[]): { frames: Tensor; frameMask: Tensor } {
  const [B, M] = [sounds.length, sounds[0]!.bins];
  const T = Math.max(...sounds.map(({ frames }) => frames));
  const [data, mask] = [new Float32Array(B * T * M), new Int32Array(B * T)];
  for (const [b, sound] of sounds.entries()) {
    data.set(sound.data, b * T * M);
    mask.fill(1, b * T, b * T + sound.frames);
  }
  return {
    frames: tf.tensor3d(data, [B, T, M]),
    frameMask: tf.tensor2d(mask, [B, T], "int32"),
  };
}

function readSounds(model: SpeechSeq2Seq, sounds: readonly Frames[]): ReadSources {
  return tf.tidy(() => {
    const batch = framesOf(sounds);
    return {
      memory: ownVariable(inUse(model, () => model.encode(batch))),
      mask: ownVariable(model.memoryMask(batch.frameMask)),
    };
  });
}

/**
 * Writes from sounds, greedily, at random or by beam search: what was said, or what it means in another language.
 *
 * Sounds of any lengths run together; what is written from one does not depend on the others.
 *
 * @param model What hears and writes.
 * @param sounds The features of each sound, with as many numbers a frame as the model hears.
 * @param options How; the end token is the model's unless another is given.
 * @returns For each sound its sequences, the best first. `ids` begin with `startId`.
 * @throws {RangeError} If an option is out of its range, or a sound has no frames.
 */
export async function generateFromSpeech(
  model: SpeechSeq2Seq,
  sounds: readonly Frames[],
  options: GenerateSeq2SeqOptions = {},
): Promise<GenerateResult[][]> {
  const lengths = sounds.map(({ frames }) => frames);
  return await writeAll(model, sounds, lengths, (some) => readSounds(model, some), options);
}

/** What was heard for each token. */
export interface SpeechAlignment {
  /** A row for each token, a column for each place of the memory; each row sums to 1. */
  weights: number[][];
  /** Frames that a column stands for. */
  framesPerState: number;
}

/**
 * Shows which part of a sound a model listened to for each token that it wrote.
 *
 * @param model What hears and writes, with attention to the sound.
 * @param sound The features of the sound.
 * @param target The tokens written, without `startId`; {@link generateFromSpeech} gives them as `newIds`.
 * @throws {RangeError} If there is no token, no frame, or no attention.
 */
export async function alignSpeech(
  model: SpeechSeq2Seq,
  sound: Frames,
  target: readonly number[],
): Promise<SpeechAlignment> {
  if (sound.frames === 0 || target.length === 0) {
    throw new RangeError(
      `Cannot align as there must be frames and tokens: current numbers are ${sound.frames} and ${target.length}`,
    );
  }
  const written = [model.startId, ...target.slice(0, -1)];
  const run = () =>
    inUse(model, () => {
      const memory = model.encode({ frames: framesOf([sound]).frames });
      return model.decode(tf.tensor2d([written], undefined, "int32"), memory);
    });
  const all = (await captureAttention(model, run)).filter(({ kind }) => kind === "cross");
  const weights = all.flatMap(rowsOf);
  if (weights.length !== target.length) {
    throw new RangeError(
      `Cannot align as the model must look at the sound once for each token: current number of looks is ${weights.length}, of tokens ${target.length}`,
    );
  }
  return { weights, framesPerState: model.framesPerState };
}

/** The rows of a layer's only head. */
function rowsOf({ shape: [, , T, S], values }: AttentionWeights): number[][] {
  return Array.from({ length: T }, (_, t) => Array.from(values.subarray(t * S, (t + 1) * S)));
}
