/**
 * Classes of matrix products: what is the fastest program for one is taken to be it for all of its class.
 *
 * @module
 */
import type { Problem } from "./product_problem.ts";
import { MOST_ROWS } from "./vector_code.ts";

/** Sizes of a product, as a layer would have it. */
export interface Sample {
  /** Rows of the result. */
  rows: number;
  /** Length of the axis that is summed over. */
  inner: number;
  /** Columns of the result. */
  columns: number;
}

/** Kinds by size, each with the product that stands for it. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  "few rows": { rows: 1, inner: 1024, columns: 4096 },
  "small, deep": { rows: 64, inner: 4096, columns: 64 },
  "middle": { rows: 512, inner: 512, columns: 512 },
  "large": { rows: 1024, inner: 1024, columns: 1024 },
};

/** How both matrices lie, by whether each is given transposed. */
export const TURNS: Readonly<Record<string, [a: boolean, b: boolean]>> = {
  "A B": [false, false],
  "A Bᵀ": [false, true],
  "Aᵀ B": [true, false],
};

/** The names of a kind's classes, with how their matrices lie. */
export function classesOf(kind: string): [name: string, turns: [a: boolean, b: boolean]][] {
  return Object.entries(TURNS)
    .filter(([, [turnA]]) => !(turnA && kind === "few rows")) // see classOf()
    .map(([turn, turns]) => [`${kind}, ${turn}`, turns]);
}

/** The class of a product, such as `"middle, A Bᵀ"`; undefined for what lies in none. */
export function classOf({ rows, inner, columns, matrices, a, b }: Problem): string | undefined {
  const few = Math.min(rows, columns) <= MOST_ROWS;
  let turns = [a.inner !== 1, b.column !== 1];
  // the few rows are read in no time, however they lie; few columns are the rows of (Bᵀ Aᵀ)ᵀ
  if (few) turns = [false, rows > MOST_ROWS ? !turns[0] : turns[1]!];
  const tiles = Math.ceil(rows / 64) * Math.ceil(columns / 64) * matrices;
  const size = few
    ? "few rows"
    : inner >= 1024 && tiles < 32
    ? "small, deep"
    : tiles < 128
    ? "middle"
    : "large";
  const turn = Object.entries(TURNS).find(([, [x, y]]) => x === turns[0] && y === turns[1]);
  return turn && `${size}, ${turn[0]}`;
}
