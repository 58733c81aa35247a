import { assignRecords, type CheckpointMap, fromFloat32, namesInFile } from "@tome/tome/checkpoint";
import type { Variable } from "@tome/tome/tensor";

/** The name that a parameter, or one of an adapter, has in the packages of Python. */
export function publishedName(map: Pick<CheckpointMap<unknown>, "names">, path: string): string {
  const layer = path.replace(/\.lora\.[ab]$/, "");
  const { theirs } = namesInFile(map, [layer])[0]!;
  if (layer === path) return theirs;
  return `base_model.model.${theirs}.lora_${path.at(-1)!.toUpperCase()}.weight`;
}

/**
 * Gives parameters the values that `scripts/dev/golden/llama.py` and its like make by formula: value i of parameter n, in the order
 * of the published names, is 0.3 sin(0.37 i² + 1.7 i + shift + n + 1), and 1 more for norms.
 */
export function fillBySine(
  parameters: Iterable<[string, Variable]>,
  map: Pick<CheckpointMap<unknown>, "names">,
  shift = 0,
): void {
  const all = [...parameters];
  const named = all.map(([path, { shape, size }]) => ({
    name: publishedName(map, path),
    path,
    shape,
    size,
  }));
  named.sort((a, b) => a.name < b.name ? -1 : 1);
  assignRecords(
    all,
    named.map(({ name, path, shape, size }, n) => {
      const gain = name.includes("norm") ? 1 : 0;
      const values = Float32Array.from(
        { length: size },
        (_, i) => 0.3 * Math.sin(0.37 * i * i + 1.7 * i + shift + n + 1) + gain,
      );
      return fromFloat32(path, shape, values);
    }),
  );
}
