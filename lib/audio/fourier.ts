/**
 * The discrete Fourier transform in place, of any length.
 *
 * `X[k] = Σₙ x[n] · e^(−2πi·k·n/N)`
 *
 * Powers of two are halved by Cooley and Tukey's way; other lengths are written as a convolution by Bluestein's, which is made
 * by transforms of the next power of two. Both take `O(N log N)`.
 *
 * @param re The real parts, `[N]`.
 * @param im The imaginary parts, `[N]`.
 * @param inverse Whether to go back, `x[n] = (1/N) Σₖ X[k] · e^(2πi·k·n/N)`. @default {false}
 * @throws {RangeError} If the parts differ in length.
 * @see Cooley and Tukey, 1965, "An Algorithm for the Machine Calculation of Complex Fourier Series",
 *   https://doi.org/10.2307/2003354
 * @see Bluestein, 1970, "A Linear Filtering Approach to the Computation of Discrete Fourier Transform",
 *   https://doi.org/10.1109/TAU.1970.1162132
 */
export function fourier(re: Float64Array, im: Float64Array, inverse = false): void {
  const size = re.length;
  if (im.length !== size) {
    throw new RangeError(
      `Cannot transform as there must be as many imaginary parts as real ones: current numbers are ${im.length} and ${size}`,
    );
  }
  if (size < 2) return;
  // the transform of swapped parts is the inverse one with swapped parts
  const [a, b] = inverse ? [im, re] : [re, im];
  if ((size & (size - 1)) === 0) halve(a, b, anglesOf(size));
  else convolve(a, b);
  if (!inverse) return;
  for (let i = 0; i < size; i++) {
    re[i]! /= size;
    im[i]! /= size;
  }
}

interface Angles {
  /** cos(2πk/N) and −sin(2πk/N) of the first half of a turn. */
  cos: Float64Array;
  sin: Float64Array;
}

const known = new Map<number, Angles>();

/** The sines of a length, which are kept as frames after frames have the same. */
function anglesOf(size: number): Angles {
  const found = known.get(size);
  if (found) return found;
  const half = { length: size / 2 };
  const made = {
    cos: Float64Array.from(half, (_, k) => Math.cos(2 * Math.PI * k / size)),
    sin: Float64Array.from(half, (_, k) => -Math.sin(2 * Math.PI * k / size)),
  };
  if (known.size >= 16) known.clear();
  known.set(size, made);
  return made;
}

function halve(re: Float64Array, im: Float64Array, { cos, sin }: Angles): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) { // places in the order of their mirrored bits
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  for (let length = 2; length <= size; length *= 2) {
    const [half, step] = [length / 2, size / length];
    for (let start = 0; start < size; start += length) {
      for (let k = 0; k < half; k++) {
        const [i, j] = [start + k, start + k + half];
        const [c, s] = [cos[k * step]!, sin[k * step]!];
        const a = re[j]! * c - im[j]! * s, b = re[j]! * s + im[j]! * c;
        re[j] = re[i]! - a;
        im[j] = im[i]! - b;
        re[i] = re[i]! + a;
        im[i] = im[i]! + b;
      }
    }
  }
}

/** `k n = (k² + n² − (k − n)²) / 2` makes the transform a convolution with `e^(πi n²/N)`. */
function convolve(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  const wide = 2 ** Math.ceil(Math.log2(2 * size - 1));
  const [c, s] = [new Float64Array(size), new Float64Array(size)];
  for (let n = 0; n < size; n++) {
    const angle = Math.PI * ((n * n) % (2 * size)) / size; // the square alone would lose digits
    [c[n], s[n]] = [Math.cos(angle), Math.sin(angle)];
  }
  const [a, b, p, q] = Array.from({ length: 4 }, () => new Float64Array(wide)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let n = 0; n < size; n++) {
    a[n] = re[n]! * c[n]! + im[n]! * s[n]!;
    b[n] = im[n]! * c[n]! - re[n]! * s[n]!;
    p[n] = p[(wide - n) % wide] = c[n]!;
    q[n] = q[(wide - n) % wide] = s[n]!;
  }
  fourier(a, b);
  fourier(p, q);
  for (let k = 0; k < wide; k++) {
    [a[k], b[k]] = [a[k]! * p[k]! - b[k]! * q[k]!, a[k]! * q[k]! + b[k]! * p[k]!];
  }
  fourier(a, b, true);
  for (let k = 0; k < size; k++) {
    re[k] = a[k]! * c[k]! + b[k]! * s[k]!;
    im[k] = b[k]! * c[k]! - a[k]! * s[k]!;
  }
}
