import * as tf from "../../_tf.ts";
import type { WasmBackend } from "../../wasm_heap.ts";
import { complexParts, makeComplex } from "./complex.ts";
import { replace, type WasmKernel } from "./stock.ts";

type Values = Float32Array | Int32Array | Uint8Array | Uint8Array[];

interface CpuBackend {
  data: {
    get(dataId: object): {
      values: Values | number[];
      complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };
    };
  };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: Values): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}

/**
 * A kernel of the cpu backend that reads its inputs from the wasm heap and copies its outputs there.
 *
 * @param name Name of the kernel.
 */
export function borrowed(name: string): WasmKernel<Record<string, unknown>> {
  const kernel = tf.getKernel(name, "cpu");
  if (!kernel) throw new TypeError(`Cannot borrow ${name} as the cpu backend has no such kernel`);
  return ({ inputs, attrs, backend }) => {
    const cpu = tf.findBackend("cpu") as unknown as CpuBackend;
    const lent: tf.TensorInfo[] = [];
    const lend = (x: tf.TensorInfo): tf.TensorInfo => {
      const info = toCpu(x, backend, cpu);
      lent.push(info);
      return { ...info, rank: x.shape.length } as tf.TensorInfo; // some kernels expect a tensor
    };
    const give = (x: tf.TensorInfo | tf.TensorInfo[] | undefined) =>
      Array.isArray(x) ? x.map(lend) : x && lend(x);
    const own = Array.isArray(inputs)
      ? inputs.map(lend)
      : Object.fromEntries(Object.entries(inputs).map(([key, x]) => [key, give(x)]));
    try {
      const made = kernel.kernelFunc({
        inputs: own as tf.NamedTensorInfoMap,
        attrs: attrs as tf.NamedAttrMap,
        backend: cpu as unknown as object,
      });
      const outputs = (Array.isArray(made) ? made : [made]) as tf.TensorInfo[];
      const copies = outputs.map((out) => {
        const copy = fromCpu(out, backend, cpu);
        cpu.disposeIntermediateTensorInfo(out);
        return copy;
      });
      return Array.isArray(made) ? copies : copies[0]!;
    } finally {
      for (const info of lent) cpu.disposeIntermediateTensorInfo(info);
    }
  };
}

/** Replaces or adds a kernel by that of the cpu backend. */
export function borrow(...names: string[]): void {
  for (const name of names) replace(name, () => borrowed(name));
}

/** M1: every kernel that the cpu backend has and the wasm backend lacks. */
export function borrowMissing(): void {
  for (const { kernelName } of tf.getKernelsForBackend("cpu")) {
    if (!tf.getKernel(kernelName, "wasm")) borrow(kernelName);
  }
}

function toCpu(x: tf.TensorInfo, backend: WasmBackend, cpu: CpuBackend): tf.TensorInfo {
  if (x.dtype === "complex64") {
    const { real, imag } = complexParts(x, backend);
    const lent = [real, imag].map((part) =>
      cpu.makeTensorInfo(x.shape, "float32", backend.typedArrayFromHeap(part) as Float32Array)
    ) as [tf.TensorInfo, tf.TensorInfo];
    const out = tf.getKernel("Complex", "cpu").kernelFunc({
      inputs: { real: lent[0], imag: lent[1] },
      attrs: {},
      backend: cpu as unknown as object,
    });
    for (const part of lent) cpu.disposeIntermediateTensorInfo(part);
    return out as tf.TensorInfo;
  }
  const values = x.dtype === "string"
    ? (backend as unknown as { readSync(id: object): Uint8Array[] }).readSync(x.dataId)
    : backend.typedArrayFromHeap(x); // no copy: the heap does not grow while the cpu backend runs
  return cpu.makeTensorInfo(x.shape, x.dtype, values as Values);
}

function fromCpu(x: tf.TensorInfo, backend: WasmBackend, cpu: CpuBackend): tf.TensorInfo {
  const { values, complexTensorInfos } = cpu.data.get(x.dataId);
  if (x.dtype === "complex64") {
    const { real, imag } = complexTensorInfos!;
    const parts = [real, imag].map((part) =>
      fromCpu({ ...part, shape: x.shape }, backend, cpu)
    ) as [tf.TensorInfo, tf.TensorInfo];
    const out = makeComplex(x.shape, parts[0], parts[1], backend);
    for (const part of parts) backend.disposeData(part.dataId);
    return out;
  }
  if (x.dtype === "string") {
    const write = backend as unknown as {
      write(values: Values, shape: number[], dtype: string): object;
    };
    return {
      dataId: write.write(values as Uint8Array[], x.shape, "string"),
      shape: x.shape,
      dtype: x.dtype,
    };
  }
  // numbers may be a view of the heap, which dies if the output makes it grow
  const numbers = (values as Float32Array).slice();
  const out = backend.makeOutput(x.shape, x.dtype);
  backend.typedArrayFromHeap(out).set(numbers);
  return out;
}
