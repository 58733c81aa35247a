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

/** The padding of a flat convolution or pooling, as TensorFlow.js takes it. */
export type Padding = "same" | "valid" | number | tf.backend_util.ExplicitPadding;

/** A padding that is one number, written out for each axis; the others as they are. */
export function explicitPadding(pad: Padding, dataFormat?: string): Padding {
  if (typeof pad !== "number") return pad;
  const none: [number, number] = [0, 0];
  const both: [number, number] = [pad, pad];
  return dataFormat === "NCHW" ? [none, none, both, both] : [none, both, both, none];
}

const PADDED = [
  "Conv2D",
  "Conv2DBackpropInput",
  "Conv2DBackpropFilter",
  "DepthwiseConv2dNative",
  "DepthwiseConv2dNativeBackpropInput",
  "DepthwiseConv2dNativeBackpropFilter",
  "FusedConv2D",
  "FusedDepthwiseConv2D",
  "MaxPool",
  "MaxPoolGrad",
  "MaxPoolWithArgmax",
  "AvgPool",
  "AvgPoolGrad",
];

/**
 * C25: with a padding that is one number, the output's width comes from the height of filter and stride.
 *
 * The output has too few or too many columns, and the wasm backend then writes past it. A padding that is written
 * out for each axis is right.
 */
export function repairNumberPadding(backend: string): void {
  type Attrs = { pad: Padding; dataFormat?: string };
  for (const name of PADDED) {
    if (!tf.getKernel(name, backend)) continue;
    replaceKernel<unknown, Attrs>(backend, name, (stock) => (call) => {
      const { pad, dataFormat } = call.attrs;
      return stock({ ...call, attrs: { ...call.attrs, pad: explicitPadding(pad, dataFormat) } });
    });
  }
}

/** C29: sums and differences of truth values are bools of 2 and 255; they become int32. */
export function repairBoolSums(backend: string): void {
  for (const [name, f] of [["Add", tf.add], ["Sub", tf.sub]] as const) {
    replaceKernel(backend, name, (stock) => (call) => {
      const { a, b } = call.inputs as Record<string, tf.Tensor>;
      if (a!.dtype !== "bool" || b!.dtype !== "bool") return stock(call);
      return tf.tidy(() => f(tf.cast(a!, "int32"), tf.cast(b!, "int32")));
    });
  }
}
