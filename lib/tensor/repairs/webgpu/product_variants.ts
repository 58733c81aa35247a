/**
 * The programs that a matrix product can run by, and which of them fit a product.
 *
 * @module
 */
import { type Program, programFor } from "../../dispatch.ts";
import type { EpilogueCode } from "./epilogue.ts";
import { LANES, productProgram, type Tile } from "./product_code.ts";
import type { Grid, Problem } from "./product_problem.ts";
import { type MatrixLayout, sharedBytes, tiledProgram, type TileSizes } from "./tiled_code.ts";
import { columnsOf, MOST_ROWS, vectorProgram } from "./vector_code.ts";

/** What of a device decides which programs it can run. */
export interface Abilities {
  /** Bytes that a workgroup can share. */
  sharedBytes: number;
  /** Threads that a workgroup can have. */
  threads: number;
  /** Whether it has half precision, and may use it. */
  half: boolean;
  /** Whether threads of a subgroup can add up. */
  subgroups: boolean;
}

/** How one product is computed. */
export interface ProductPlan {
  /** How it is cut up. */
  grid: Grid;
  /** The program that computes it, given what becomes of each element. */
  program(epilogue: EpilogueCode): Program;
}

/** A way to compute products. */
export interface Variant {
  /** Its name, as in the table of what was chosen. */
  name: string;
  /** How it would compute a product; undefined if it cannot. */
  plan(problem: Problem, abilities: Abilities): ProductPlan | undefined;
}

/** The tiles in registers, and what a multiplication costs in each, as measured on llvmpipe. */
const REGISTERS: readonly (Tile & { cost: number })[] = [
  { rows: 8, columns: 8, cost: 1 },
  { rows: 8, columns: 4, cost: 1.25 },
  { rows: 1, columns: 8, cost: 3 },
];

/** Workgroups below which the cores of a machine would wait for each other. */
const ENOUGH_GROUPS = { software: 8, hardware: 128 };
/** The shortest part of an inner axis that is worth a part of its own. */
const SHORTEST_PART = 128;
/** The most parts: more take longer to add up than they save. */
const MOST_PARTS = 32;

function partsFor(groups: number, inner: number, enough: number): number {
  const wanted = Math.min(Math.ceil(enough / groups), Math.floor(inner / SHORTEST_PART));
  return Math.min(MOST_PARTS, Math.max(1, wanted));
}

/** How a product in registers is computed; it follows from the lengths of its axes alone, so that results repeat bit for bit. */
export interface RegisterPlan {
  /** Which tile. */
  tile: number;
  /** Whether the transposed product is computed, with the lanes along the rows. */
  turned: boolean;
  /** Into how many parts the inner axis is cut. */
  parts: number;
}

/** Plans a product of `batch` matrices in registers. */
export function planProduct(
  rows: number,
  inner: number,
  columns: number,
  batch: number,
): RegisterPlan {
  let best = { tile: 0, turned: false };
  let least = Infinity, groups = 0;
  for (const turned of [false, true]) {
    const [down, across] = turned ? [columns, rows] : [rows, columns];
    for (const [k, tile] of REGISTERS.entries()) {
      const tiles = Math.ceil(down / tile.rows) * Math.ceil(across / (tile.columns * LANES));
      const cost = tiles * tile.rows * tile.columns * tile.cost;
      if (cost >= least) continue;
      least = cost;
      groups = tiles * batch;
      best = { tile: k, turned };
    }
  }
  return { ...best, parts: partsFor(groups, inner, ENOUGH_GROUPS.software) };
}

/** Each thread keeps its part of the result in registers, and nothing is shared: for programs on the CPU. */
export const IN_REGISTERS: Variant = {
  name: "registers",
  plan({ rows, inner, columns, matrices }) {
    const { tile: k, turned, parts } = planProduct(rows, inner, columns, matrices);
    const tile = REGISTERS[k]!;
    return {
      grid: { high: tile.rows, wide: tile.columns * LANES, parts, turned },
      program: (epilogue) =>
        programFor(
          `registers ${k} ${epilogue.key}`,
          () => productProgram(tile, { epilogue }),
        ),
    };
  },
};

