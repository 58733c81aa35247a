import type { Axis } from "./figure.ts";

/** The least and the greatest of those values that are finite; 0 and 1 where there are none. */
export function extent(values: Iterable<number | null>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 1] : [low, high];
}

/** An axis of numbers. */
export function linear(text: string): Axis {
  return { title: { text }, type: "linear" };
}

/** An axis of named places 0, 1, 2, …; of more than `most` names, some are left out evenly. */
export function named(text: string, names: readonly string[], most = 40): Axis {
  const least = Math.max(1, names.length) / most;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= least)!;
  const tickvals = names.map((_, i) => i).filter((i) => i % step === 0);
  return {
    title: { text },
    type: "linear",
    range: [-0.5, Math.max(1, names.length) - 0.5],
    tickvals,
    ticktext: tickvals.map((i) => names[i]!),
  };
}

/** The numbers 0, 1, … below `length`. */
export function indices(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/**
 * Checks that a matrix is one: it has a row, and its rows are equally long.
 *
 * @param matrix The rows.
 * @param what What cannot be drawn otherwise, for the error.
 * @throws {RangeError} If it is not one.
 */
export function checkMatrix(matrix: readonly ArrayLike<unknown>[], what: string): void {
  const width = matrix[0]?.length ?? 0;
  if (width === 0) {
    throw new RangeError(
      `Cannot draw ${what} as it must have a row and a column: current is empty`,
    );
  }
  const odd = matrix.findIndex((row) => row.length !== width);
  if (odd >= 0) {
    throw new RangeError(
      `Cannot draw ${what} as its rows must be equally long: row 0 has ${width}, row ${odd} has ${
        matrix[odd]!.length
      }`,
    );
  }
}

/**
 * Checks that there are as many of one thing as of another.
 *
 * @param what What is counted, for the error.
 * @param actual How many there are.
 * @param expected How many there must be.
 * @throws {RangeError} If the numbers differ.
 */
export function checkCount(what: string, actual: number, expected: number): void {
  if (actual !== expected) {
    throw new RangeError(
      `Cannot draw ${what} as there must be ${expected}: current number is ${actual}`,
    );
  }
}

/** A number as a short text: integers whole, others with three digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value).replace("-", "−");
  return String(Number(value.toPrecision(3))).replace("e+", "e").replaceAll("-", "−");
}
