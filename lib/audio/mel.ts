import { type Frames, spectrum, stft, type StftOptions } from "./stft.ts";

/** How frequencies are gathered into bands. */
export interface MelOptions {
  /** How many bands. @default {128} */
  numMels?: number;
  /** The lowest frequency, in hertz. @default {0} */
  fMin?: number;
  /** The highest frequency, in hertz. @default {half of the sampling rate} */
  fMax?: number;
  /** Whether the scale is O'Shaughnessy's formula, as in HTK, and not Slaney's, which is linear below 1,000 Hz. @default {false} */
  htk?: boolean;
  /** Whether each band is divided by its width, so that all weigh alike. @default {true} */
  normalize?: boolean;
}

/** How {@link melSpectrogram} cuts and gathers. */
export interface MelSpectrogramOptions extends StftOptions, MelOptions {
  /** 1 for magnitudes, 2 for powers. @default {2} */
  power?: 1 | 2;
}

const SLANEY_STEP = 200 / 3, SLANEY_KNEE = 1000, SLANEY_LOG = Math.log(6.4) / 27;

/**
 * The pitch that a frequency is heard as, in mels.
 *
 * @param hertz The frequency.
 * @param htk Whether by O'Shaughnessy's formula, `2595 log₁₀(1 + f/700)`. @default {false}
 */
export function hertzToMel(hertz: number, htk = false): number {
  if (htk) return 2595 * Math.log10(1 + hertz / 700);
  return hertz < SLANEY_KNEE
    ? hertz / SLANEY_STEP
    : SLANEY_KNEE / SLANEY_STEP + Math.log(hertz / SLANEY_KNEE) / SLANEY_LOG;
}

/**
 * The frequency that is heard as a pitch, in hertz.
 *
 * @param mel The pitch, in mels.
 * @param htk Whether by O'Shaughnessy's formula. @default {false}
 */
export function melToHertz(mel: number, htk = false): number {
  if (htk) return 700 * (10 ** (mel / 2595) - 1);
  const knee = SLANEY_KNEE / SLANEY_STEP;
  return mel < knee ? mel * SLANEY_STEP : SLANEY_KNEE * Math.exp(SLANEY_LOG * (mel - knee));
}

/**
 * The weights of each frequency in each band: triangles whose corners are equally far apart in mels.
 *
 * @param sampleRate Samples a second.
 * @param fftSize Samples that are transformed together.
 * @param options The bands.
 * @returns `frames` bands of `bins` frequencies, `[numMels, fftSize / 2 + 1]`.
 * @throws {RangeError} If there are no bands, or the range of frequencies is empty.
 * @see Slaney, 1998, "Auditory Toolbox", https://engineering.purdue.edu/~malcolm/interval/1998-010/
 * @see librosa 0.11, `librosa.filters.mel`, whose results these are
 */
export function melFilters(sampleRate: number, fftSize: number, options: MelOptions = {}): Frames {
  const { numMels = 128, fMin = 0, fMax = sampleRate / 2, htk = false, normalize = true } = options;
  if (!(Number.isSafeInteger(numMels) && numMels > 0) || !(fMin >= 0 && fMin < fMax)) {
    throw new RangeError(
      `Cannot make bands as there must be some, and fMin below fMax: current values are ${numMels}, ${fMin} and ${fMax}`,
    );
  }
  const bins = Math.floor(fftSize / 2) + 1;
  const [low, high] = [hertzToMel(fMin, htk), hertzToMel(fMax, htk)];
  const corner = Float64Array.from(
    { length: numMels + 2 },
    (_, i) => melToHertz(low + (high - low) * i / (numMels + 1), htk),
  );
  const data = new Float32Array(numMels * bins);
  for (let m = 0; m < numMels; m++) {
    const [left, middle, right] = [corner[m]!, corner[m + 1]!, corner[m + 2]!];
    const scale = normalize ? 2 / (right - left) : 1;
    for (let k = 0; k < bins; k++) {
      const f = k * sampleRate / fftSize;
      const weight = Math.min((f - left) / (middle - left), (right - f) / (right - middle));
      data[m * bins + k] = scale * Math.max(0, weight);
    }
  }
  return { data, frames: numMels, bins };
}

