import { sizeOf } from "../../shape.ts";
import { wrapKernel } from "./kernels.ts";
import { flat } from "./flat.ts";
import type { StockBackend } from "./stock.ts";

/**
 * W26: int32 and bool become float32 in memory as well. The stock kernel changes the label of the tensor only, and leaves
 * whole numbers in its buffer, which a program that reads float32 cannot be compiled for.
 */
export function castToFloat(): void {
  wrapKernel("Cast", (run) => (call) => {
    const x = call.inputs.x!;
    const whole = x.dtype === "int32" || x.dtype === "bool";
    if (call.attrs!.dtype !== "float32" || !whole || sizeOf(x.shape) === 0) return run(call);
    const shape = [sizeOf(x.shape)]; // a program knows no more than 6 axes
    const program = flat("castToFloat", ["x"], shape, "", "result[index] = f32(x[index]);");
    const backend = call.backend as StockBackend;
    return { ...backend.runWebGPUProgram(program, [{ ...x, shape }], "float32"), shape: x.shape };
  });
}
