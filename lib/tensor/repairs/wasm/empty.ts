import * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import { replace } from "./stock.ts";

/** What each reduction gives over no elements. */
const NEUTRAL: Record<string, number> = {
  Sum: 0,
  Mean: NaN,
  Prod: 1,
  Max: -Infinity,
  Min: Infinity,
  All: 1,
  Any: 0,
};

/** M16: a reduction over nothing leaves its output as the memory was. */
export function repairEmptyReductions(): void {
  type Attrs = { axis?: number[]; reductionIndices?: number[]; keepDims?: boolean };
  for (const [name, neutral] of Object.entries(NEUTRAL)) {
    replace<Attrs>(name, (stock) => (call) => {
      const x = call.inputs.x!;
      if (sizeOf(x.shape) > 0) return stock(call);
      const { axis, reductionIndices, keepDims } = call.attrs;
      const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, x.shape);
      const shape = x.shape.flatMap((length, i) =>
        !axes.includes(i) ? [length] : keepDims ? [1] : []
      );
      const dtype = name === "Mean"
        ? "float32"
        : name === "Sum" || name === "Prod"
        ? tf.sumOutType(x.dtype)
        : x.dtype;
      const out = call.backend.makeOutput(shape, dtype);
      call.backend.typedArrayFromHeap(out).fill(neutral);
      return out;
    });
  }
}
