import { Rng } from "../../lib/tensor/mod.ts";
import { type Matrix, pca } from "./pca.ts";

/** How {@link tsne} runs. */
export interface TsneOptions {
  /** About how many neighbours a point has. */
  perplexity: number;
  /** Steps of gradient descent. */
  steps: number;
  /** Seeds the noise that parts equal points. */
  seed: number;
  /** Called between steps; it may wait, or throw to stop. */
  pause: () => Promise<void>;
}

/**
 * t-SNE in two dimensions with all pairs of points; starts from the principal components.
 *
 * @see van der Maaten and Hinton, 2008, "Visualizing Data using t-SNE", JMLR 9
 * @see Kobak and Berens, 2019, "The art of using t-SNE for single-cell transcriptomics", on the start and the step size
 */
export async function tsne(points: Matrix, options: TsneOptions): Promise<[number, number][]> {
  const { perplexity, steps, seed, pause } = options;
  const n = points.rows;
  const joint = joints(distances(points), n, perplexity);
  await pause();
  const y = start(points, seed);
  const speed = new Float64Array(2 * n), gain = new Float64Array(2 * n).fill(1);
  const gradient = new Float64Array(2 * n), kernel = new Float64Array(n * n);
  const early = Math.min(250, Math.floor(steps / 4));
  const exaggeration = 12;
  const lr = Math.max(n / exaggeration / 4, 50);
  for (let step = 0; step < steps; step++) {
    descend(joint, y, kernel, gradient, step < early ? exaggeration : 1);
    const momentum = step < early ? 0.5 : 0.8;
    for (let i = 0; i < 2 * n; i++) {
      const same = Math.sign(gradient[i]!) === Math.sign(speed[i]!);
      gain[i] = Math.max(0.01, same ? gain[i]! * 0.8 : gain[i]! + 0.2);
      speed[i] = momentum * speed[i]! - lr * gain[i]! * gradient[i]!;
      y[i]! += speed[i]!;
    }
    if (step % 10 === 9) await pause();
  }
  return Array.from({ length: n }, (_, i) => [y[2 * i]!, y[2 * i + 1]!]);
}

/** The principal components, very small, so that the first steps decide. */
function start(points: Matrix, seed: number): Float64Array {
  const { places } = pca(points, 2);
  const n = places.length, random = new Rng(seed);
  const std = Math.sqrt(places.reduce((sum, [x]) => sum + x! * x!, 0) / n) || 1;
  const y = new Float64Array(2 * n);
  for (let i = 0; i < 2 * n; i++) {
    y[i] = places[i >> 1]![i & 1]! / std * 1e-4 + random.normal(0, 1e-6);
  }
  return y;
}

/** Squared distances of all pairs. */
function distances({ rows, cols, data }: Matrix): Float64Array {
  const d = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = i + 1; j < rows; j++) {
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += (data[i * cols + c]! - data[j * cols + c]!) ** 2;
      d[i * rows + j] = d[j * rows + i] = sum;
    }
  }
  return d;
}

/** How likely two points are neighbours: for each point a bell as wide as its perplexity asks, made symmetric. */
function joints(d: Float64Array, n: number, perplexity: number): Float64Array {
  const p = new Float64Array(n * n), wanted = Math.log(perplexity);
  for (let i = 0; i < n; i++) {
    let nearest = Infinity;
    for (let j = 0; j < n; j++) if (j !== i) nearest = Math.min(nearest, d[i * n + j]!);
    let [low, high, beta] = [0, Infinity, 1];
    for (let turn = 0; turn < 100; turn++) {
      let sum = 0, weighted = 0;
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        const far = d[i * n + j]! - nearest, q = Math.exp(-beta * far);
        p[i * n + j] = q;
        sum += q;
        weighted += q * far;
      }
      for (let j = 0; j < n; j++) p[i * n + j]! /= sum;
      const entropy = Math.log(sum) + beta * weighted / sum;
      if (Math.abs(entropy - wanted) < 1e-6) break;
      if (entropy > wanted) {
        low = beta;
        beta = high === Infinity ? beta * 2 : (beta + high) / 2;
      } else {
        high = beta;
        beta = (beta + low) / 2;
      }
    }
  }
  for (let i = 0; i < n; i++) {
    p[i * n + i] = 0;
    for (let j = 0; j < i; j++) {
      const both = Math.max(1e-12, (p[i * n + j]! + p[j * n + i]!) / (2 * n));
      p[i * n + j] = p[j * n + i] = both;
    }
  }
  return p;
}

/** The gradient of the Kullback–Leibler divergence at `y`. */
function descend(
  p: Float64Array,
  y: Float64Array,
  kernel: Float64Array,
  gradient: Float64Array,
  exaggeration: number,
): void {
  const n = y.length / 2;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const dx = y[2 * i]! - y[2 * j]!, dy = y[2 * i + 1]! - y[2 * j + 1]!;
      const k = 1 / (1 + dx * dx + dy * dy);
      kernel[i * n + j] = k;
      sum += 2 * k;
    }
  }
  gradient.fill(0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const k = kernel[i * n + j]!;
      const pull = 4 * (exaggeration * p[i * n + j]! - k / sum) * k;
      const dx = pull * (y[2 * i]! - y[2 * j]!), dy = pull * (y[2 * i + 1]! - y[2 * j + 1]!);
      gradient[2 * i]! += dx;
      gradient[2 * i + 1]! += dy;
      gradient[2 * j]! -= dx;
      gradient[2 * j + 1]! -= dy;
    }
  }
}
