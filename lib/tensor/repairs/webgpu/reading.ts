/**
 * Kernels that read their inputs at once, which the GPU cannot.
 *
 * @module
 */
import * as tf from "../../_tf.ts";
import { DeviceError } from "../../device_error.ts";
import { wrapKernel } from "./kernels.ts";
import type { StockBackend } from "./stock.ts";

/** Kernels with a synchronous read inside, and what to do instead. */
const READING: Record<string, string> = {
  NonMaxSuppressionV3: "await tf.image.nonMaxSuppressionAsync() instead",
  NonMaxSuppressionV5: "await tf.image.nonMaxSuppressionWithScoreAsync() instead",
  SparseSegmentMean: "await segmentIds.data() first",
  SparseSegmentSum: "await segmentIds.data() first",
  StringNGrams: "await dataSplits.data() first",
};

/** W18: these kernels say what to await. */
export function nameReaders(): void {
  for (const [name, advice] of Object.entries(READING)) {
    wrapKernel(name, (run) => (call) => {
      const { tensorMap } = call.backend as StockBackend;
      for (const [key, info] of Object.entries(call.inputs)) {
        if (name.startsWith("Sparse") && key !== "segmentIds") continue;
        const data = tensorMap.get(info!.dataId);
        if (data.values == null && info!.dtype !== "string") {
          throw new DeviceError(
            `Cannot run ${name} on webgpu as it reads ${key} at once, which lies on the GPU; ${advice}`,
          );
        }
      }
      return run(call);
    });
  }
}

/** W18: kernels of other devices that webgpu has no program for. */
export function nameMissing(): void {
  const advice: Record<string, string> = {
    Unique: "await x.data() and count its values, or move to the cpu device",
    NonMaxSuppressionV4: "await tf.image.nonMaxSuppressionPaddedAsync() instead",
  };
  for (const [kernelName, what] of Object.entries(advice)) {
    if (tf.getKernel(kernelName, "webgpu")) continue;
    tf.registerKernel({
      kernelName,
      backendName: "webgpu",
      kernelFunc: () => {
        throw new DeviceError(`Cannot run ${kernelName} as webgpu has no program for it; ${what}`);
      },
    });
  }
}