/**
 * How strong a sound is in each band of pitch at each time.
 *
 * @param samples The sound, `[T]`.
 * @param sampleRate Samples a second.
 * @param options Frames and bands.
 * @returns `[frames, numMels]`
 * @throws {RangeError} If a size is out of range.
 * @see librosa 0.11, `librosa.feature.melspectrogram`, whose results these are, time first
 */
export function melSpectrogram(
  samples: ArrayLike<number>,
  sampleRate: number,
  options: MelSpectrogramOptions = {},
): Frames {
  const { power = 2, fftSize = 2048 } = options;
  const filters = melFilters(sampleRate, fftSize, options);
  return applyFilters(spectrum(stft(samples, options), power), filters);
}

/** The sums of each frame's numbers by the weights of filters: `[frames, bins]` by `[bands, bins]` to `[frames, bands]`. */
export function applyFilters({ data, frames, bins }: Frames, filters: Frames): Frames {
  if (filters.bins !== bins) {
    throw new RangeError(
      `Cannot apply filters as they must have the frequencies of the frames: current numbers are ${filters.bins} and ${bins}`,
    );
  }
  const bands = filters.frames;
  const made = new Float32Array(frames * bands);
  for (let m = 0; m < bands; m++) {
    const row = filters.data.subarray(m * bins, (m + 1) * bins);
    const first = row.findIndex((weight) => weight !== 0); // most weights of a band are 0
    const last = row.findLastIndex((weight) => weight !== 0);
    for (let t = 0; first >= 0 && t < frames; t++) {
      let sum = 0;
      for (let k = first; k <= last; k++) sum += row[k]! * data[t * bins + k]!;
      made[t * bands + m] = sum;
    }
  }
  return { data: made, frames, bins: bands };
}

/** How {@link decibels} are made. */
export interface DecibelOptions {
  /** What is 0 dB. @default {1} */
  reference?: number | "max";
  /** The least power that is told apart. @default {1e-10} */
  least?: number;
  /** How far below the loudest a value may lie, in decibels; Infinity leaves all. @default {80} */
  range?: number;
}

/**
 * Powers in decibels, `10 log₁₀(p / reference)`.
 *
 * @param powers The powers.
 * @param options The reference, and what is cut.
 * @returns Of the same sizes.
 * @see librosa 0.11, `librosa.power_to_db`, whose results these are
 */
export function decibels({ data, frames, bins }: Frames, options: DecibelOptions = {}): Frames {
  const { reference = 1, least = 1e-10, range = 80 } = options;
  const zero = reference === "max" ? data.reduce((a, b) => Math.max(a, b), 0) : reference;
  const offset = 10 * Math.log10(Math.max(least, zero));
  const made = data.map((power) => 10 * Math.log10(Math.max(least, power)) - offset);
  const floor = made.reduce((a, b) => Math.max(a, b), -Infinity) - range;
  return { data: made.map((value) => Math.max(value, floor)), frames, bins };
}

/**
 * The natural logarithm of each band's strength, which is what networks that hear are given.
 *
 * @param samples The sound, `[T]`.
 * @param sampleRate Samples a second.
 * @param options Frames and bands; `least` is the least strength that is told apart, 1e-10 if it is not given.
 * @returns `[frames, numMels]`
 * @throws {RangeError} If a size is out of range.
 */
export function logMel(
  samples: ArrayLike<number>,
  sampleRate: number,
  options: MelSpectrogramOptions & { least?: number } = {},
): Frames {
  const { data, ...sizes } = melSpectrogram(samples, sampleRate, options);
  const { least = 1e-10 } = options;
  return { data: data.map((value) => Math.log(Math.max(least, value))), ...sizes };
}
