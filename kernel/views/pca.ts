import { Rng } from "../../lib/tensor/mod.ts";

/** Points as rows. */
export interface Matrix {
  /** The number of points. */
  rows: number;
  /** The number of coordinates of a point. */
  cols: number;
  /** The coordinates, point by point. */
  data: Float64Array;
}

/** The directions in which points vary most, and where the points lie along them. */
export interface Components {
  /** The directions, each a unit vector, those of most variance first. */
  axes: Float64Array[];
  /** The places of each point along the directions. */
  places: number[][];
  /** The share of the variance along each direction, 0 to 1. */
  explained: number[];
}

/**
 * Principal components by subspace iteration: only products with the points, no matrix of covariances.
 *
 * The sign of a direction is such that its largest coordinate is positive.
 *
 * @param points The points; they are centred.
 * @param count How many directions.
 * @see Halko, Martinsson and Tropp, 2011, "Finding structure with randomness", https://arxiv.org/abs/0909.4061
 */
export function pca(points: Matrix, count: number): Components {
  const x = centred(points);
  const { rows, cols } = x;
  const total = x.data.reduce((sum, v) => sum + v * v, 0);
  const width = Math.min(cols, count + 8);
  const random = new Rng(1);
  let basis: Float64Array[] = Array.from(
    { length: width },
    () => Float64Array.from({ length: cols }, () => random.normal()),
  );
  let before: number[] = [];
  for (let turn = 0; turn < 300; turn++) {
    orthonormalize(basis);
    const images = basis.map((axis) => along(x, axis)); // [width][rows]
    const { values, vectors } = eigen(products(images));
    basis = vectors.map((mix) => combine(basis, mix));
    const change = Math.max(
      ...values.slice(0, count).map((v, i) => Math.abs(v - (before[i] ?? 0))),
    );
    if (change <= 1e-13 * total) break;
    before = values;
    basis = basis.map((axis) => back(x, along(x, axis)));
  }
  orthonormalize(basis);
  const axes = basis.slice(0, count).map((axis) => {
    const most = axis.reduce((best, v) => Math.abs(v) > Math.abs(best) + 1e-12 ? v : best, 0);
    return most < 0 ? axis.map((v) => -v) : axis;
  });
  while (axes.length < count) axes.push(new Float64Array(cols));
  const placed = axes.map((axis) => along(x, axis));
  return {
    axes,
    places: Array.from({ length: rows }, (_, r) => placed.map((place) => place[r]!)),
    explained: placed.map((p) => total === 0 ? 0 : p.reduce((sum, v) => sum + v * v, 0) / total),
  };
}

function centred({ rows, cols, data }: Matrix): Matrix {
  const mean = new Float64Array(cols);
  for (let i = 0; i < data.length; i++) mean[i % cols]! += data[i]! / rows;
  return { rows, cols, data: data.map((v, i) => v - mean[i % cols]!) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** `X a` */
function along({ rows, cols, data }: Matrix, axis: Float64Array): Float64Array {
  const y = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += data[r * cols + c]! * axis[c]!;
    y[r] = sum;
  }
  return y;
}

/** `Xᵀ y` */
function back({ rows, cols, data }: Matrix, y: Float64Array): Float64Array {
  const a = new Float64Array(cols);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) a[c]! += data[r * cols + c]! * y[r]!;
  }
  return a;
}

/** Gram and Schmidt's method, twice over; what depends on those before becomes 0. */
function orthonormalize(basis: Float64Array[]): void {
  for (const [i, axis] of basis.entries()) {
    const size = Math.sqrt(dot(axis, axis));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis.slice(0, i)) {
        const share = dot(axis, other);
        for (let c = 0; c < axis.length; c++) axis[c]! -= share * other[c]!;
      }
    }
    const norm = Math.sqrt(dot(axis, axis));
    const scale = norm > 1e-10 * size && norm > 0 ? 1 / norm : 0;
    for (let c = 0; c < axis.length; c++) axis[c]! *= scale;
  }
}

function products(rows: Float64Array[]): number[][] {
  return rows.map((a) => rows.map((b) => dot(a, b)));
}

function combine(basis: Float64Array[], mix: number[]): Float64Array {
  const axis = new Float64Array(basis[0]!.length);
  for (const [i, weight] of mix.entries()) {
    for (let c = 0; c < axis.length; c++) axis[c]! += weight * basis[i]![c]!;
  }
  return axis;
}

/** Eigenvalues of a small symmetric matrix, the largest first, and their vectors; by Jacobi's rotations. */
function eigen(matrix: number[][]): { values: number[]; vectors: number[][] } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = a.map((_, i) => a.map((_, j) => Number(i === j)));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0, on = 0;
    for (let p = 0; p < n; p++) {
      for (let q = 0; q < n; q++) {
        if (p === q) on += a[p]![p]! ** 2;
        else off += a[p]![q]! ** 2;
      }
    }
    if (off <= 1e-30 * on) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a[p]![q] === 0) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1), s = t * c;
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[k]![p]!, a[k]![q]!];
          [a[k]![p], a[k]![q]] = [c * x - s * y, s * x + c * y];
        }
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[p]![k]!, a[q]![k]!];
          [a[p]![k], a[q]![k]] = [c * x - s * y, s * x + c * y];
          const [u, w] = [v[p]![k]!, v[q]![k]!];
          [v[p]![k], v[q]![k]] = [c * u - s * w, s * u + c * w];
        }
      }
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v[i]!) };
}
