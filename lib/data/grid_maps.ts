import * as tf from "../tensor/_tf.ts";
import { Rng, type Tensor } from "../tensor/mod.ts";
import { distancesTo, GRID_MOVES, isFree, shortestMoves } from "./grid_paths.ts";

/** A map of cells, each free or blocked. */
export interface GridMap {
  /** Cells across. */
  readonly width: number;
  /** Cells down. */
  readonly height: number;
  /** 1 where a cell is blocked, row by row, `height × width`. */
  readonly blocked: Uint8Array;
}

/** How {@link randomGridMap} draws. */
export interface GridMapOptions {
  /** Cells across and down. @default {16} */
  size?: number;
  /** The share of cells that walls and blocks try to cover. @default {0.3} */
  density?: number;
  /** Equal seeds make equal maps. @default {0} */
  seed?: number;
}

/**
 * Makes a map of walls with gaps, and of blocks.
 *
 * @param options What it is like.
 */
export function randomGridMap(
  { size = 16, density = 0.3, seed = 0 }: GridMapOptions = {},
): GridMap {
  const random = new Rng(seed);
  const map: GridMap = { width: size, height: size, blocked: new Uint8Array(size * size) };
  const wanted = density * size * size;
  let covered = 0;
  for (let tries = 0; covered < wanted && tries < 20 * size; tries++) {
    const wall = random.uniform() < 0.5;
    const long = Math.max(2, Math.floor(size * random.uniform(0.2, 0.6)));
    const [width, height] = wall
      ? random.uniform() < 0.5 ? [long, 1] : [1, long]
      : [1 + random.int(3), 1 + random.int(3)];
    const [left, top] = [random.int(size), random.int(size)];
    for (let y = top; y < Math.min(size, top + height); y++) {
      for (let x = left; x < Math.min(size, left + width); x++) {
        if (map.blocked[y * size + x]) continue;
        map.blocked[y * size + x] = 1;
        covered++;
      }
    }
  }
  return map;
}

/** A way to be found. */
export interface PathTask {
  /** The map. */
  map: GridMap;
  /** The cell to begin at, `y × width + x`. */
  start: number;
  /** The cell to reach. */
  goal: number;
  /** What it costs to reach the goal from each cell by the best way; infinite where there is none. */
  distances: Float64Array;
}

/**
 * Makes ways to be found: each on a map of its own, between cells that are at least half a side apart and connected.
 *
 * @param count How many.
 * @param options What the maps are like; the seed is that of all.
 */
export function pathTasks(
  count: number,
  { size = 16, density = 0.3, seed = 0 }: GridMapOptions = {},
): PathTask[] {
  const random = new Rng(seed);
  const tasks: PathTask[] = [];
  while (tasks.length < count) {
    const map = randomGridMap({ size, density, seed: random.bits() });
    const goal = random.int(size * size);
    if (!isFree(map, goal)) continue;
    const distances = distancesTo(map, goal);
    const far = [...distances.keys()].filter((cell) =>
      distances[cell]! >= size / 2 && distances[cell]! < Infinity
    );
    if (far.length === 0) continue;
    tasks.push({ map, start: far[random.int(far.length)]!, goal, distances });
  }
  return tasks;
}

/** Maps and goals as images, and the moves that are best. */
export interface PlanningBatch {
  /** 1 where a cell is blocked, and 1 where the goal is, `[B, H, W, 2]`, float32. */
  maps: Tensor;
  /** 1 for each move that begins a shortest way, `[B, H, W, 8]`, float32; all 0 where none does: at the goal, and where cells are blocked or cut off. */
  moves: Tensor;
}

/**
 * Puts maps and goals into one array, `[B, H, W, 2]`.
 *
 * @param tasks At least one, on maps of one size.
 */
export function mapsToTensor(tasks: readonly Pick<PathTask, "map" | "goal">[]): Tensor {
  const { width, height } = tasks[0]!.map;
  const cells = width * height;
  const values = new Float32Array(tasks.length * cells * 2);
  for (const [b, { map, goal }] of tasks.entries()) {
    map.blocked.forEach((blocked, cell) => values[(b * cells + cell) * 2] = blocked);
    values[(b * cells + goal) * 2 + 1] = 1;
  }
  return tf.tensor4d(values, [tasks.length, height, width, 2]);
}

/**
 * Makes a batch for training a planner; what a `DataLoader` takes as `collate`.
 *
 * @param tasks At least one, on maps of one size.
 */
export function collatePathTasks(tasks: readonly PathTask[]): PlanningBatch {
  const { width, height } = tasks[0]!.map;
  const moves = new Float32Array(tasks.length * width * height * GRID_MOVES.length);
  for (const [b, { map, distances }] of tasks.entries()) {
    moves.set(shortestMoves(map, distances), b * width * height * GRID_MOVES.length);
  }
  return {
    maps: mapsToTensor(tasks),
    moves: tf.tensor4d(moves, [tasks.length, height, width, GRID_MOVES.length]),
  };
}
