import * as tf from "../../_tf.ts";
import { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { WasmBackend } from "../../wasm_heap.ts";
import { replace } from "./stock.ts";

interface Parts {
  real: tf.TensorInfo;
  imag: tf.TensorInfo;
}

/** The two halves of a complex tensor. */
const partsOf = new WeakMap<object, Parts>();

/** The real and the imaginary part of a complex tensor, which owns them. */
export function complexParts(x: tf.TensorInfo, _backend: WasmBackend): Parts {
  const parts = partsOf.get(x.dataId);
  if (!parts) throw new TypeError("Cannot read a complex tensor as its parts are gone");
  return parts;
}

/** A complex tensor of copies of two float32 tensors. */
export function makeComplex(
  shape: number[],
  real: tf.TensorInfo,
  imag: tf.TensorInfo,
  backend: WasmBackend,
): tf.TensorInfo {
  const out = backend.makeOutput([0], "float32"); // an entry of its own, with no numbers
  partsOf.set(out.dataId, { real: copy(real, backend), imag: copy(imag, backend) });
  return { dataId: out.dataId, shape, dtype: "complex64" };
}

function copy(x: tf.TensorInfo, backend: WasmBackend): tf.TensorInfo {
  const out = backend.makeOutput(x.shape, "float32");
  backend.typedArrayFromHeap(out).set(backend.typedArrayFromHeap(x));
  return out;
}

/** M2: the wasm backend knows no complex numbers: they are made, read and taken apart here. */
export function addComplexNumbers(): void {
  replace("Complex", () => ({ inputs, backend }) => {
    const { real, imag } = inputs as unknown as Parts;
    return makeComplex(real.shape, real, imag, backend);
  });
  for (const [name, part] of [["Real", "real"], ["Imag", "imag"]] as const) {
    replace(name, () => ({ inputs, backend }) => {
      const { input } = inputs;
      const source = input!.dtype === "complex64" ? complexParts(input!, backend)[part] : input!;
      return { ...copy(source, backend), shape: input!.shape };
    });
  }
  replace("ComplexAbs", () => ({ inputs, backend }) => {
    const { real, imag } = complexParts(inputs.x!, backend);
    const out = backend.makeOutput(inputs.x!.shape, "float32");
    const [re, im, y] = [real, imag, out].map((x) => backend.typedArrayFromHeap(x));
    for (let i = 0; i < y!.length; i++) y![i] = Math.hypot(re![i]!, im![i]!);
    return out;
  });
  keepPartsWithTheirTensor();
}

/** The backend frees the parts with the tensor, and reads them as pairs. */
function keepPartsWithTheirTensor(): void {
  const prototype = BackendWasm.prototype as unknown as {
    disposeData(dataId: object, force?: boolean): boolean;
    readSync(dataId: object, start?: number, end?: number): ArrayLike<number>;
  };
  const { disposeData, readSync } = prototype;
  prototype.disposeData = function (dataId, force) {
    const isGone = disposeData.call(this, dataId, force);
    const parts = isGone ? partsOf.get(dataId) : undefined;
    if (parts) {
      partsOf.delete(dataId);
      disposeData.call(this, parts.real.dataId, force);
      disposeData.call(this, parts.imag.dataId, force);
    }
    return isGone;
  };
  prototype.readSync = function (dataId, start, end) {
    const parts = partsOf.get(dataId);
    if (!parts) return readSync.call(this, dataId, start, end);
    return tf.backend_util.mergeRealAndImagArrays(
      readSync.call(this, parts.real.dataId) as Float32Array,
      readSync.call(this, parts.imag.dataId) as Float32Array,
    );
  };
}
