import { decibels, melSpectrogram, type MelSpectrogramOptions } from "./mel.ts";
import type { Frames } from "./stft.ts";

/** How {@link mfcc} is computed. */
export interface MfccOptions extends MelSpectrogramOptions {
  /** How many coefficients. @default {20} */
  numCoefficients?: number;
}

/**
 * The discrete cosine transform of each frame, of type II and orthonormal.
 *
 * `y[k] = cₖ Σₙ x[n] cos(πk(2n + 1) / 2N)` with `c₀ = √(1/N)` and `cₖ = √(2/N)`.
 *
 * @param given The frames, of `N` numbers.
 * @param numCoefficients How many of the first coefficients to keep. @default {all}
 */
export function cosineTransform(given: Frames, numCoefficients: number = given.bins): Frames {
  const { data, frames, bins } = given;
  const basis = Float64Array.from(
    { length: numCoefficients * bins },
    (_, i) => {
      const [k, n] = [Math.floor(i / bins), i % bins];
      return Math.sqrt((k === 0 ? 1 : 2) / bins) *
        Math.cos(Math.PI * k * (2 * n + 1) / (2 * bins));
    },
  );
  const made = new Float32Array(frames * numCoefficients);
  for (let t = 0; t < frames; t++) {
    for (let k = 0; k < numCoefficients; k++) {
      let sum = 0;
      for (let n = 0; n < bins; n++) sum += basis[k * bins + n]! * data[t * bins + n]!;
      made[t * numCoefficients + k] = sum;
    }
  }
  return { data: made, frames, bins: numCoefficients };
}

/**
 * Mel-frequency cepstral coefficients: the cosine transform of the bands' decibels, whose first numbers tell the shape of the
 * spectrum and little of the pitch.
 *
 * @param samples The sound, `[T]`.
 * @param sampleRate Samples a second.
 * @param options Frames, bands and coefficients.
 * @returns `[frames, numCoefficients]`
 * @throws {RangeError} If a size is out of range.
 * @see Davis and Mermelstein, 1980, "Comparison of Parametric Representations for Monosyllabic Word Recognition",
 *   https://doi.org/10.1109/TASSP.1980.1163420
 * @see librosa 0.11, `librosa.feature.mfcc`, whose results these are, time first
 */
export function mfcc(
  samples: ArrayLike<number>,
  sampleRate: number,
  { numCoefficients = 20, ...options }: MfccOptions = {},
): Frames {
  const { numMels = 128 } = options;
  if (
    !(Number.isSafeInteger(numCoefficients) && numCoefficients > 0 && numCoefficients <= numMels)
  ) {
    throw new RangeError(
      `Cannot make coefficients as there must be 1 to ${numMels}: current number is ${numCoefficients}`,
    );
  }
  return cosineTransform(decibels(melSpectrogram(samples, sampleRate, options)), numCoefficients);
}
