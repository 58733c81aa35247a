/**
 * The stock kernels, and how one is wrapped.
 *
 * @module
 */
import * as tf from "../../_tf.ts";
import { DeviceError } from "../../device_error.ts";

/** A kernel as a function of its call. */
export type Kernel = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[];

/** What a kernel is given. */
export interface KernelCall {
  /** The tensors, by their names. */
  inputs: tf.NamedTensorInfoMap;
  /** The options of the op. */
  attrs?: Record<string, unknown>;
  /** The backend that runs it. */
  backend: unknown;
}

/** Replaces a kernel of the webgpu backend by one that may call it. */
export function wrapKernel(name: string, wrap: (run: Kernel) => Kernel): void {
  const config = tf.getKernel(name, "webgpu");
  if (!config) throw new DeviceError(`Cannot repair ${name} as webgpu must have such a kernel`);
  tf.unregisterKernel(name, "webgpu");
  const kernelFunc = wrap(config.kernelFunc as unknown as Kernel) as unknown as tf.KernelFunc;
  tf.registerKernel({ ...config, kernelFunc });
}

/** A kernel of the webgpu backend, repaired if it was wrapped before. */
export function kernelOf(name: string): Kernel {
  return tf.getKernel(name, "webgpu").kernelFunc as unknown as Kernel;
}
