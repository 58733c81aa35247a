import type { WaveModel } from "../nn/mod.ts";
import { interruptSignal, nextTurn, Rng, rng } from "../tensor/mod.ts";
import { applyTemperature, argmax, draw, softmax } from "./samplers.ts";

/** How {@link generateWave} writes. */
export interface GenerateWaveOptions {
  /** Samples of each sound. */
  length: number;
  /** The class of each sound, where the model has classes. @default {none} */
  labels?: readonly number[];
  /** How many sounds, where the model has no classes. @default {1} */
  count?: number;
  /** What every sound goes on from, at least one sample. @default {one sample of the middle level, which is silence} */
  prompt?: ArrayLike<number>;
  /** What logits are divided by before drawing; 0 takes the likeliest, which for sounds soon is silence. @default {1} */
  temperature?: number;
  /** Fixes what is drawn. @default {drawn from the library's own generator} */
  seed?: number;
  /** Stops the work. @default {the Stop button, in a notebook} */
  signal?: AbortSignal;
}

/**
 * Writes sounds sample by sample.
 *
 * Each sample is drawn by the probabilities that the model gives it after those before, and costs one step of
 * {@link WaveModel.stepper}, however many samples the model sees.
 *
 * @example
 * ```ts
 * import { generateWave } from "@tome/tome/generate";
 * import { WaveNet } from "@tome/tome/models/wavenet";
 * import { useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * using model = new WaveNet({ residualChannels: 4, skipChannels: 8, dilations: [1, 2, 4] });
 * const [codes] = await generateWave(model, { length: 20, seed: 1 });
 * assert.equal(codes!.length, 20); // muLawDecode() of `@tome/tome/audio` makes samples of them
 * ```
 * @param model The model.
 * @param options How long, and of which classes.
 * @returns The levels of each sound, without those of the prompt.
 * @throws {RangeError} If an option is out of its range.
 * @throws {TypeError} If the model has classes and none are named, or the other way round.
 */
export async function generateWave(
  model: WaveModel,
  options: GenerateWaveOptions,
): Promise<Int32Array[]> {
  const { length, labels, count = 1, temperature = 1, seed } = options;
  const { signal = interruptSignal() } = options;
  const prompt = options.prompt ?? [model.levels >> 1];
  if (!(Number.isSafeInteger(length) && length > 0) || prompt.length === 0) {
    throw new RangeError(
      `Cannot write a sound as its length must be a positive integer, and so must that of what it goes on from: ` +
        `current lengths are ${length} and ${prompt.length}`,
    );
  }
  if (!(temperature >= 0 && temperature < Infinity)) {
    throw new RangeError(
      `Cannot write a sound as temperature must be a finite number of at least 0: current value is ${temperature}`,
    );
  }
  const steps = await model.stepper(labels ?? count);
  const { rows, levels } = steps;
  const first = seed === undefined ? rng.fork() : new Rng(seed);
  const randoms = Array.from({ length: rows }, () => first.fork()); // a row does not depend on the others
  let logits: Float32Array = new Float32Array();
  for (let i = 0; i < prompt.length; i++) logits = steps.step(Array(rows).fill(prompt[i]!));
  const written = Array.from({ length: rows }, () => new Int32Array(length));
  let rested = performance.now();
  for (let t = 0; t < length; t++) {
    for (const [row, codes] of written.entries()) {
      const given = logits.subarray(row * levels, (row + 1) * levels);
      codes[t] = temperature === 0
        ? argmax(given)
        : draw(softmax(applyTemperature(given, temperature)), randoms[row]!);
    }
    if (t + 1 < length) logits = steps.step(written.map((codes) => codes[t]!));
    if (performance.now() - rested < 20) continue;
    await nextTurn();
    signal?.throwIfAborted();
    rested = performance.now();
  }
  return written;
}
