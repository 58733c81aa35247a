import * as tf from "../../_tf.ts";
import { borrowed } from "./borrow.ts";
import { replace } from "./stock.ts";

/** Kernels that take complex numbers on the cpu backend. */
const ON_CPU = ["Add", "Sub", "Multiply", "Concat", "Pack", "Cast", "ZerosLike"];
/** Kernels that take complex numbers as they are. */
const AS_THEY_ARE = [
  "Complex",
  "Real",
  "Imag",
  "ComplexAbs",
  "FFT",
  "IFFT",
  "Identity",
  "Reshape",
  "ExpandDims",
];

/** M2: complex numbers are added, multiplied and joined by way of the cpu backend; other kernels refuse them. */
export function addComplexArithmetic(): void {
  for (const name of ON_CPU) {
    replace(name, (stock) => {
      const onCpu = borrowed(name);
      return (call) => {
        return hasComplex(call.inputs) || call.attrs?.dtype === "complex64"
          ? onCpu(call)
          : stock(call);
      };
    });
  }
  for (const { kernelName } of tf.getKernelsForBackend("wasm")) {
    if (ON_CPU.includes(kernelName) || AS_THEY_ARE.includes(kernelName)) continue;
    replace(kernelName, (stock) => (call) => {
      if (!hasComplex(call.inputs)) return stock(call);
      throw new TypeError(
        `Cannot run ${kernelName} on complex numbers; take it apart with real() and imag()`,
      );
    });
  }
}

function hasComplex(inputs: Record<string, tf.TensorInfo | undefined>): boolean {
  for (const name in inputs) if (inputs[name]?.dtype === "complex64") return true;
  return false;
}
