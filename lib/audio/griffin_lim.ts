import { applyFilters } from "./mel.ts";
import {
  type ComplexFrames,
  type Frames,
  istft,
  spectrum,
  stft,
  type StftOptions,
} from "./stft.ts";

/** How {@link griffinLim} looks for phases. */
export interface GriffinLimOptions extends StftOptions {
  /** How often the phases are made anew. @default {32} */
  iterations?: number;
  /** How far each change goes beyond itself; 0 is Griffin and Lim's own way, and values near 1 come faster to better phases. @default {0.99} */
  momentum?: number;
  /** The phases at the beginning, in radians, `[frames, bins]`. @default {all 0} */
  phases?: ArrayLike<number>;
  /** Samples of the sound. @default {as many as the frames reach} */
  length?: number;
  /**
   * Told after each iteration how far the sound's magnitudes are from the wanted ones; see {@link spectralConvergence}. It
   * costs no transform. @default {none}
   */
  onIteration?: (convergence: number) => void;
}

const TINY = 1.1754943508222875e-38; // the least normal float32

/**
 * How far the magnitudes of a sound are from wanted ones: `‖S − |X|‖ / ‖S‖`, by the root of the sum of squares.
 *
 * @param wanted S, `[frames, bins]`.
 * @param found |X|, of the same sizes.
 * @throws {RangeError} If the sizes differ.
 */
export function spectralConvergence(wanted: Frames, found: Frames): number {
  if (wanted.frames !== found.frames || wanted.bins !== found.bins) {
    throw new RangeError(
      `Cannot compare magnitudes as their sizes must be equal: current sizes are [${wanted.frames}, ${wanted.bins}] and [${found.frames}, ${found.bins}]`,
    );
  }
  let [apart, whole] = [0, 0];
  for (let i = 0; i < wanted.data.length; i++) {
    apart += (wanted.data[i]! - found.data[i]!) ** 2;
    whole += wanted.data[i]! ** 2;
  }
  return whole === 0 ? Math.sqrt(apart) : Math.sqrt(apart / whole);
}

/**
 * Finds a sound whose spectrum has the given magnitudes, which tell no phases.
 *
 * In turns the sound of a transform is made and transformed again, which makes the phases of neighbouring frames agree, and
 * the magnitudes are set to the wanted ones.
 *
 * @param magnitudes What is wanted, `[frames, bins]`.
 * @param options Iterations, and how sounds are cut into frames.
 * @returns The samples.
 * @throws {RangeError} If an option is out of its range, or phases are not as many as magnitudes.
 * @see Griffin and Lim, 1984, "Signal Estimation from Modified Short-Time Fourier Transform",
 *   https://doi.org/10.1109/TASSP.1984.1164317
 * @see Perraudin, Balazs and Søndergaard, 2013, "A fast Griffin-Lim algorithm", https://doi.org/10.1109/WASPAA.2013.6701851
 * @see librosa 0.11, `librosa.griffinlim`, whose results these are
 */
export function griffinLim(magnitudes: Frames, options: GriffinLimOptions = {}): Float32Array {
  const { iterations = 32, momentum = 0.99, phases, length, onIteration, ...framing } = options;
  if (!(Number.isSafeInteger(iterations) && iterations >= 0) || !(momentum >= 0)) {
    throw new RangeError(
      `Cannot look for phases as iterations must be a whole number, and momentum at least 0: current values are ${iterations} and ${momentum}`,
    );
  }
  const { data, frames, bins } = magnitudes;
  if (phases && phases.length !== data.length) {
    throw new RangeError(
      `Cannot look for phases as there must be ${data.length} at the beginning: current number is ${phases.length}`,
    );
  }
  const cut = { ...framing, fftSize: framing.fftSize ?? 2 * (bins - 1) };
  const now: ComplexFrames = {
    re: data.map((s, i) => s * Math.cos(phases?.[i] ?? 0)),
    im: data.map((s, i) => s * Math.sin(phases?.[i] ?? 0)),
    frames,
    bins,
  };
  const share = momentum / (1 + momentum);
  let before: ComplexFrames | undefined;
  for (let k = 0; k < iterations; k++) {
    const made = stft(istft(now, cut, length), cut);
    onIteration?.(spectralConvergence(magnitudes, spectrum(made, 1)));
    for (let i = 0; i < data.length; i++) {
      const re = made.re[i]! - share * (before?.re[i] ?? 0);
      const im = made.im[i]! - share * (before?.im[i] ?? 0);
      const factor = data[i]! / (Math.hypot(re, im) + TINY);
      now.re[i] = re * factor;
      now.im[i] = im * factor;
    }
    before = made;
  }
  return istft(now, cut, length);
}

/**
 * Finds magnitudes of frequencies, none below 0, whose sums by filters are nearest to given ones.
 *
 * `x ← x ⊙ (Wᵀ y) / (Wᵀ W x)`, which never makes the squared difference `‖W x − y‖²` larger. Bands tell less than
 * frequencies do: of many answers it is one.
 *
 * @param bands y, what the filters gave, none below 0, `[frames, bands]`.
 * @param filters W, `[bands, bins]`; see `melFilters`.
 * @param iterations How often it is made better. @default {100}
 * @returns x, `[frames, bins]`.
 * @throws {RangeError} If the numbers of bands differ.
 * @see Lee and Seung, 2000, "Algorithms for Non-negative Matrix Factorization",
 *   https://papers.nips.cc/paper/1861-algorithms-for-non-negative-matrix-factorization, theorem 1
 */
export function invertFilters(bands: Frames, filters: Frames, iterations = 100): Frames {
  if (bands.bins !== filters.frames) {
    throw new RangeError(
      `Cannot invert filters as there must be as many bands as filters: current numbers are ${bands.bins} and ${filters.frames}`,
    );
  }
  const turned: Frames = {
    data: Float32Array.from({ length: filters.data.length }, (_, i) => {
      const [k, m] = [Math.floor(i / filters.frames), i % filters.frames];
      return filters.data[m * filters.bins + k]!;
    }),
    frames: filters.bins,
    bins: filters.frames,
  };
  const wanted = applyFilters(bands, turned); // [frames, bins]
  const found: Frames = { ...wanted, data: wanted.data.slice() };
  for (let k = 0; k < iterations; k++) {
    const { data } = applyFilters(applyFilters(found, filters), turned);
    for (let i = 0; i < data.length; i++) found.data[i]! *= wanted.data[i]! / (data[i]! + TINY);
  }
  return found;
}
