import { type Rng, rng as shared } from "../tensor/mod.ts";
import type { Frames } from "./stft.ts";

/** What {@link specAugment} hides. */
export interface SpecAugmentOptions {
  /** How many bands of frequencies are hidden. @default {2} */
  numFrequencyMasks?: number;
  /** The most frequencies that a band has. @default {a quarter of them} */
  frequencyMask?: number;
  /** How many stretches of time are hidden. @default {2} */
  numTimeMasks?: number;
  /** The most frames that a stretch has. @default {a fifth of them} */
  timeMask?: number;
  /** The greatest distance by which a moment in the middle is moved, in frames; 0 leaves time as it is. @default {0} */
  timeWarp?: number;
  /** Where the numbers come from. @default {the library's own generator} */
  rng?: Rng;
}

/**
 * Hides bands of frequencies and stretches of time of a spectrogram, so that a network must not rely on any of them.
 *
 * The width of a mask is drawn from 0 to the most, its start from where it fits; what is hidden gets the mean of all. With
 * `timeWarp` a moment is first moved to the left or right and what lies before and after it is stretched to fit.
 *
 * @param given The spectrogram, which stays as it is.
 * @param options How much is hidden.
 * @returns A new spectrogram of the same sizes.
 * @see Park et al., 2019, "SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition",
 *   https://arxiv.org/abs/1904.08779, §2
 */
export function specAugment(given: Frames, options: SpecAugmentOptions = {}): Frames {
  const { frames, bins } = given;
  const {
    numFrequencyMasks = 2,
    frequencyMask = Math.floor(bins / 4),
    numTimeMasks = 2,
    timeMask = Math.floor(frames / 5),
    timeWarp = 0,
    rng = shared,
  } = options;
  const data = timeWarp > 0 ? warp(given, timeWarp, rng) : given.data.slice();
  const mean = data.reduce((sum, value) => sum + value, 0) / (data.length || 1);
  const draw = (most: number, size: number) => {
    const width = rng.int(Math.min(most, size) + 1);
    const start = rng.int(size - width + 1);
    return [start, start + width] as const;
  };
  for (let i = 0; i < numFrequencyMasks; i++) {
    const [from, to] = draw(frequencyMask, bins);
    for (let t = 0; t < frames; t++) data.fill(mean, t * bins + from, t * bins + to);
  }
  for (let i = 0; i < numTimeMasks; i++) {
    const [from, to] = draw(timeMask, frames);
    data.fill(mean, from * bins, to * bins);
  }
  return { data, frames, bins };
}

/** Moves a moment of the middle by at most `most` frames; between frames it is interpolated. */
function warp({ data, frames, bins }: Frames, most: number, rng: Rng): Float32Array {
  if (frames <= 2 * most + 1) return data.slice();
  const from = most + rng.int(frames - 2 * most);
  const to = from + rng.int(2 * most + 1) - most;
  const end = frames - 1;
  const made = new Float32Array(data.length);
  for (let t = 0; t < frames; t++) {
    const source = t <= to && to > 0
      ? t * from / to
      : from + (t - to) * (end - from) / Math.max(1, end - to);
    const before = Math.min(Math.floor(source), end);
    const [after, share] = [Math.min(before + 1, end), source - before];
    for (let k = 0; k < bins; k++) {
      made[t * bins + k] = (1 - share) * data[before * bins + k]! + share * data[after * bins + k]!;
    }
  }
  return made;
}
