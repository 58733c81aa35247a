import type * as tf from "../../_tf.ts";
import type { WasmBackend } from "../../wasm_heap.ts";
import { floats, replace } from "./stock.ts";

/** A copy of a tensor with data of its own. */
function copyOf(x: tf.TensorInfo, backend: WasmBackend): tf.TensorInfo {
  const copy = backend.makeOutput(x.shape, x.dtype);
  floats(backend, copy).set(floats(backend, x));
  return copy;
}

/**
 * M24: convolutions keep the filter as it was at their first call, though an optimizer changes it where it lies.
 *
 * XNNPACK packs filter and bias when an operator is made, and TensorFlow.js keeps the operators by the numbers of these tensors
 * until they are disposed. Each call is given a copy, whose operator goes with it; packing takes little beside the convolution.
 */
export function repairPackedFilters(): void {
  for (
    const name of ["Conv2D", "FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2D"]
  ) {
    replace(name, (stock) => (call) => {
      const { inputs, backend } = call;
      const packed = Object.entries(inputs).filter(([key, x]) =>
        (key === "filter" || key === "bias") && x !== undefined
      );
      const copies = packed.map(([key, x]) => [key, copyOf(x!, backend)] as const);
      try {
        return stock({ ...call, inputs: { ...inputs, ...Object.fromEntries(copies) } });
      } finally {
        for (const [, { dataId }] of copies) backend.disposeData(dataId);
      }
    });
  }
}
