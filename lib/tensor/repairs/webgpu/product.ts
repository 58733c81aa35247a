/**
 * Matrix products on adapters that are programs on the CPU, several times as fast as the stock ones.
 *
 * What they do not cover (whole numbers, activations) and hardware adapters keep the stock programs.
 *
 * @module
 */
import type * as tf from "../../_tf.ts";
import { dispatch, MAX_GROUPS, type Program } from "../../dispatch.ts";
import { sizeOf } from "../../shape.ts";
import type { RepairedBackend } from "./backend.ts";
import { type KernelCall, wrapKernel } from "./kernels.ts";
import {
  LANES,
  PRODUCT_FIELDS,
  type ProductFields,
  productProgram,
  sumProgram,
  type Tile,
} from "./product_code.ts";

/** The tiles there are, and what a multiplication costs in each, as measured on llvmpipe. */
const TILES: readonly (Tile & { cost: number })[] = [
  { rows: 8, columns: 8, cost: 1 },
  { rows: 8, columns: 4, cost: 1.25 },
  { rows: 1, columns: 8, cost: 3 },
];

/** Workgroups below which the cores of a machine would wait for each other. */
const ENOUGH_GROUPS = 8;
/** The shortest part of an inner axis that is worth a part of its own. */
const SHORTEST_PART = 128;

/** How a product is computed; it follows from the lengths of its axes alone, so that results repeat bit for bit. */
export interface ProductPlan {
  /** Which tile, of `TILES`. */
  tile: number;
  /** Whether the transposed product is computed, with the lanes along the rows. */
  turned: boolean;
  /** Into how many parts the inner axis is cut. */
  parts: number;
}

/** Plans a product of `batch` matrices. */
export function planProduct(
  rows: number,
  inner: number,
  columns: number,
  batch: number,
): ProductPlan {
  let best = { tile: 0, turned: false, parts: 1 };
  let least = Infinity, groups = 0;
  for (const turned of [false, true]) {
    const [down, across] = turned ? [columns, rows] : [rows, columns];
    for (const [k, tile] of TILES.entries()) {
      const tiles = Math.ceil(down / tile.rows) * Math.ceil(across / (tile.columns * LANES));
      const cost = tiles * tile.rows * tile.columns * tile.cost;
      if (cost >= least) continue;
      least = cost;
      groups = tiles * batch;
      best = { tile: k, turned, parts: 1 };
    }
  }
  const parts = Math.min(Math.ceil(ENOUGH_GROUPS / groups), Math.floor(inner / SHORTEST_PART));
  return { ...best, parts: Math.max(1, parts) };
}

const programs = new Map<string, Program>();

function programFor(key: string, make: () => Program): Program {
  let program = programs.get(key);
  if (!program) programs.set(key, program = make());
  return program;
}

