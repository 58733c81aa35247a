/**
 * Says whether two results agree.
 *
 * @module
 */
import type { DeviceName } from "@tome/tome/tensor";
import type { Bounds, Case } from "./case.ts";
import type { Differences } from "./differences.ts";
import type { Nd } from "./oracle/nd.ts";

/** How far two results lie apart. */
export interface Verdict {
  /** `max|a - e| / max|e|`; 0 for equal ones, Infinity where NaN, infinities, dtypes or shapes disagree. */
  error: number;
  /** What is wrong, with the worst element; undefined if they agree. */
  fault?: string;
}

type Limits = Required<Pick<Bounds, "rtol" | "atol" | "floor">>;

/** The bounds of a case on a device. */
export function limitsOf(c: Case, device: DeviceName): Limits {
  const own = c.bounds?.find((b) => b.on === undefined || b.on.includes(device));
  return { rtol: 1e-4, atol: 1e-5, floor: 1e-12, ...own };
}

/** Compares two arrays: dtype, shape, the places of NaN and infinities, the worst error, and every element. */
export function compare(actual: Nd, expected: Nd, limits: Limits): Verdict {
  if (actual.dtype !== expected.dtype) {
    return {
      error: Infinity,
      fault: `the dtype is ${actual.dtype}, and should be ${expected.dtype}`,
    };
  }
  if (String(actual.shape) !== String(expected.shape)) {
    return {
      error: Infinity,
      fault: `the shape is [${actual.shape}], and should be [${expected.shape}]`,
    };
  }
  const float = expected.dtype === "float32";
  const want = float ? expected.data.map(Math.fround) : expected.data;
  const bounds = float ? limits : { rtol: 0, atol: 0, floor: 0 };
  return elements(
    actual.data,
    want,
    scaleOf(want),
    bounds,
    (i) => `element ${i} of ${want.length}`,
  );
}

/** Compares a gradient with finite differences. */
export function compareSlopes(actual: Nd, d: Differences, limits: Limits): Verdict {
  const bounds: Limits = {
    rtol: limits.rtol * d.doubt,
    atol: limits.atol * d.doubt,
    floor: limits.floor * d.doubt,
  };
  const picked = Float64Array.from(d.places, (p) => actual.data[p]!);
  const scale = Math.max(scaleOf(actual.data), scaleOf(d.slopes));
  const single = elements(
    picked,
    d.slopes,
    scale,
    bounds,
    (i) => `the slope along element ${d.places[i]} of ${actual.data.length}`,
  );
  if (single.fault) return single;
  let dot = 0, weight = 0;
  d.direction.vector.forEach((v, i) => {
    if (v === 0) return;
    dot += v * actual.data[i]!;
    weight += Math.abs(v * actual.data[i]!);
  });
  const along = elements(
    [dot],
    [d.direction.slope],
    weight,
    bounds,
    () => "the slope along a random direction",
  );
  return along.fault ? along : { error: Math.max(single.error, along.error) };
}

function elements(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  scale: number,
  { rtol, atol, floor }: Limits,
  name: (i: number) => string,
): Verdict {
  let error = 0, worst = -1, fault: string | undefined;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    const gap = Math.abs(a - e);
    if (!Number.isFinite(gap)) {
      return { error: Infinity, fault: `${name(i)} is ${a}, and should be ${e}` };
    }
    if (gap > error) [error, worst] = [gap, i];
    if (!fault && gap > floor && gap > atol * Math.max(1, scale) + rtol * Math.abs(e)) {
      fault = `${name(i)} is ${a}, and should be ${e}`;
    }
  }
  const relative = scale > 0 ? error / scale : error;
  if (!fault && error > floor && relative > (scale > 0 ? rtol : atol)) {
    fault = `${name(worst)} is ${actual[worst]}, and should be ${expected[worst]}`;
  }
  const shown = error <= floor ? Math.min(relative, floor) : relative;
  return fault ? { error: shown, fault } : { error: shown };
}

function scaleOf(values: ArrayLike<number>): number {
  let scale = 0;
  for (let i = 0; i < values.length; i++) {
    const v = Math.abs(values[i]!);
    if (v > scale && v !== Infinity) scale = v;
  }
  return scale;
}
