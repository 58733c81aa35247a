/**
 * Measures which program is the fastest for each class of matrix products.
 *
 * @module
 */
import * as tf from "../../_tf.ts";
import { Rng } from "../../random.ts";
import type { Tensor } from "../../types.ts";
import type { RepairedBackend } from "./backend.ts";
import { always } from "./product.ts";
import { classesOf, type Sample, SAMPLES } from "./product_classes.ts";
import { IN_REGISTERS, type Variant, VARIANTS } from "./product_variants.ts";
import { ProductTimer } from "./product_timer.ts";
import { problemOf } from "./product_problem.ts";

/** The name of the stock programs among the variants. */
export const STOCK = "stock";

/** What was measured for one class of products. */
export interface Measured {
  /** The program that is taken. */
  variant: string;
  /** Milliseconds of the product that stands for the class, by program; those that were wrong or failed are missing. */
  times: Record<string, number>;
}

/** How programs are measured. */
export interface MeasureOptions {
  /** Milliseconds after which no further program is begun. */
  limit: number;
  /** The products that stand for the kinds. @default {SAMPLES} */
  samples?: Readonly<Record<string, Sample>>;
  /** The programs. @default {all, and on software adapters those in registers} */
  variants?: readonly Variant[];
}

const ROUNDS = 3;
const SUBMIT_BATCH = "WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE";
/** What another program must save to be taken in place of the one that is normal. */
const WORTH = 0.95;

/**
 * Measures all classes, one after another, until the time is up; those begun too late are missing.
 *
 * A program whose result differs from that of the stock one, or that the device refuses, is out.
 *
 * @returns What was measured, by class.
 */
export async function measureProducts(
  backend: RepairedBackend,
  { limit, samples = SAMPLES, variants }: MeasureOptions,
): Promise<Record<string, Measured>> {
  const end = performance.now() + limit;
  const candidates = variants ?? [...(backend.software ? [IN_REGISTERS] : []), ...VARIANTS];
  const { products, strict } = backend;
  const batch = tf.env().getNumber(SUBMIT_BATCH);
  const found: Record<string, Measured> = {};
  backend.strict = false;
  tf.env().set(SUBMIT_BATCH, 15);
  try {
    using timer = new ProductTimer(backend);
    for (const [size, sample] of Object.entries(samples)) {
      for (const [name, turns] of classesOf(size)) {
        const measured = await measureClass(backend, timer, candidates, sample, turns, end);
        if (measured) found[name] = measured;
      }
    }
  } finally {
    backend.products = products;
    backend.strict = strict;
    tf.env().set(SUBMIT_BATCH, batch);
  }
  return found;
}

async function measureClass(
  backend: RepairedBackend,
  timer: ProductTimer,
  candidates: readonly Variant[],
  { rows, inner, columns }: Sample,
  [turnA, turnB]: [boolean, boolean],
  end: number,
): Promise<Measured | undefined> {
  if (performance.now() > end) return undefined;
  const random = new Rng(1);
  const draw = (shape: number[]) =>
    tf.tensor2d(
      Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.uniform(-1, 1)),
      shape as [number, number],
    );
  const a = draw(turnA ? [inner, rows] : [rows, inner]);
  const b = draw(turnB ? [columns, inner] : [inner, columns]);
  const multiply = () => tf.matMul(a, b, turnA, turnB) as Tensor;
  const problem = problemOf(a, b, turnA, turnB)!;
  const fitting = candidates.filter((variant) => variant.plan(problem, backend.abilities));
  const take = (name: string) => {
    const variant = fitting.find((variant) => variant.name === name);
    backend.products = variant && always(backend, variant);
  };
  try {
    take(STOCK);
    const expected = await valuesOf(multiply);
    const times: Record<string, number> = { [STOCK]: Infinity };
    for (const { name } of fitting) {
      if (performance.now() > end) return undefined;
      take(name);
      const half = name.includes("half");
      if (await isRight(backend, multiply, expected, half ? 1e-2 : 1e-4)) times[name] = Infinity;
    }
    for (let round = 0; round < ROUNDS; round++) { // in turn, so that other work slows down all
      for (const name of Object.keys(times)) {
        if (performance.now() > end) return undefined;
        take(name);
        const time = await timer.time(() => multiply().dispose());
        times[name] = Math.min(times[name]!, time);
      }
    }
    const normal = backend.software && times[IN_REGISTERS.name] ? IN_REGISTERS.name : STOCK;
    let best = normal;
    for (const [name, time] of Object.entries(times)) {
      if (time < times[best]! && time < WORTH * times[normal]!) best = name;
    }
    return { variant: best, times };
  } finally {
    tf.dispose([a, b]);
  }
}

async function valuesOf(make: () => Tensor): Promise<Float32Array> {
  const made = make();
  const values = await made.data() as Float32Array;
  made.dispose();
  return values;
}

/** Whether a program is accepted by the device, and right. */
async function isRight(
  backend: RepairedBackend,
  multiply: () => Tensor,
  expected: Float32Array,
  tolerance: number,
): Promise<boolean> {
  backend.flush();
  backend.device.pushErrorScope("validation");
  backend.device.pushErrorScope("internal");
  let values: Float32Array | undefined;
  try {
    values = await valuesOf(multiply);
  } catch {
    backend.errors.forget(); // what this program did wrong is nobody else's matter
  }
  const failed = [await backend.device.popErrorScope(), await backend.device.popErrorScope()];
  if (!values || failed.some((error) => error)) return false;
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(values[i]! - expected[i]!));
    size = Math.max(size, Math.abs(expected[i]!));
  }
  return difference <= tolerance * size;
}
