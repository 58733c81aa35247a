/**
 * TensorFlow.js as it is published, without Tome's repairs; on wasm with the one kernel that training needs and it lacks.
 * A process that imports this imports nothing of Tome, which mends TensorFlow.js when it is imported.
 *
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import "npm:@tensorflow/tfjs-backend-wasm@4.22.0";
import { WebGPUBackend } from "npm:@tensorflow/tfjs-backend-webgpu@4.22.0";
import type { Facts } from "../contender.ts";

export { tf };

/** Starts a device and tells of it. */
export async function startTfjs(device: "webgpu" | "wasm"): Promise<Facts> {
  const versions = { tfjs: tf.version.tfjs };
  (tf.findBackend("cpu") as unknown as { firstUse: boolean }).firstUse = false; // no banner
  if (device === "wasm") {
    await tf.setBackend("wasm");
    addSegmentSum();
    return { device, detail: "XNNPACK", versions, limit: "cpu" };
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("no WebGPU adapter answers");
  const { info, limits } = adapter; // the published factory asks for too few storage buffers, so its own device
  const gpu = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(
      ([
        "maxBufferSize",
        "maxComputeInvocationsPerWorkgroup",
        "maxComputeWorkgroupSizeX",
        "maxComputeWorkgroupStorageSize",
        "maxComputeWorkgroupsPerDimension",
        "maxStorageBufferBindingSize",
        "maxStorageBuffersPerShaderStage",
      ] as const).map((name) => [name, limits[name]]),
    ),
  });
  tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", () => new WebGPUBackend(gpu, info) as unknown as tf.KernelBackend);
  await tf.setBackend("webgpu");
  await tf.ready();
  return { device, detail: info.description || info.vendor, versions, limit: "webgpu" };
}

/** The gradient of a gather: rows added up by their numbers. The published wasm device lacks it and cannot train an embedding. */
function addSegmentSum(): void {
  interface Memory {
    readSync(id: object): Float32Array | Int32Array;
    write(values: Float32Array, shape: number[], dtype: string): object;
  }
  tf.registerKernel({
    kernelName: "UnsortedSegmentSum",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, segmentIds } = inputs as unknown as Record<"x" | "segmentIds", tf.TensorInfo>;
      const memory = backend as Memory;
      const numSegments = (attrs as unknown as { numSegments: number }).numSegments;
      const [rows, ids] = [memory.readSync(x.dataId), memory.readSync(segmentIds.dataId)];
      const shape = [numSegments, ...x.shape.slice(segmentIds.shape.length)];
      const width = rows.length / ids.length;
      const sums = new Float32Array(numSegments * width);
      for (const [row, id] of ids.entries()) {
        for (let c = 0; c < width; c++) sums[id * width + c]! += rows[row * width + c]!;
      }
      return { dataId: memory.write(sums, shape, x.dtype), shape, dtype: x.dtype };
    },
  });
}