/** Axes of a batch that broadcast alike are one: their lengths, and the steps of both matrices along them. */
interface Batch {
  lengths: [number, number, number];
  a: [number, number, number];
  b: [number, number, number];
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

/** Replaces the kernels of matrix products by ones that use these programs where they are the faster ones. */
export function multiplyInRegisters(): void {
  for (const name of ["BatchMatMul", "_FusedMatMul"]) {
    wrapKernel(name, (run) => (call) => product(call) ?? run(call));
  }
}

/** Whether a tensor's buffer holds float32; a cast from int32 may have changed only the label. */
function isFloat32(backend: RepairedBackend, { dtype, dataId }: tf.TensorInfo): boolean {
  return dtype === "float32" && backend.tensorMap.get(dataId).dtype === "float32";
}

function product({ inputs, attrs, backend: given }: KernelCall): tf.TensorInfo | undefined {
  const backend = given as RepairedBackend;
  const { a, b, bias, preluActivationWeights } = inputs as Record<string, tf.TensorInfo>;
  const { transposeA, transposeB, activation = "linear" } = attrs ?? {};
  if (!backend.software || activation !== "linear" || preluActivationWeights) return undefined;
  if (![a!, b!, ...(bias ? [bias] : [])].every((x) => isFloat32(backend, x))) return undefined;
  const [rows, inner] = transposeA ? a!.shape.slice(-2).reverse() : a!.shape.slice(-2);
  const [innerB, columns] = transposeB ? b!.shape.slice(-2).reverse() : b!.shape.slice(-2);
  if (
    rows === undefined || inner === undefined || columns === undefined || inner !== innerB ||
    (bias && (sizeOf(bias.shape) !== columns || bias.shape.at(-1) !== columns))
  ) return undefined;
  const batchShape = outerShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  const batch = batchShape &&
    batchOf(a!.shape.slice(0, -2), b!.shape.slice(0, -2), [rows * inner, inner * columns]);
  const matrices = batch ? sizeOf(batch.lengths) : 0;
  const size = matrices * rows * columns;
  if (!batch || size === 0) return undefined;

  const { tile, turned, parts } = planProduct(rows, inner, columns, matrices);
  const ways = {
    a: transposeA ? [1, rows] : [inner, 1], // along rows, along the inner axis
    b: transposeB ? [1, inner] : [columns, 1], // along the inner axis, along columns
  };
  const { rows: down, columns: across } = TILES[tile]!;
  const rowGroups = Math.ceil((turned ? columns : rows) / down);
  const columnGroups = Math.ceil((turned ? rows : columns) / (across * LANES));
  const part = Math.ceil(inner / parts);
  const [left, right] = turned ? [batch.b, batch.a] : [batch.a, batch.b];
  const groups = rowGroups * columnGroups * matrices * parts;
  const fields: ProductFields = {
    rows: turned ? columns : rows,
    inner,
    columns: turned ? rows : columns,
    aRow: turned ? ways.b[1]! : ways.a[0]!,
    aInner: turned ? ways.b[0]! : ways.a[1]!,
    bInner: turned ? ways.a[1]! : ways.b[0]!,
    bColumn: turned ? ways.a[0]! : ways.b[1]!,
    outRow: turned ? 1 : columns,
    outColumn: turned ? columns : 1,
    rowGroups,
    columnGroups,
    groups,
    parts,
    part,
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
  const out = backend.makeTensorInfo([...batchShape, rows, columns], "float32");
  const target = parts === 1 ? out : backend.makeTensorInfo([parts * size], "float32");
  const added = bias ? [bias.dataId] : [];
  const early = parts === 1 && bias !== undefined;
  dispatch(
    backend,
    programFor(`${tile} ${early}`, () => productProgram(TILES[tile]!, { bias: early })),
    [target.dataId, ...(turned ? [b!, a!] : [a!, b!]).map((x) => x.dataId), ...early ? added : []],
    PRODUCT_FIELDS.map((name) => fields[name]),
    [],
    groups,
  );
  if (parts > 1) {
    dispatch(
      backend,
      programFor(`sum ${bias !== undefined}`, () => sumProgram(bias !== undefined)),
      [out.dataId, target.dataId, ...added],
      [size, rows * columns, parts, columns],
      [],
      Math.min(Math.ceil(size / 64), MAX_GROUPS),
    );
    backend.disposeData(target.dataId);
  }
  return out;
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

/**
 * The gradients of the weight and the bias of an affine map, `dyᵀ x` and the sums of dy's columns, in one dispatch.
 *
 * @param dy `[R, O]`, float32.
 * @param x `[R, I]`, float32.
 * @returns `[O, I]` and `[O]`; undefined where another program is the faster one.
 */
export function multiplyAndSum(
  backend: RepairedBackend,
  dy: tf.TensorInfo,
  x: tf.TensorInfo,
): tf.TensorInfo[] | undefined {
  const [inner, rows] = dy.shape as [number, number];
  const columns = x.shape[1]!;
  if (!backend.software || inner * rows * columns === 0) return undefined;
  if (!isFloat32(backend, dy) || !isFloat32(backend, x)) return undefined;
  const tile = TILES[0]!;
  const rowGroups = Math.ceil(rows / tile.rows);
  const columnGroups = Math.ceil(columns / (tile.columns * LANES));
  const none = Object.fromEntries(PRODUCT_FIELDS.map((name) => [name, 0])) as ProductFields;
  const steps = { aRow: 1, aInner: rows, bInner: columns, bColumn: 1 };
  const out = { outRow: columns, outColumn: 1 };
  const groups = { rowGroups, columnGroups, groups: rowGroups * columnGroups };
  const whole = { parts: 1, part: inner, batch1: 1, batch2: 1 };
  const fields = { ...none, rows, inner, columns, ...steps, ...out, ...groups, ...whole };
  const results = [[rows, columns], [rows]].map((s) => backend.makeTensorInfo(s, "float32"));
  dispatch(
    backend,
    programFor("sums", () => productProgram(tile, { sums: true })),
    [results[0]!.dataId, dy.dataId, x.dataId, results[1]!.dataId],
    PRODUCT_FIELDS.map((name) => fields[name]),
    [],
    groups.groups,
  );
  return results;
}
