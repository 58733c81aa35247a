import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "./_tf.ts";
import { DeviceError } from "./device_error.ts";

/** What the WebGPU adapter is and can do. */
export interface AdapterReport {
  /** The name that the driver gives, such as `"llvmpipe (LLVM 15.0.6, 256 bits)"`. */
  description: string;
  /** Whether the adapter is a program on the CPU. */
  software: boolean;
  /** The limits that were requested and granted, by their WebGPU names. */
  limits: Record<string, number>;
  /** The WebGPU features in use. */
  features: string[];
}

/** Registers our own WebGPU backend. */
export async function startWebGPU(): Promise<AdapterReport> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new DeviceError("Cannot use webgpu as no adapter answers");
  const info = adapter.info;
  const limitNames = [
    "maxComputeWorkgroupStorageSize",
    "maxComputeWorkgroupsPerDimension",
    "maxStorageBufferBindingSize",
    "maxBufferSize",
    "maxComputeWorkgroupSizeX",
    "maxComputeInvocationsPerWorkgroup",
    "maxStorageBuffersPerShaderStage",
  ] as const;
  const limits = Object.fromEntries(limitNames.map((n) => [n, Number(adapter.limits[n])]));
  const features = (["timestamp-query", "shader-f16"] as GPUFeatureName[])
    .filter((f) => adapter.features.has(f));
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    requiredLimits: limits,
  });
  tf.removeBackend("webgpu");
  tf.registerBackend(
    "webgpu",
    () => new WebGPUBackend(device, info) as unknown as tf.KernelBackend,
    3,
  );
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  return {
    description: info.description,
    software: Boolean((info as { isFallbackAdapter?: boolean }).isFallbackAdapter),
    limits,
    features,
  };
}
