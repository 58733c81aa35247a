import { kaiserWindow } from "./windows.ts";

/**
 * A sound at another rate, by a filter that cuts what the lower of both rates cannot hold.
 *
 * The rates' ratio is `up / down` in lowest terms. The sound is thought of with `up − 1` zeros after each sample, filtered by a
 * windowed sinc of `20 max(up, down) + 1` weights (Kaiser, β = 5), and every `down`-th sample is taken; zeros are not
 * multiplied.
 *
 * @param samples The sound, `[T]`.
 * @param from Its samples a second, a whole number.
 * @param to The samples a second of the result, a whole number.
 * @returns `⌈T · to / from⌉` samples; at the same rate a copy.
 * @throws {RangeError} If a rate is no positive whole number.
 * @see SciPy 1.17, `scipy.signal.resample_poly`, whose results these are
 */
export function resample(samples: ArrayLike<number>, from: number, to: number): Float32Array {
  for (const rate of [from, to]) {
    if (!(Number.isSafeInteger(rate) && rate > 0)) {
      throw new RangeError(
        `Cannot resample as both rates must be positive whole numbers: current rates are ${from} and ${to}`,
      );
    }
  }
  const divisor = greatestDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  if (up === 1 && down === 1) return Float32Array.from(samples);
  const half = 10 * Math.max(up, down);
  const filter = lowPass(half, 1 / Math.max(up, down), up);
  const length = Math.ceil(samples.length * up / down);
  return Float32Array.from({ length }, (_, m) => {
    // the sample in the middle lies at place m · down, where every up-th place has a sample
    const middle = m * down;
    const first = Math.max(0, Math.ceil((middle - half) / up));
    const last = Math.min(samples.length - 1, Math.floor((middle + half) / up));
    let sum = 0;
    for (let i = first; i <= last; i++) sum += samples[i]! * filter[middle - i * up + half]!;
    return sum;
  });
}

/** A windowed sinc of `2 half + 1` weights whose sum is `gain`; `cutoff` is a share of half of the rate. */
function lowPass(half: number, cutoff: number, gain: number): Float64Array {
  const window = kaiserWindow(2 * half + 1, 5);
  const weights = window.map((weight, i) => {
    const x = Math.PI * cutoff * (i - half);
    return weight * (x === 0 ? 1 : Math.sin(x) / x);
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight * gain / sum);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
