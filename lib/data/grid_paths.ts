import type { GridMap } from "./grid_maps.ts";

/** The eight moves on a grid: steps across and down, and what they cost; those to the sides first. */
export const GRID_MOVES: readonly (readonly [across: number, down: number, cost: number])[] = [
  [1, 0, 1],
  [0, 1, 1],
  [-1, 0, 1],
  [0, -1, 1],
  [1, 1, Math.SQRT2],
  [-1, 1, Math.SQRT2],
  [-1, -1, Math.SQRT2],
  [1, -1, Math.SQRT2],
];

/** Whether a cell can be entered. */
export function isFree(map: GridMap, cell: number): boolean {
  return map.blocked[cell] === 0;
}

/**
 * Where a move leads.
 *
 * @param map The map.
 * @param cell Where from.
 * @param move The number of the move in {@link GRID_MOVES}.
 * @returns The cell; -1 if it is blocked or outside, or the move would cut a blocked corner.
 */
export function afterMove(map: GridMap, cell: number, move: number): number {
  const [across, down] = GRID_MOVES[move]!;
  const { width, height } = map;
  const x = cell % width + across;
  const y = Math.floor(cell / width) + down;
  if (x < 0 || y < 0 || x >= width || y >= height) return -1;
  const next = y * width + x;
  if (!isFree(map, next)) return -1;
  if (across !== 0 && down !== 0) {
    if (!isFree(map, cell + across) || !isFree(map, cell + down * width)) return -1;
  }
  return next;
}

/** Cells that wait, the one of the least cost first: a binary heap. */
class Waiting {
  readonly #cells: number[] = [];
  readonly #costs: number[] = [];

  get size(): number {
    return this.#cells.length;
  }

