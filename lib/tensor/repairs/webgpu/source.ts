import { DeviceError } from "../../device_error.ts";
import type { StockProgram } from "./stock.ts";

/** Changes the WGSL of a program of the stock backend before it is compiled: no cost for each run. */
export type SourceRepair = (wgsl: string, program: StockProgram) => string;

/** Replaces a part that must be there. @throws {DeviceError} If it is not: the backend is another version. */
export function swap(wgsl: string, part: string | RegExp, by: string): string {
  const changed = typeof part === "string" ? wgsl.replaceAll(part, by) : wgsl.replace(part, by);
  if (changed === wgsl) {
    throw new DeviceError(
      `Cannot repair a GPU program as its source must contain ${part}; ` +
        "use the version of @tensorflow/tfjs-backend-webgpu that deno.json names",
    );
  }
  return changed;
}

/** The last axis length of a variable in WGSL, such as `uniforms.outShape.z`. */
export function lastOf(name: string, rank: number): string {
  return rank <= 1 ? `uniforms.${name}Shape` : `uniforms.${name}Shape.${"xyzwuv"[rank - 1]}`;
}

/** The element type of each storage buffer in the source, such as `{ result: "f32", A: "vec4<i32>" }`. */
export function storageTypes(wgsl: string): Record<string, string> {
  const types: Record<string, string> = {};
  for (
    const [, name, type] of wgsl.matchAll(/var<storage, \w+> (\w+)\s*: array<(.+?)>;/g)
  ) types[name!] = type!;
  return types;
}
