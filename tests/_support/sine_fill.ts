import { assignRecords, fromFloat32 } from "@tome/tome/checkpoint";
import type { Module } from "@tome/tome/nn";

/**
 * Gives parameters the values that `scripts/dev/golden/recommender.py` and `generators.py` make by formula: value i of
 * parameter n, in the order of our names, is 0.3 sin(0.37 i² + 1.7 i + n + 1), and 1 more for norms.
 */
export function sineFill(model: Module): void {
  const named = [...model.namedParameters()].sort(([a], [b]) => a < b ? -1 : 1);
  assignRecords(
    named,
    named.map(([path, { shape, size }], n) => {
      const gain = Number(path.includes("norm"));
      const values = Float32Array.from(
        { length: size },
        (_, i) => 0.3 * Math.sin(0.37 * i * i + 1.7 * i + n + 1) + gain,
      );
      return fromFloat32(path, shape, values);
    }),
  );
}
