/** The mean and the covariance of rows of features. */
export interface FeatureStatistics {
  /** How many rows there were. */
  count: number;
  /** The mean, `[D]`. */
  mean: Float64Array;
  /** The covariance, divided by `count − 1`, row by row, `[D × D]`. */
  covariance: Float64Array;
}

/**
 * The mean and the covariance of features.
 *
 * @param features Rows one after another, `[N × D]`.
 * @param width D, the length of a row.
 * @throws {RangeError} If there are not two whole rows or more.
 */
export function featureStatistics(features: ArrayLike<number>, width: number): FeatureStatistics {
  const count = features.length / width;
  if (!(Number.isSafeInteger(count) && count >= 2)) {
    throw new RangeError(
      `Cannot measure features as there must be two whole rows or more of ${width}: current number of values is ${features.length}`,
    );
  }
  const mean = new Float64Array(width);
  for (let i = 0; i < features.length; i++) mean[i % width]! += features[i]! / count;
  const covariance = new Float64Array(width * width);
  const row = new Float64Array(width);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < width; i++) row[i] = features[n * width + i]! - mean[i]!;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j <= i; j++) covariance[i * width + j]! += row[i]! * row[j]! / (count - 1);
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) covariance[j * width + i] = covariance[i * width + j]!;
  }
  return { count, mean, covariance };
}

/**
 * The Fréchet distance between two normal distributions; of the features of images it is the FID.
 *
 * `|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)`
 *
 * The FID of papers takes features of an Inception network that was trained on ImageNet. With another network the numbers
 * say the same of the order of generators, and can be compared only with numbers from that network. They also grow as
 * images get fewer: compare equal numbers of images, and beside them the distance of real images from other real ones.
 *
 * @example
 * ```ts
 * import { featureStatistics, frechetDistance } from "@tome/tome/metrics";
 *
 * const one = featureStatistics([0, 1, 2, 3], 1), two = featureStatistics([2, 3, 4, 5], 1);
 * console.assert(Math.abs(frechetDistance(one, two) - 4) < 1e-9);
 * ```
 * @param a What {@link featureStatistics} gave of the one.
 * @param b And of the other.
 * @throws {RangeError} If they are of different widths.
 * @see Heusel et al., 2017, "GANs Trained by a Two Time-Scale Update Rule…", https://arxiv.org/abs/1706.08500, equation 6
 */
export function frechetDistance(a: FeatureStatistics, b: FeatureStatistics): number {
  const width = a.mean.length;
  if (b.mean.length !== width) {
    throw new RangeError(
      `Cannot compare features as both must have one width: current widths are ${width} and ${b.mean.length}`,
    );
  }
  const root = squareRoot(a.covariance, width);
  const middle = product(product(root, b.covariance, width), root, width);
  let distance = 0;
  for (let i = 0; i < width; i++) {
    distance += (a.mean[i]! - b.mean[i]!) ** 2;
    distance += a.covariance[i * width + i]! + b.covariance[i * width + i]!;
  }
  for (const value of symmetricEigen(middle, width).values) {
    distance -= 2 * Math.sqrt(Math.max(0, value));
  }
  return Math.max(0, distance);
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const left = a[i * n + k]!;
      for (let j = 0; j < n; j++) c[i * n + j]! += left * b[k * n + j]!;
    }
  }
  return c;
}

/** The symmetric square root of a matrix without negative eigenvalues. */
function squareRoot(a: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(a, n);
  const root = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const value = Math.sqrt(Math.max(0, values[k]!));
    for (let i = 0; i < n; i++) {
      const left = value * vectors[i * n + k]!;
      for (let j = 0; j < n; j++) root[i * n + j]! += left * vectors[j * n + k]!;
    }
  }
  return root;
}

const SWEEPS = 60; // five to ten are usual

/** Eigenvalues and, in columns, eigenvectors of a symmetric matrix, by Jacobi's rotations. */
function symmetricEigen(matrix: Float64Array, n: number) {
  const a = matrix.slice();
  const vectors = Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));
  const size = Math.hypot(...a);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) off += a[i * n + j]! ** 2;
    if (Math.sqrt(off) <= 1e-14 * size) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

/** Turns the plane of two axes so that the element between them becomes 0. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const between = a[p * n + q]!;
  if (between === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * between);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cos = 1 / Math.sqrt(t * t + 1);
  const sin = t * cos;
  const turn = (m: Float64Array, i: number, j: number) => {
    const [x, y] = [m[i]!, m[j]!];
    m[i] = cos * x - sin * y;
    m[j] = sin * x + cos * y;
  };
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k);
  for (let k = 0; k < n; k++) turn(vectors, k * n + p, k * n + q);
}