  push(cell: number, cost: number): void {
    let at = this.#cells.push(cell) - 1;
    this.#costs.push(cost);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#costs[above]! <= this.#costs[at]!) break;
      this.#swap(at, above);
      at = above;
    }
  }

  pop(): [cell: number, cost: number] {
    this.#swap(0, this.#cells.length - 1);
    const first: [number, number] = [this.#cells.pop()!, this.#costs.pop()!];
    for (let at = 0;;) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (below < this.#costs.length && this.#costs[below]! < this.#costs[least]!) least = below;
      }
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    for (const list of [this.#cells, this.#costs]) [list[a], list[b]] = [list[b]!, list[a]!];
  }
}

/**
 * The cost of the best way from each cell to a goal, by Dijkstra's algorithm.
 *
 * @param map The map.
 * @param goal The cell to reach.
 * @returns `height × width` costs, infinite where there is no way.
 * @see Dijkstra, 1959, "A note on two problems in connexion with graphs", https://doi.org/10.1007/BF01386390
 */
export function distancesTo(map: GridMap, goal: number): Float64Array {
  const distances = new Float64Array(map.width * map.height).fill(Infinity);
  if (!isFree(map, goal)) return distances;
  const waiting = new Waiting();
  distances[goal] = 0;
  waiting.push(goal, 0);
  while (waiting.size > 0) {
    const [cell, cost] = waiting.pop();
    if (cost > distances[cell]!) continue; // a better way was found meanwhile
    for (let move = 0; move < GRID_MOVES.length; move++) {
      const next = afterMove(map, cell, move);
      if (next < 0) continue;
      const through = cost + GRID_MOVES[move]![2];
      if (through >= distances[next]!) continue;
      distances[next] = through;
      waiting.push(next, through);
    }
  }
  return distances;
}

/**
 * The moves that begin a shortest way.
 *
 * @param map The map.
 * @param distances What {@link distancesTo} gives.
 * @returns 1 for each such move of each cell, `height × width × 8`.
 */
export function shortestMoves(map: GridMap, distances: Float64Array): Uint8Array {
  const count = GRID_MOVES.length;
  const moves = new Uint8Array(distances.length * count);
  for (const [cell, distance] of distances.entries()) {
    if (distance === 0 || distance === Infinity) continue;
    for (let move = 0; move < count; move++) {
      const next = afterMove(map, cell, move);
      if (next >= 0 && distances[next]! + GRID_MOVES[move]![2] < distance + 1e-9) {
        moves[cell * count + move] = 1;
      }
    }
  }
  return moves;
}

/** A way on a grid. */
export interface GridPath {
  /** The cells from start to goal. */
  cells: number[];
  /** The cost of its moves. */
  cost: number;
  /** How many cells were looked at to find it. */
  expanded: number;
}

/** How far two cells are apart if nothing is in the way: diagonal moves first, then straight ones. */
export function octileDistance(map: GridMap, a: number, b: number): number {
  const [dx, dy] = steps(map, a, b);
  return Math.max(dx, dy) + (Math.SQRT2 - 1) * Math.min(dx, dy);
}

/** Steps across and down between two cells. */
export function manhattanDistance(map: GridMap, a: number, b: number): number {
  const [dx, dy] = steps(map, a, b);
  return dx + dy;
}

function steps({ width }: GridMap, a: number, b: number): [number, number] {
  return [
    Math.abs(a % width - b % width),
    Math.abs(Math.floor(a / width) - Math.floor(b / width)),
  ];
}

/**
 * Finds the best way by A*.
 *
 * @param map The map.
 * @param start The cell to begin at.
 * @param goal The cell to reach.
 * @param guess What the rest may cost; the way is the best one if this is never too much. @default {octileDistance}
 * @returns The way; undefined if there is none.
 * @see Hart, Nilsson and Raphael, 1968, "A Formal Basis for the Heuristic Determination of Minimum Cost Paths",
 *   https://doi.org/10.1109/TSSC.1968.300136
 */
export function aStar(
  map: GridMap,
  start: number,
  goal: number,
  guess: (map: GridMap, cell: number, goal: number) => number = octileDistance,
): GridPath | undefined {
  if (!isFree(map, start) || !isFree(map, goal)) return undefined;
  const best = new Float64Array(map.width * map.height).fill(Infinity);
  const from = new Int32Array(best.length).fill(-1);
  const done = new Uint8Array(best.length);
  const waiting = new Waiting();
  best[start] = 0;
  waiting.push(start, guess(map, start, goal));
  for (let expanded = 1; waiting.size > 0;) {
    const [cell] = waiting.pop();
    if (cell === goal) {
      const cells = [goal];
      while (cells[0] !== start) cells.unshift(from[cells[0]!]!);
      return { cells, cost: best[goal]!, expanded };
    }
    if (done[cell]) continue;
    done[cell] = 1;
    expanded++;
    for (let move = 0; move < GRID_MOVES.length; move++) {
      const next = afterMove(map, cell, move);
      if (next < 0) continue;
      const through = best[cell]! + GRID_MOVES[move]![2];
      if (through >= best[next]! - 1e-12) continue;
      best[next] = through;
      from[next] = cell;
      done[next] = 0;
      waiting.push(next, through + guess(map, next, goal));
    }
  }
  return undefined;
}

/**
 * Goes step by step to wherever it looks best, and never back: what a driver does who cannot plan.
 *
 * @param map The map.
 * @param start The cell to begin at.
 * @param goal The cell to reach.
 * @param choose The cost, as far as it can be told, of each of the eight moves from a cell; the least one is taken.
 * @returns The way; undefined if it comes to a cell for a second time, or nowhere.
 */
export function followMoves(
  map: GridMap,
  start: number,
  goal: number,
  choose: (cell: number, move: number) => number,
): GridPath | undefined {
  const cells = [start];
  const seen = new Set(cells);
  let cost = 0;
  for (let cell = start; cell !== goal;) {
    let [taken, least] = [-1, Infinity];
    for (let move = 0; move < GRID_MOVES.length; move++) {
      if (afterMove(map, cell, move) < 0) continue;
      const value = choose(cell, move);
      if (value < least) [taken, least] = [move, value];
    }
    if (taken < 0) return undefined;
    cell = afterMove(map, cell, taken);
    if (seen.has(cell)) return undefined;
    seen.add(cell);
    cells.push(cell);
    cost += GRID_MOVES[taken]![2];
  }
  return { cells, cost, expanded: cells.length };
}
