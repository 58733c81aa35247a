/** What other libraries measure, made by `scripts/dev/golden/metrics.py`. */
export const golden = JSON.parse(
  await Deno.readTextFile(new URL("../../golden/metrics.json", import.meta.url)),
);

/** Fails unless a number is another's, to rounding. */
export function assertNear(actual: number, wanted: number, what: string, tolerance = 1e-9): void {
  if (Math.abs(actual - wanted) <= tolerance * Math.max(1, Math.abs(wanted))) return;
  throw new Error(`${what}: ${actual} instead of ${wanted}`);
}
