/**
 * Matrix products by programs of our own.
 *
 * On adapters that are programs on the CPU they are several times as fast as the stock ones. On hardware a variant runs
 * where the tuner has measured it to be faster; what they do not cover (whole numbers, other activations) keeps the
 * stock programs.
 *
 * @module
 */
import type * as tf from "../../_tf.ts";
import { dispatch, MAX_GROUPS, programFor } from "../../dispatch.ts";
import type { RepairedBackend } from "./backend.ts";
import { type Epilogue, epilogueCode, PLAIN } from "./epilogue.ts";
import { type KernelCall, wrapKernel } from "./kernels.ts";
import {
  LANES,
  PRODUCT_FIELDS,
  type ProductFields,
  productProgram,
  sumProgram,
} from "./product_code.ts";
import { fieldsOf, type Problem, problemOf } from "./product_problem.ts";
import { IN_REGISTERS, type ProductPlan, type Variant } from "./product_variants.ts";
import { sizeOf } from "../../shape.ts";

/** Replaces the kernels of matrix products by ones that use these programs where they are the faster ones. */
export function multiplyInRegisters(): void {
  for (const name of ["BatchMatMul", "_FusedMatMul"]) {
    wrapKernel(name, (run) => (call) => product(call) ?? run(call));
  }
}

/** Whether a tensor holds float32. */
function isFloat32({ dtype }: tf.TensorInfo): boolean {
  return dtype === "float32";
}

function product({ inputs, attrs, backend }: KernelCall): tf.TensorInfo | undefined {
  const { a, b, bias, preluActivationWeights } = inputs as Record<string, tf.TensorInfo>;
  const { transposeA = false, transposeB = false, activation = "linear" } = (attrs ?? {}) as {
    transposeA?: boolean;
    transposeB?: boolean;
    activation?: string;
  };
  if (activation !== "linear" || preluActivationWeights) return undefined;
  return multiply(backend as RepairedBackend, a!, b!, {
    transposeA,
    transposeB,
    ...(bias ? { bias } : {}),
  })?.out;
}

/** How {@link multiply} works. */
export interface MultiplyOptions extends Epilogue {
  /** Whether the first matrix is transposed. @default {false} */
  transposeA?: boolean;
  /** Whether the second matrix is transposed. @default {false} */
  transposeB?: boolean;
}

/**
 * `out = activate(a b + bias) + residual` in one dispatch, or two if the inner axis is long and the result small.
 *
 * @param a `[..., M, K]`, float32.
 * @param b `[..., K, N]`, float32; the batches broadcast.
 * @returns `[..., M, N]`, and what the activation was given if it is kept; undefined where the stock programs are taken.
 */
export function multiply(
  backend: RepairedBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA = false, transposeB = false, ...epilogue }: MultiplyOptions = {},
): { out: tf.TensorInfo; before?: tf.TensorInfo } | undefined {
  const { products } = backend;
  if (!products) return undefined;
  const { bias, residual } = epilogue;
  const given = [a, b, ...(bias ? [bias] : []), ...(residual ? [residual] : [])];
  if (!given.every(isFloat32)) return undefined;
  const problem = problemOf(a, b, transposeA, transposeB);
  if (!problem) return undefined;
  const { columns, shape } = problem;
  if (bias && (sizeOf(bias.shape) !== columns || bias.shape.at(-1) !== columns)) return undefined;
  if (residual && sizeOf(residual.shape) !== sizeOf(shape)) return undefined;
  const plan = products(problem);
  return plan && run(backend, problem, plan, a, b, epilogue);
}

/** Runs a product as planned. */
export function run(
  backend: RepairedBackend,
  problem: Problem,
  { grid, program }: ProductPlan,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  epilogue: Epilogue = {},
): { out: tf.TensorInfo; before?: tf.TensorInfo } {
  const { rows, columns, shape } = problem;
  const { parts, turned } = grid;
  const fields = fieldsOf(problem, grid);
  const size = sizeOf(shape);
  const code = epilogueCode(epilogue);
  const out = backend.makeTensorInfo(shape, "float32");
  const before = epilogue.keep ? backend.makeTensorInfo(shape, "float32") : undefined;
  const { bias, residual } = epilogue;
  const more = [bias, residual, before].flatMap((x) => x ? [x.dataId] : []);
  const target = parts === 1 ? out : backend.makeTensorInfo([parts * size], "float32");
  dispatch(
    backend,
    program(parts === 1 ? code : PLAIN),
    [
      target.dataId,
      ...(turned ? [b, a] : [a, b]).map((x) => x.dataId),
      ...(parts === 1 ? more : []),
    ],
    PRODUCT_FIELDS.map((name) => fields[name]),
    [],
    fields.groups,
  );
  if (parts > 1) {
    dispatch(
      backend,
      programFor(`sum ${code.key}`, () => sumProgram(code)),
      [out.dataId, target.dataId, ...more],
      [size, rows * columns, parts, columns],
      [],
      Math.min(Math.ceil(size / 64), MAX_GROUPS),
    );
    backend.disposeData(target.dataId);
  }
  return { out, ...(before ? { before } : {}) };
}

/** Takes one variant wherever it fits, and products in registers elsewhere. */
export function always(backend: RepairedBackend, variant: Variant): (p: Problem) => ProductPlan {
  return (problem) =>
    variant.plan(problem, backend.abilities) ?? IN_REGISTERS.plan(problem, backend.abilities)!;
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
  if (!backend.software || !isFloat32(dy) || !isFloat32(x)) return undefined;
  const problem = problemOf(dy, x, true, false);
  if (!problem || problem.inner === 0) return undefined;
  const tile = { rows: 8, columns: 8 };
  const fields: ProductFields = fieldsOf(problem, {
    high: tile.rows,
    wide: tile.columns * LANES,
    parts: 1,
    turned: false,
  });
  const { rows, columns } = problem;
  const results = [[rows, columns], [rows]].map((s) => backend.makeTensorInfo(s, "float32"));
  dispatch(
    backend,
    programFor("sums", () => productProgram(tile, { sums: true })),
    [results[0]!.dataId, dy.dataId, x.dataId, results[1]!.dataId],
    PRODUCT_FIELDS.map((name) => fields[name]),
    [],
    fields.groups,
  );
  return results;
}
