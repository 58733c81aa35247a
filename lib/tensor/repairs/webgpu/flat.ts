import { sizeOf } from "../../shape.ts";
import type { StockProgram } from "./stock.ts";

/**
 * An elementwise program.
 *
 * @param name Tells it from other programs.
 * @param variableNames The inputs, arrays by their names.
 * @param outputShape The shape of `result`; of at most 6 axes.
 * @param uniforms Numbers that change from call to call, such as `"rows : i32,"`.
 * @param body WGSL that sets `result[index]`.
 */
export function flat(
  name: string,
  variableNames: string[],
  outputShape: number[],
  uniforms: string,
  body: string,
): StockProgram {
  return {
    variableNames,
    outputShape,
    uniforms,
    shaderKey: `tome_${name}`,
    dispatchLayout: { x: outputShape.map((_, i) => i) },
    dispatch: [Math.ceil(sizeOf(outputShape) / 64), 1, 1],
    workgroupSize: [64, 1, 1],
    size: true,
    getUserCode: () => `fn main(index : i32) { if (index < uniforms.size) { ${body} } }`,
  };
}
