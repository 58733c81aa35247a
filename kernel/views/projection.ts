import { Rng, ShapeError, type Tensor } from "../../lib/tensor/mod.ts";
import { type Matrix, pca } from "./pca.ts";
import { tsne } from "./tsne.ts";

/** How {@link project} works. */
export interface ProjectOptions {
  /**
   * `"pca"`: the two directions of most variance, distances stay true in them; `"tsne"` and `"umap"`: neighbours stay
   * together, but distances between groups and sizes of groups mean little.
   *
   * @default {"pca"}
   */
  method?: "pca" | "tsne" | "umap";
  /** Equal seeds give equal pictures. @default {0} */
  seed?: number;
  /** About how many neighbours a point has: t-SNE's perplexity, UMAP's `n_neighbors`. @default {30 and 15, or fewer where there are few points} */
  neighbors?: number;
  /** Steps of t-SNE, epochs of UMAP. @default {1000 for t-SNE; UMAP's own choice} */
  steps?: number;
  /** Stops the work between two steps. @default {none} */
  signal?: AbortSignal;
}

/** Points in the plane that stand for points in many dimensions. */
export interface Projection {
  /** How they were found. */
  method: "pca" | "tsne" | "umap";
  /** The number of dimensions that they come from. */
  dimensions: number;
  /** Where each point lies. */
  points: [x: number, y: number][];
  /** For PCA, the share of the variance along each axis, 0 to 1. */
  explained?: [number, number];
}

/** All pairs of points are looked at; more points would take minutes and gigabytes. */
const MOST_POINTS = { pca: Infinity, tsne: 5_000, umap: 20_000 };

/**
 * Projects points of many dimensions to the plane.
 *
 * @param points `[N, D]`, a tensor or rows of numbers; finite.
 * @param options The method and its settings.
 * @throws {ShapeError} If a tensor has not two axes.
 * @throws {RangeError} If there are too few points or too many, rows are of different lengths, or a number is not finite.
 *
 * @example
 * ```ts
 * import { project } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const { points, explained } = await project([[0, 0, 1], [1, 0, 1], [2, 0, 1]]);
 * assert.deepEqual(points.map(([x]) => Math.round(x)), [-1, 0, 1]);
 * assert.equal(explained![0], 1);
 * ```
 */
export async function project(
  points: Tensor | readonly ArrayLike<number>[],
  options: ProjectOptions = {},
): Promise<Projection> {
  const { method = "pca", seed = 0, signal } = options;
  const x = await matrix(points);
  const least = method === "pca" ? 1 : 4;
  if (!(x.rows >= least && x.rows <= MOST_POINTS[method])) {
    throw new RangeError(
      `Cannot project by ${method} as there must be ${least} to ${MOST_POINTS[method]} points: ` +
        `current number is ${x.rows}`,
    );
  }
  signal?.throwIfAborted();
  if (method === "pca") {
    const { places, explained } = pca(x, 2);
    return {
      method,
      dimensions: x.cols,
      points: places as [number, number][],
      explained: explained as [number, number],
    };
  }
  const most = method === "tsne" ? (x.rows - 1) / 2 : x.rows - 1;
  const neighbors = options.neighbors ??
    (method === "tsne" ? Math.min(30, (x.rows - 1) / 3) : Math.min(15, x.rows - 1));
  if (!(neighbors >= 1 && neighbors <= most)) {
    throw new RangeError(
      `Cannot project by ${method} as neighbors must be in 1…${most}: current value is ${neighbors}`,
    );
  }
  let last = performance.now();
  const pause = async () => {
    if (performance.now() - last > 50) { // lets a notebook's Stop button and live views have their turn
      await new Promise((resolve) => setTimeout(resolve, 0));
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
  const found = method === "tsne"
    ? await tsne(x, { perplexity: neighbors, steps: options.steps ?? 1000, seed, pause })
    : await umap(x, neighbors, seed, options.steps, pause);
  return { method, dimensions: x.cols, points: found };
}

async function umap(
  x: Matrix,
  neighbors: number,
  seed: number,
  steps: number | undefined,
  pause: () => Promise<void>,
): Promise<[number, number][]> {
  const { UMAP } = await import("umap-js");
  const random = new Rng(seed);
  const rows = Array.from(
    { length: x.rows },
    (_, r) => [...x.data.subarray(r * x.cols, (r + 1) * x.cols)],
  );
  const map = new UMAP({
    nComponents: 2,
    nNeighbors: Math.floor(neighbors),
    random: () => random.uniform(),
    ...(steps === undefined ? {} : { nEpochs: steps }),
  });
  const epochs = map.initializeFit(rows);
  for (let epoch = 0; epoch < epochs; epoch++) {
    map.step();
    await pause();
  }
  return map.getEmbedding() as [number, number][];
}

async function matrix(points: Tensor | readonly ArrayLike<number>[]): Promise<Matrix> {
  let read: Matrix;
  if ("shape" in points) {
    const [rows, cols] = points.shape;
    if (points.shape.length !== 2) {
      throw new ShapeError(
        `Cannot project points as they must be [N, D]: current shape is [${points.shape}]`,
        [-1, -1],
        points.shape,
      );
    }
    read = { rows: rows!, cols: cols!, data: Float64Array.from(await points.data()) };
  } else {
    const cols = points[0]?.length ?? 0;
    const data = new Float64Array(points.length * cols);
    for (const [r, row] of points.entries()) {
      if (row.length !== cols) {
        throw new RangeError(
          `Cannot project points as each must have ${cols} coordinates: current point ${r} has ${row.length}`,
        );
      }
      data.set(row, r * cols);
    }
    read = { rows: points.length, cols, data };
  }
  const bad = read.data.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) {
    throw new RangeError(
      `Cannot project points as each number must be finite: current point ${
        Math.floor(bad / read.cols)
      } has ${read.data[bad]}`,
    );
  }
  return read;
}
