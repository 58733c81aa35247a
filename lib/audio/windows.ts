/** The shape of a window. */
export type WindowName = "hann" | "hamming" | "blackman" | "rectangular";

/** The cosines of each window: `w[n] = Σₖ (−1)ᵏ aₖ cos(2πkn / N)`. */
const TERMS: Readonly<Record<WindowName, readonly number[]>> = {
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  rectangular: [1],
};

/**
 * The weights of a window, so that the ends of a frame weigh little.
 *
 * @param name Its shape.
 * @param size N, the number of weights.
 * @param periodic Whether the window goes on as if its next weight were its first, as transforms want it; a filter wants one
 *   that is the same from both ends. @default {true}
 * @returns `[N]`
 * @throws {RangeError} If the size is no positive whole number.
 * @see Harris, 1978, "On the Use of Windows for Harmonic Analysis with the Discrete Fourier Transform",
 *   https://doi.org/10.1109/PROC.1978.10837
 */
export function windowWeights(name: WindowName, size: number, periodic = true): Float64Array {
  if (!(Number.isSafeInteger(size) && size > 0)) {
    throw new RangeError(
      `Cannot make a window as its size must be a positive whole number: current size is ${size}`,
    );
  }
  if (size === 1) return Float64Array.of(1);
  const around = 2 * Math.PI / (periodic ? size : size - 1);
  return Float64Array.from(
    { length: size },
    (_, n) => TERMS[name].reduce((sum, a, k) => sum + (-1) ** k * a * Math.cos(k * n * around), 0),
  );
}

/**
 * A Kaiser window, the same from both ends.
 *
 * `w[n] = I₀(β √(1 − (2n/(N−1) − 1)²)) / I₀(β)`
 *
 * @param size N, the number of weights.
 * @param beta β: the greater, the less of other frequencies comes through, and the less sharp the cut is.
 * @returns `[N]`
 */
export function kaiserWindow(size: number, beta: number): Float64Array {
  if (size === 1) return Float64Array.of(1);
  return Float64Array.from({ length: size }, (_, n) => {
    const x = 2 * n / (size - 1) - 1;
    return bessel(beta * Math.sqrt(Math.max(0, 1 - x * x))) / bessel(beta);
  });
}

/** The modified Bessel function of the first kind and order 0, by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
