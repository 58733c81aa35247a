import * as tf from "../../lib/tensor/_tf.ts";

/** Runs something and counts the GPU programs that it launches. */
export async function countDispatches(run: () => Promise<unknown>): Promise<number> {
  const { prototype } = GPUComputePassEncoder;
  const { dispatchWorkgroups } = prototype;
  let count = 0;
  prototype.dispatchWorkgroups = function (...groups) {
    count++;
    return dispatchWorkgroups.apply(this, groups);
  };
  try {
    await run();
  } finally {
    prototype.dispatchWorkgroups = dispatchWorkgroups;
  }
  return count;
}

/** Programs that update the parameters: several at once, as many as the adapter can bind the buffers of. */
export function updatesOf(parameters: number): number {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  const buffers = Number(device.limits.maxStorageBuffersPerShaderStage);
  const together = Math.min(16, Math.floor((buffers - 9) / 4)); // 9 numbers might lie on the device
  return Math.ceil(parameters / Math.max(1, together));
}