/** How both matrices of a product lie. */
export function layoutsOf(
  { rows, inner, columns, a, b, batch }: Problem,
): { a: MatrixLayout; b: MatrixLayout } {
  const fits = (...numbers: number[]) => numbers.every((n) => n % 4 === 0);
  const along = (alongInner: boolean, other: number, step: number, steps: number[]) => ({
    alongInner,
    vectors: fits(alongInner ? inner : other, step, ...steps),
  });
  return {
    a: along(a.inner === 1, rows, a.inner === 1 ? a.row : a.inner, batch.a),
    b: along(b.inner === 1, columns, b.inner === 1 ? b.column : b.inner, batch.b),
  };
}

const layoutKey = ({ alongInner, vectors }: MatrixLayout) =>
  `${alongInner ? "i" : "o"}${vectors ? 4 : 1}`;

function tiled(name: string, sizes: TileSizes, { split = false, half = false } = {}): Variant {
  const [high, wide] = [sizes.down * sizes.rows, sizes.across * sizes.columns];
  return {
    name,
    plan(problem, abilities) {
      if (sharedBytes(sizes) > abilities.sharedBytes || (half && !abilities.half)) return undefined;
      if (sizes.down * sizes.across > abilities.threads) return undefined;
      const { rows, columns, inner, matrices } = problem;
      const groups = Math.ceil(rows / high) * Math.ceil(columns / wide) * matrices;
      const parts = split ? partsFor(groups, inner, ENOUGH_GROUPS.hardware) : 1;
      if (split && parts === 1) return undefined;
      const layouts = layoutsOf(problem);
      const key = `${name} ${layoutKey(layouts.a)} ${layoutKey(layouts.b)}`;
      return {
        grid: { high, wide, parts, unit: sizes.depth, turned: false },
        program: (epilogue) =>
          programFor(
            `${key} ${epilogue.key}`,
            () => tiledProgram(sizes, { ...layouts, epilogue, half }),
          ),
      };
    },
  };
}

function fewRows(name: string, subgroups: boolean): Variant {
  return {
    name,
    plan(problem, abilities) {
      const turned = problem.rows > MOST_ROWS;
      const rows = turned ? problem.columns : problem.rows;
      if (rows > MOST_ROWS || (subgroups && !abilities.subgroups)) return undefined;
      const layouts = layoutsOf(problem);
      const [a, b] = turned ? [layouts.b, layouts.a] : [layouts.a, layouts.b];
      if (subgroups && !b.alongInner) return undefined;
      const vectors = a.alongInner && a.vectors && b.vectors;
      const key = `${name} ${rows} ${layoutKey(b)} ${vectors}`;
      return {
        grid: { high: rows, wide: columnsOf(b), parts: 1, turned },
        program: (epilogue) =>
          programFor(
            `${key} ${epilogue.key}`,
            () => vectorProgram({ rows, b, vectors, epilogue, subgroups }),
          ),
      };
    },
  };
}

const SMALL = { across: 8, down: 8, rows: 4, columns: 4, depth: 16 };
const MIDDLE = { across: 16, down: 16, rows: 4, columns: 4, depth: 16 };
const BLOCKS = { across: 8, down: 8, rows: 8, columns: 8, depth: 8 };
const LARGE = { across: 16, down: 16, rows: 8, columns: 8, depth: 8 };

/** The variants for hardware; the tuner measures those that fit. */
export const VARIANTS: readonly Variant[] = [
  fewRows("few rows", false),
  fewRows("few rows, subgroups", true),
  tiled("tiles 32×32", SMALL),
  tiled("tiles 32×32, split", SMALL, { split: true }),
  tiled("tiles 64×64", MIDDLE),
  tiled("tiles 64×64, split", MIDDLE, { split: true }),
  tiled("tiles 64×64, 64 threads", BLOCKS),
  tiled("tiles 128×128", LARGE),
  tiled("tiles 64×64, half", MIDDLE, { half: true }),
  tiled("tiles 128×128, half", LARGE, { half: true }),
];
