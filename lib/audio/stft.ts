import { fourier } from "./fourier.ts";
import { type WindowName, windowWeights } from "./windows.ts";

/** How a sound is cut into frames. */
export interface StftOptions {
  /** Samples that are transformed together. @default {2048} */
  fftSize?: number;
  /** Samples from one frame to the next. @default {a quarter of the window} */
  hopLength?: number;
  /** Samples that the window covers, in the middle of the frame. @default {fftSize} */
  windowLength?: number;
  /** The shape of the window. @default {"hann"} */
  window?: WindowName;
  /** Whether frame `t` has its middle, and not its start, at sample `t · hopLength`; outside is silence. @default {true} */
  center?: boolean;
}

/** A matrix of numbers in memory. */
export interface Frames {
  /** The values, `[frames, bins]`. */
  data: Float32Array;
  /** How many frames. */
  frames: number;
  /** How many numbers a frame has. */
  bins: number;
}

/** A short-time Fourier transform. */
export interface ComplexFrames {
  /** The real parts, `[frames, bins]`. */
  re: Float32Array;
  /** The imaginary parts, `[frames, bins]`. */
  im: Float32Array;
  /** How many frames. */
  frames: number;
  /** Frequencies, from 0 to half of the sampling rate: `fftSize / 2 + 1`. */
  bins: number;
}

function framing(options: StftOptions) {
  const { fftSize = 2048, windowLength = fftSize, window = "hann", center = true } = options;
  const hopLength = options.hopLength ?? Math.floor(windowLength / 4);
  const sizes = { fftSize, windowLength, hopLength };
  for (const [name, value] of Object.entries(sizes)) {
    if (!(Number.isSafeInteger(value) && value > 0)) {
      throw new RangeError(
        `Cannot cut a sound into frames as ${name} must be a positive whole number: current value is ${value}`,
      );
    }
  }
  if (windowLength > fftSize) {
    throw new RangeError(
      `Cannot cut a sound into frames as windowLength must be at most fftSize: current values are ${windowLength} and ${fftSize}`,
    );
  }
  const weights = new Float64Array(fftSize);
  weights.set(windowWeights(window, windowLength), Math.floor((fftSize - windowLength) / 2));
  return { ...sizes, weights, lead: center ? Math.floor(fftSize / 2) : 0 };
}

/**
 * The short-time Fourier transform: how strong each frequency is in each frame, and in which phase.
 *
 * `X[t, k] = Σₙ w[n] x[t · hop + n] e^(−2πi·k·n/N)`, with `n` from the start of the frame.
 *
 * @param samples The sound, `[T]`.
 * @param options How it is cut.
 * @returns `1 + floor(T / hop)` frames if they are centred, and otherwise those that fit whole.
 * @throws {RangeError} If a size is no positive whole number, or the window wider than the transform.
 * @see librosa 0.11, `librosa.stft`, whose results these are
 */
export function stft(samples: ArrayLike<number>, options: StftOptions = {}): ComplexFrames {
  const { fftSize, hopLength, weights, lead } = framing(options);
  const length = samples.length + 2 * lead;
  const frames = length < fftSize ? 0 : 1 + Math.floor((length - fftSize) / hopLength);
  const bins = Math.floor(fftSize / 2) + 1;
  const made = {
    re: new Float32Array(frames * bins),
    im: new Float32Array(frames * bins),
    frames,
    bins,
  };
  const [re, im] = [new Float64Array(fftSize), new Float64Array(fftSize)];
  for (let t = 0; t < frames; t++) {
    const start = t * hopLength - lead;
    for (let n = 0; n < fftSize; n++) re[n] = weights[n]! * (samples[start + n] ?? 0);
    im.fill(0);
    fourier(re, im);
    made.re.set(re.subarray(0, bins), t * bins);
    made.im.set(im.subarray(0, bins), t * bins);
  }
  return made;
}

/**
 * The sound of a short-time Fourier transform.
 *
 * Frames are transformed back, weighted by the window, and added; what the windows' squares add up to is divided out, which
 * makes it the sound whose transform is nearest in the sense of least squares.
 *
 * @param given The transform.
 * @param options How the sound had been cut; `fftSize` is known by the number of frequencies if it is even.
 * @param length Samples of the sound. @default {as many as the frames reach}
 * @returns The samples; where no window reaches they are 0.
 * @throws {RangeError} If the number of frequencies does not fit `fftSize`.
 * @see Griffin and Lim, 1984, "Signal Estimation from Modified Short-Time Fourier Transform",
 *   https://doi.org/10.1109/TASSP.1984.1164317, equation 6
 * @see librosa 0.11, `librosa.istft`
 */
export function istft(
  given: ComplexFrames,
  options: StftOptions = {},
  length?: number,
): Float32Array {
  const { frames, bins } = given;
  const { fftSize, hopLength, weights, lead } = framing({
    ...options,
    fftSize: options.fftSize ?? 2 * (bins - 1),
  });
  if (bins !== Math.floor(fftSize / 2) + 1) {
    throw new RangeError(
      `Cannot make a sound as there must be ${
        Math.floor(fftSize / 2) + 1
      } frequencies: current number is ${bins}`,
    );
  }
  const reach = frames === 0 ? 0 : (frames - 1) * hopLength + fftSize;
  const [sum, squares] = [new Float64Array(reach), new Float64Array(reach)];
  const [re, im] = [new Float64Array(fftSize), new Float64Array(fftSize)];
  for (let t = 0; t < frames; t++) {
    for (let k = 0; k < bins; k++) {
      re[k] = given.re[t * bins + k]!;
      // a real sound has a real mean and, of an even length, a real highest frequency
      im[k] = k === 0 || 2 * k === fftSize ? 0 : given.im[t * bins + k]!;
    }
    for (let k = bins; k < fftSize; k++) {
      re[k] = re[fftSize - k]!;
      im[k] = -im[fftSize - k]!;
    }
    fourier(re, im, true);
    for (let n = 0; n < fftSize; n++) {
      sum[t * hopLength + n]! += weights[n]! * re[n]!;
      squares[t * hopLength + n]! += weights[n]! ** 2;
    }
  }
  const wanted = length ?? Math.max(0, reach - 2 * lead);
  return Float32Array.from({ length: wanted }, (_, i) => {
    const [value, weight] = [sum[i + lead] ?? 0, squares[i + lead] ?? 0];
    return weight > TINY ? value / weight : value;
  });
}

const TINY = 1.1754943508222875e-38; // the least normal float32, below which librosa does not divide

/**
 * The size of each number of a transform: its magnitude, or its power.
 *
 * @param given The transform.
 * @param power 1 for the magnitude, 2 for its square. @default {2}
 */
export function spectrum({ re, im, frames, bins }: ComplexFrames, power: 1 | 2 = 2): Frames {
  const data = re.map((a, i) => {
    const square = a * a + im[i]! * im[i]!;
    return power === 2 ? square : Math.sqrt(square);
  });
  return { data, frames, bins };
}
