/**
 * A matrix product as lengths of axes, and steps along them.
 *
 * @module
 */
import type * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import type { ProductFields } from "./product_code.ts";

/** Axes of a batch that broadcast alike are one: their lengths, and the steps of both matrices along them. */
interface Batch {
  lengths: [number, number, number];
  a: [number, number, number];
  b: [number, number, number];
}

/** A product of float32 matrices whose batches broadcast against each other. */
export interface Problem {
  /** Rows of the result. */
  rows: number;
  /** Length of the axis that is summed over. */
  inner: number;
  /** Columns of the result. */
  columns: number;
  /** Matrices in the result. */
  matrices: number;
  /** Shape of the result. */
  shape: number[];
  /** Steps of the first matrix along its rows, and along the inner axis. */
  a: { row: number; inner: number };
  /** Steps of the second matrix along the inner axis, and along its columns. */
  b: { inner: number; column: number };
  /** The batch, as three axes. */
  batch: Batch;
}

/** The common batch as three axes, or none if it takes more. */
function batchOf(
  a: readonly number[],
  b: readonly number[],
  sizes: [number, number],
): Batch | undefined {
  const axes: { length: number; inA: boolean; inB: boolean }[] = [];
  const rank = Math.max(a.length, b.length);
  for (let axis = 0; axis < rank; axis++) {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    const length = x === 1 ? y : x;
    if (length === 1) continue;
    const last = axes.at(-1);
    const [inA, inB] = [x !== 1, y !== 1];
    if (last && last.inA === inA && last.inB === inB) last.length *= length;
    else axes.push({ length, inA, inB });
  }
  if (axes.length > 3) return undefined;
  while (axes.length < 3) axes.unshift({ length: 1, inA: false, inB: false });
  const batch: Batch = { lengths: [1, 1, 1], a: [0, 0, 0], b: [0, 0, 0] };
  let [stepA, stepB] = sizes;
  for (let i = 2; i >= 0; i--) {
    const { length, inA, inB } = axes[i]!;
    batch.lengths[i] = length;
    if (inA) [batch.a[i], stepA] = [stepA, stepA * length];
    if (inB) [batch.b[i], stepB] = [stepB, stepB * length];
  }
  return batch;
}

/** The batch of a product; none if the batches do not broadcast, which the stock kernel says. */
function outerShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (x !== y && x !== 1 && y !== 1) return undefined;
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

/** The product of two matrices, or of batches of them; none for what our programs do not cover. */
export function problemOf(
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  turnA: boolean,
  turnB: boolean,
): Problem | undefined {
  const [rows, inner] = turnA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const [innerB, columns] = turnB ? b.shape.slice(-2).reverse() : b.shape.slice(-2);
  if (rows === undefined || inner === undefined || columns === undefined || inner !== innerB) {
    return undefined;
  }
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outer = outerShape(outerA, outerB);
  const batch = outer && batchOf(outerA, outerB, [rows * inner, inner * columns]);
  const matrices = batch ? sizeOf(batch.lengths) : 0;
  if (!batch || matrices * rows * columns === 0) return undefined;
  return {
    rows,
    inner,
    columns,
    matrices,
    shape: [...outer, rows, columns],
    a: turnA ? { row: 1, inner: rows } : { row: inner, inner: 1 },
    b: turnB ? { inner: 1, column: inner } : { inner: columns, column: 1 },
    batch,
  };
}

/** How a result is cut up among workgroups. */
export interface Grid {
  /** Rows that one makes. */
  high: number;
  /** Columns that one makes. */
  wide: number;
  /** Into how many parts the inner axis is cut. */
  parts: number;
  /** The number that the length of a part is a multiple of. @default {1} */
  unit?: number;
  /** Whether the transposed product is computed, with rows and columns in each other's place. */
  turned: boolean;
}

/** The numbers of a product's program. */
export function fieldsOf(problem: Problem, grid: Grid): ProductFields {
  const { rows, inner, columns, a, b, batch, matrices } = problem;
  const { high, wide, parts, unit = 1, turned } = grid;
  const rowGroups = Math.ceil((turned ? columns : rows) / high);
  const columnGroups = Math.ceil((turned ? rows : columns) / wide);
  const [left, right] = turned ? [batch.b, batch.a] : [batch.a, batch.b];
  return {
    rows: turned ? columns : rows,
    inner,
    columns: turned ? rows : columns,
    aRow: turned ? b.column : a.row,
    aInner: turned ? b.inner : a.inner,
    bInner: turned ? a.inner : b.inner,
    bColumn: turned ? a.row : b.column,
    outRow: turned ? 1 : columns,
    outColumn: turned ? columns : 1,
    rowGroups,
    columnGroups,
    groups: rowGroups * columnGroups * matrices * parts,
    parts,
    part: Math.ceil(Math.ceil(inner / parts) / unit) * unit,
    batch1: batch.lengths[1],
    batch2: batch.lengths[2],
    aBatch0: left[0],
    aBatch1: left[1],
    aBatch2: left[2],
    bBatch0: right[0],
    bBatch1: right[1],
    bBatch2: right[2],
    outBatch: rows * columns,
    biasRow: turned ? 1 : 0,
    biasColumn: turned ? 0 : 1,
  };
}
