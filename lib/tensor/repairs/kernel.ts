import * as tf from "../_tf.ts";

/** A kernel as a function of its inputs, attributes and backend. */
export type Kernel<B = unknown, A = Record<string, unknown>> = (call: {
  inputs: Record<string, tf.TensorInfo>;
  attrs: A;
  backend: B;
}) => tf.TensorInfo | tf.TensorInfo[];

/**
 * Replaces or adds a kernel of a backend.
 *
 * @param backend Name of the backend.
 * @param name Name of the kernel.
 * @param make From the kernel that was there, the one to use; it keeps what the backend set up for the old one.
 */
export function replaceKernel<B, A>(
  backend: string,
  name: string,
  make: (stock: Kernel<B, A>) => Kernel<B, A>,
): void {
  const config = tf.getKernel(name, backend);
  if (config) tf.unregisterKernel(name, backend);
  const stock = config?.kernelFunc as unknown as Kernel<B, A>;
  tf.registerKernel({
    ...config,
    kernelName: name,
    backendName: backend,
    kernelFunc: make(stock) as unknown as tf.KernelFunc,
  });
}

/** C24: cumsum and cumprod refuse an axis that is counted from the end. */
export function repairScanAxis(backend: string): void {
  for (const name of ["Cumsum", "Cumprod"]) {
    replaceKernel<unknown, { axis: number }>(backend, name, (stock) => (call) => {
      const { axis } = call.attrs;
      const rank = call.inputs.x!.shape.length;
      return stock({ ...call, attrs: { ...call.attrs, axis: axis < 0 ? axis + rank : axis } });
    });
  }
}
