/**
 * Dispatches beyond the device's limit.
 *
 * @module
 */
import { swap } from "./source.ts";
import type { StockProgram } from "./stock.ts";

/**
 * W11: folds a dispatch with more than 65,535 workgroups along an axis into one that fits.
 *
 * The stock backend folds only flat programs, and throws for a product with many batches or rows, a wide transpose, a
 * convolution over many images.
 *
 * @param limit `maxComputeWorkgroupsPerDimension`.
 */
export function foldDispatch(program: StockProgram, limit: number): void {
  const [x, y, z] = program.dispatch;
  if (x <= limit && y <= limit && z <= limit) return;
  const { y: layoutY, z: layoutZ } = program.dispatchLayout;
  if (!layoutY?.length && !layoutZ?.length && y === 1 && z === 1) return; // the stock backend folds these
  const groups = x * y * z;
  const columns = Math.min(groups, limit);
  const rows = Math.min(Math.ceil(groups / columns), limit);
  program.folded = [x, y, z];
  program.dispatch = [columns, rows, Math.ceil(groups / (columns * rows))];
  program.shaderKey += `_folded_${x}_${y}_${z}`;
}

/** Gives a folded program the workgroup ids that it was written for. */
export function unfoldIds(wgsl: string, program: StockProgram): string {
  if (!program.folded) return wgsl;
  const [x, y, z] = program.folded;
  return swap(
    wgsl,
    /globalId = GlobalId;\s*numWorkgroups = NumWorkgroups;\s*workgroupId = WorkgroupId;/,
    `let flat = (WorkgroupId.z * NumWorkgroups.y + WorkgroupId.y) * NumWorkgroups.x + WorkgroupId.x;
        if (flat >= ${x * y * z}u) { return; }
        numWorkgroups = vec3<u32>(${x}u, ${y}u, ${z}u);
        workgroupId = vec3<u32>(flat % ${x}u, (flat / ${x}u) % ${y}u, flat / ${x * y}u);
        globalId = workgroupId * vec3<u32>(${program.workgroupSize.join("u, ")}u) + LocalId;`,
  );
}
