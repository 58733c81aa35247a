/**
 * Central differences of a case: along single elements, and along one random direction through all of them.
 *
 * @module
 */
import { type Case, rngOf } from "./case.ts";
import type { Nd } from "./oracle/nd.ts";
import { toArray, toTensor, weightsOf } from "./run.ts";
import * as tf from "../../lib/tensor/_tf.ts";

/** What differences say of the gradient by one input. */
export interface Differences {
  /** The elements that were moved. */
  places: number[];
  /** The slope along each. */
  slopes: number[];
  /** A direction through all elements, and the slope along it. */
  direction: { vector: Float64Array; slope: number };
  /** How well the slopes are known: 1 where they come from float64, 100 where from float32. */
  doubt: number;
}

/** The outputs of a case. */
type Outputs = (inputs: readonly Nd[]) => Nd[] | Promise<Nd[]>;

/** Differences of a case by the inputs that `by` names. */
export async function differences(
  c: Case,
  inputs: readonly Nd[],
  by: readonly boolean[],
  shapes: readonly (readonly number[])[],
): Promise<(Differences | undefined)[]> {
  const weights = weightsOf(c, shapes);
  const exact = c.reference !== undefined;
  const outputs: Outputs = exact ? (x) => [c.reference!(...x)].flat() : (x) => onDevice(c, x);
  const found: (Differences | undefined)[] = [];
  for (const k of inputs.keys()) {
    found.push(by[k] ? await one(c, outputs, inputs, k, weights, exact) : undefined);
  }
  return found;
}

async function one(
  c: Case,
  outputs: Outputs,
  inputs: readonly Nd[],
  k: number,
  weights: readonly Nd[],
  exact: boolean,
): Promise<Differences> {
  const input = inputs[k]!, size = input.data.length, step = exact ? 1e-5 : 1e-2;
  const round = exact ? (v: number) => v : Math.fround;
  const rng = rngOf(`${c.name} places ${k}`);
  /** How much the projected outputs change, and how much the input really moved. */
  const move = async (towards: (i: number) => number) => {
    const [up, down] = [1, -1].map((sign) =>
      input.data.map((v, i) => towards(i) === 0 ? v : round(v + sign * step * towards(i)))
    ) as [Float64Array, Float64Array];
    const at = (data: Float64Array) =>
      outputs(inputs.map((x, j) => j === k ? { ...input, data } : x));
    const change = projectedChange(await at(up), await at(down), weights);
    return { change, moved: up.map((v, i) => v === down[i] ? 0 : v - down[i]!) };
  };
  const samples = c.samples ?? 32;
  const places = size <= samples
    ? Array.from({ length: size }, (_, i) => i)
    : [...new Set(Array.from({ length: samples }, () => rng.int(size)))];
  const slopes: number[] = [];
  for (const p of places) {
    if (!Number.isFinite(input.data[p]!)) slopes.push(0); // an infinity does not move
    else {
      const { change, moved } = await move((i) => Number(i === p));
      slopes.push(change / moved[p]!);
    }
  }
  const random = input.data.map((v) => Number.isFinite(v) ? rng.uniform(-1, 1) : 0);
  const { change, moved } = await move((i) => random[i]!);
  return {
    places,
    slopes,
    direction: { vector: moved.map((v) => v / (2 * step)), slope: change / (2 * step) },
    doubt: exact ? 1 : 100,
  };
}

/** Element by element, so that what does not change does not round either. */
function projectedChange(up: readonly Nd[], down: readonly Nd[], weights: readonly Nd[]): number {
  let total = 0;
  up.forEach((y, k) => {
    if (y.dtype !== "float32") return;
    y.data.forEach((v, i) => {
      if (v !== down[k]!.data[i]) total += (v - down[k]!.data[i]!) * weights[k]!.data[i]!;
    });
  });
  return total;
}

async function onDevice(c: Case, inputs: readonly Nd[]): Promise<Nd[]> {
  const outputs = tf.tidy(() => c.run(...inputs.map(toTensor)));
  const arrays = await Promise.all([outputs].flat().map(toArray));
  tf.dispose(outputs);
  return arrays;
}
