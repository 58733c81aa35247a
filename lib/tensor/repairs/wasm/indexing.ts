import * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import { borrowed } from "./borrow.ts";
import { ints, replace } from "./stock.ts";

/** M7: unsortedSegmentSum is missing. */
export function addSegmentSum(): void {
  replace<{ numSegments: number }>("UnsortedSegmentSum", () => ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs;
    const shape = [attrs.numSegments, ...x!.shape.slice(segmentIds!.shape.length)];
    const width = sizeOf(shape.slice(1));
    const dtype = x!.dtype === "bool" ? "int32" : x!.dtype;
    const out = backend.makeOutput(shape, dtype);
    const sums = backend.typedArrayFromHeap(out);
    const rows = backend.typedArrayFromHeap(x!);
    const ids = ints(backend, segmentIds!);
    sums.fill(0);
    for (let r = 0; r < ids.length; r++) {
      const id = ids[r]!;
      if (id < 0 || id >= attrs.numSegments) continue;
      const [to, from] = [id * width, r * width];
      for (let c = 0; c < width; c++) sums[to + c]! += rows[from + c]!;
    }
    return out;
  });
}

/** M8: gather is wrong with batchDims; on the way, whole rows are copied at once. */
export function repairGather(): void {
  replace<{ axis: number; batchDims: number }>("GatherV2", () => {
    const strings = borrowed("GatherV2");
    return (call) => {
      const { inputs, attrs, backend } = call;
      const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
      if (x.dtype === "string") return strings({ ...call, attrs: { ...attrs } });
      const axis = attrs.axis < 0 ? attrs.axis + x.shape.length : attrs.axis;
      const { batchSize, outerSize, dimSize, sliceSize, outputShape } = tf.backend_util.segment_util
        .collectGatherOpShapeInfo(x, indices, axis, attrs.batchDims);
      const out = backend.makeOutput(outputShape, x.dtype);
      const at = ints(backend, indices);
      for (const index of at) {
        if (index < 0 || index >= dimSize) {
          backend.disposeData(out.dataId);
          throw new RangeError(
            `Cannot gather as every index must be in [0, ${dimSize}): current index is ${index}`,
          );
        }
      }
      const to = backend.typedArrayFromHeap(out);
      const from = backend.typedArrayFromHeap(x);
      const perBatch = at.length / batchSize;
      let target = 0;
      for (let batch = 0; batch < batchSize; batch++) {
        for (let outer = 0; outer < outerSize; outer++) {
          const start = (batch * outerSize + outer) * dimSize;
          for (let i = 0; i < perBatch; i++, target += sliceSize) {
            const source = (start + at[batch * perBatch + i]!) * sliceSize;
            if (sliceSize >= 16) to.set(from.subarray(source, source + sliceSize), target);
            else for (let c = 0; c < sliceSize; c++) to[target + c] = from[source + c]!;
          }
        }
      }
      return out;
    };
  });
}

/** M9: oneHot writes the bits of integers into a float32 tensor. */
export function repairOneHot(): void {
  type Attrs = { depth: number; onValue: number; offValue: number; dtype: tf.DataType };
  replace<Attrs>("OneHot", () => ({ inputs: { indices }, attrs, backend }) => {
    const { depth, onValue, offValue, dtype } = attrs;
    const out = backend.makeOutput([...indices!.shape, depth], dtype);
    const values = backend.typedArrayFromHeap(out);
    values.fill(offValue);
    ints(backend, indices!).forEach((index, row) => {
      if (index >= 0 && index < depth) values[row * depth + index] = onValue;
    });
    return out;
  });
}
