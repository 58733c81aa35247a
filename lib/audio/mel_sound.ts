import { griffinLim, type GriffinLimOptions, invertFilters } from "./griffin_lim.ts";
import { logMel, melFilters } from "./mel.ts";
import type { Sound } from "./sound.ts";
import type { Frames } from "./stft.ts";

/** What the frames of a model that speaks stand for. */
export interface MelSound {
  /** Samples a second. */
  sampleRate: number;
  /** Samples that are transformed together. */
  fftSize: number;
  /** Samples that the window covers. */
  windowLength: number;
  /** Samples from one frame to the next. */
  hopLength: number;
  /** Bands of a frame. */
  numMels: number;
  /** The least strength that is told apart. */
  least: number;
  /** What is subtracted from the logarithm of a strength. */
  mean: number;
  /** What it is divided by then. */
  deviation: number;
}

/**
 * Frames as Tacotron has them, at 8,000 samples a second: 40 bands, windows of 50 ms, every 12.5 ms; mean and deviation are not
 * yet those of any sounds.
 *
 * @see Wang et al., 2017, "Tacotron: Towards End-to-End Speech Synthesis", https://arxiv.org/abs/1703.10135, table 1
 */
export const MEL_8_KHZ: Readonly<MelSound> = {
  sampleRate: 8000,
  fftSize: 512,
  windowLength: 400,
  hopLength: 100,
  numMels: 40,
  least: 1e-3,
  mean: 0,
  deviation: 1,
};

/**
 * The frames of a sound, as a model learns to speak them: the logarithm of each band's magnitude, moved and scaled.
 *
 * @param sound The sound.
 * @param settings What frames stand for.
 * @returns `[frames, numMels]`
 * @throws {RangeError} If the sound has another rate.
 */
export function soundToMel(sound: Sound, settings: MelSound): Frames {
  const { sampleRate, mean, deviation } = settings;
  if (sound.sampleRate !== sampleRate) {
    throw new RangeError(
      `Cannot make frames of a sound as its rate must be ${sampleRate}: current rate is ${sound.sampleRate}`,
    );
  }
  const { data, ...sizes } = logMel(sound.samples, sampleRate, { ...settings, power: 1 });
  return { data: data.map((value) => (value - mean) / deviation), ...sizes };
}

/**
 * Settings whose frames of the given sounds have, all numbers taken together, a mean of 0 and a deviation of 1.
 *
 * @param sounds The sounds, at least one.
 * @param settings All other settings. @default {MEL_8_KHZ}
 * @throws {RangeError} If there is no sound, or one has another rate.
 */
export function fitMelSound(
  sounds: readonly Sound[],
  settings: MelSound = MEL_8_KHZ,
): MelSound {
  const plain = { ...settings, mean: 0, deviation: 1 };
  let [count, sum, squares] = [0, 0, 0];
  for (const sound of sounds) {
    for (const value of soundToMel(sound, plain).data) {
      count++;
      sum += value;
      squares += value * value;
    }
  }
  if (count === 0) {
    throw new RangeError("Cannot fit settings as there must be sounds: current number is 0");
  }
  const mean = sum / count;
  return { ...settings, mean, deviation: Math.sqrt(squares / count - mean * mean) || 1 };
}

/**
 * A sound of frames: the magnitudes that the bands may come of, and phases that fit them.
 *
 * @param mel The frames, `[frames, numMels]`.
 * @param settings What frames stand for.
 * @param options How phases are looked for.
 * @throws {RangeError} If the frames have another number of bands.
 */
export function melToSound(
  mel: Frames,
  settings: MelSound,
  options: Pick<GriffinLimOptions, "iterations" | "momentum" | "onIteration"> = {},
): Sound {
  const { sampleRate, fftSize, hopLength, windowLength, mean, deviation, least } = settings;
  const filters = melFilters(sampleRate, fftSize, settings);
  const strengths = mel.data.map((value) => {
    const strength = Math.exp(value * deviation + mean);
    return strength > least * 1.5 ? strength : 0; // what was cut is taken for silence
  });
  const magnitudes = invertFilters({ ...mel, data: strengths }, filters);
  const samples = griffinLim(magnitudes, { ...options, fftSize, hopLength, windowLength });
  return { samples, sampleRate };
}
