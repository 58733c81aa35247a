/**
 * What a case of the conformance suite is, and the inputs it is made of.
 *
 * @module
 */
import { type DeviceName, Rng, type Tensor } from "@tome/tome/tensor";
import { type Kind, type Nd, nd, sizeOf } from "./oracle/nd.ts";

/** Makes an input from random numbers. */
export type Maker = (rng: Rng) => Nd;

/** How far a device may lie from what it is held against. */
export interface Bounds {
  /** Greatest `max|a - e| / max|e|`, and the relative part of the elementwise bound. @default {1e-4} */
  rtol?: number;
  /** Absolute part of the elementwise bound, as a share of `max(1, max|e|)`. @default {1e-5} */
  atol?: number;
  /** Differences below this are rounding, whatever the scale. @default {1e-12} */
  floor?: number;
  /** The devices that these bounds are for. @default {all of them} */
  on?: readonly DeviceName[];
  /** Why they are not the default ones. */
  why: string;
}

/** One function of tensors, its inputs, and what is known of its result. */
export interface Case {
  /** The operation, the shapes and the options; no two cases share a name. */
  readonly name: string;
  /** Its inputs. */
  readonly inputs: readonly Maker[];
  /** The function on a device. */
  readonly run: (...x: Tensor[]) => Tensor | Tensor[];
  /** The same function in float64; a case without one is held against the cpu device, and says why. */
  readonly reference?: (...x: Nd[]) => Nd | Nd[];
  /** Which inputs it is differentiated by; every float32 one by default. */
  readonly gradient?: false | readonly boolean[];
  /** Why it has no gradient, or no reference. */
  readonly why?: string;
  /** Bounds other than the default ones. */
  readonly bounds?: readonly Bounds[];
  /** How many elements of each input are moved for finite differences. @default {32} */
  readonly samples?: number;
  /** That it must throw, rather than give numbers. */
  readonly expect?: "error";
  /** What the error says. */
  readonly message?: RegExp;
  /** The devices where it throws; elsewhere it must be right. @default {all of them} */
  readonly on?: readonly DeviceName[];
}

/** Why many cases have no gradient. */
export const NO_GRADIENT = {
  flat: "it is piecewise constant, so its gradient is zero or undefined",
  whole: "its result is not float32",
  extreme: "its values or slopes leave float32 at these inputs; the gradient has cases of its own",
  kernel: "it is a gradient itself; TensorFlow.js has no second derivative of it",
  inference: "TensorFlow.js defines no gradient for it, and says so",
  random: "its result is random",
} as const;

/** The random numbers of a case: equal on every device and in every run. */
export function rngOf(name: string): Rng {
  let hash = 2166136261; // FNV-1a
  for (const c of name) hash = Math.imul(hash ^ c.codePointAt(0)!, 16777619);
  return new Rng(hash >>> 0);
}

function make(shape: readonly number[], dtype: Kind, draw: (rng: Rng, i: number) => number): Maker {
  return (rng) => {
    const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => draw(rng, i));
    return nd(shape, dtype === "float32" ? data.map(Math.fround) : data, dtype);
  };
}

/** Numbers from the normal distribution. */
export const normal = (shape: readonly number[], mean = 0, std = 1): Maker =>
  make(shape, "float32", (rng) => rng.normal(mean, std));

/** Numbers spread evenly over [low, high). */
export const uniform = (shape: readonly number[], low = 0, high = 1): Maker =>
  make(shape, "float32", (rng) => rng.uniform(low, high));

/** Numbers at least 0.2 from the nearest integer, where rounding has no doubt. */
export const fractions = (shape: readonly number[], low: number, high: number): Maker =>
  make(shape, "float32", (rng) => low + rng.int(high - low) + rng.uniform(0.2, 0.8));

/** Numbers of either sign, between `low` and `high` away from 0. */
export const away = (shape: readonly number[], low: number, high: number): Maker =>
  make(shape, "float32", (rng) => (rng.int(2) ? 1 : -1) * rng.uniform(low, high));

/** Numbers no two of which lie nearer than `gap`: a maximum has no tie, and no step of a difference makes one. */
export const distinct = (shape: readonly number[], gap = 0.1): Maker => (rng) => {
  const n = sizeOf(shape), ranks = rng.shuffle(Array.from({ length: n }, (_, i) => i - n / 2));
  return nd(shape, ranks.map((r) => Math.fround(r * gap + gap / 4)), "float32");
};

/** Integers in [low, high). */
export const ints = (shape: readonly number[], low: number, high: number): Maker =>
  make(shape, "int32", (rng) => low + rng.int(high - low));

/** Truth values, `share` of them true. */
export const bools = (shape: readonly number[], share = 0.5): Maker =>
  make(shape, "bool", (rng) => Number(rng.uniform() < share));

/** These values. */
export const values = (
  shape: readonly number[],
  data: readonly number[],
  dtype: Kind = "float32",
): Maker => make(shape, dtype, (_, i) => data[i]!);

/** A shape in a name: `[2,3]`. */
export const show = (...shapes: (readonly number[])[]): string =>
  shapes.map((s) => `[${s.join(",")}]`).join(" ");
