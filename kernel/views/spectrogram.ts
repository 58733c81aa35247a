import { fourier, windowWeights } from "../../lib/audio/mod.ts";

/** How {@link spectrogram} cuts. */
export interface SpectrogramOptions {
  /** Samples in a window, a power of two. @default {512} */
  windowSize?: number;
  /** Samples from one window to the next. @default {a quarter of the window} */
  hop?: number;
}

/** How strong each frequency is at each time. */
export interface Spectrogram {
  /** Windows: the places in time. */
  frames: number;
  /** Frequencies, from 0 to half of the sampling rate. */
  bins: number;
  /** Samples from one window to the next. */
  hop: number;
  /** `[frames, bins]`: decibels; a sine of amplitude 1 has 0 dB at its frequency. */
  decibels: Float32Array;
}

/** The quietest that is told apart, in decibels. */
const FLOOR = -100;

/**
 * The short-time Fourier transform of a sound in decibels, through a Hann window.
 *
 * Sounds shorter than a window are filled up with silence.
 *
 * @param samples The sound, -1 to 1.
 * @param options The window.
 * @throws {RangeError} If the window is no power of two, or the hop is below one sample.
 */
export function spectrogram(
  samples: ArrayLike<number>,
  options: SpectrogramOptions = {},
): Spectrogram {
  const { windowSize = 512, hop = Math.max(1, windowSize >> 2) } = options;
  if (!Number.isInteger(Math.log2(windowSize)) || windowSize < 2) {
    throw new RangeError(
      `Cannot transform a sound as the window must be a power of two: current size is ${windowSize}`,
    );
  }
  if (!Number.isInteger(hop) || hop < 1) {
    throw new RangeError(
      `Cannot transform a sound as the hop must be a whole number above 0: current hop is ${hop}`,
    );
  }
  const window = windowWeights("hann", windowSize);
  const frames = samples.length === 0
    ? 0
    : 1 + Math.max(0, Math.ceil((samples.length - windowSize) / hop));
  const bins = windowSize / 2 + 1;
  const decibels = new Float32Array(frames * bins);
  const [re, im] = [new Float64Array(windowSize), new Float64Array(windowSize)];
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < windowSize; i++) {
      const value = samples[frame * hop + i] ?? 0;
      re[i] = Number.isFinite(value) ? value * window[i]! : 0;
    }
    im.fill(0);
    fourier(re, im);
    for (let k = 0; k < bins; k++) {
      // half of the window's sum is what a sine of amplitude 1 gives
      const amplitude = Math.hypot(re[k]!, im[k]!) * 4 / windowSize /
        (k === 0 || k === bins - 1 ? 2 : 1);
      decibels[frame * bins + k] = Math.max(FLOOR, 20 * Math.log10(amplitude));
    }
  }
  return { frames, bins, hop, decibels };
}
