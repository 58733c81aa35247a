import * as tf from "../../_tf.ts";
import type { WasmBackend } from "../../wasm_heap.ts";
import { floats, replace } from "./stock.ts";

type Rounding = "floor" | "round" | "ceil";
type Triple = [number, number, number];
type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

interface PoolAttrs {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: "same" | "valid" | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: Rounding;
}

interface Pool3DAttrs {
  filterSize: number | Triple;
  strides: number | Triple;
  pad: "same" | "valid" | number;
  dimRoundingMode?: Rounding;
}

/** A pooling over depth, height and width; a flat one has depth 1. */
interface Windows {
  batch: number;
  channels: number;
  input: Triple;
  output: Triple;
  window: Triple;
  stride: Triple;
  before: Triple;
  shape: number[];
}

function windows2D(shape: number[], attrs: PoolAttrs): Windows {
  const info = tf.backend_util.computePool2DInfo(
    shape as Shape4,
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    input: [1, info.inHeight, info.inWidth],
    output: [1, info.outHeight, info.outWidth],
    window: [1, info.filterHeight, info.filterWidth],
    stride: [1, info.strideHeight, info.strideWidth],
    before: [0, info.padInfo.top, info.padInfo.left],
    shape: info.outShape,
  };
}

function windows3D(shape: number[], attrs: Pool3DAttrs): Windows {
  const info = tf.backend_util.computePool3DInfo(
    shape as Shape5,
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    input: [info.inDepth, info.inHeight, info.inWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    window: [info.filterDepth, info.filterHeight, info.filterWidth],
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    shape: info.outShape,
  };
}

/** For each window and channel, the index in `x` of its first largest element, or of a NaN. */
function largest(x: ArrayLike<number>, plan: Windows): Int32Array {
  const { batch, channels, input: [D, Y, X], output: [outD, outY, outX], stride, before } = plan;
  const positions = new Int32Array(batch * outD * outY * outX * channels);
  const span = (axis: 0 | 1 | 2, i: number): [number, number] => {
    const start = i * stride[axis] - before[axis];
    return [Math.max(0, start), Math.min(plan.input[axis], start + plan.window[axis])];
  };
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let od = 0; od < outD; od++) {
      const [d0, d1] = span(0, od);
      for (let oy = 0; oy < outY; oy++) {
        const [y0, y1] = span(1, oy);
        for (let ox = 0; ox < outX; ox++) {
          const [x0, x1] = span(2, ox);
          for (let c = 0; c < channels; c++) {
            let [best, where] = [-Infinity, -1];
            for (let d = d0; d < d1; d++) {
              for (let y = y0; y < y1; y++) {
                for (let i = x0; i < x1; i++) {
                  const index = (((b * D + d) * Y + y) * X + i) * channels + c;
                  const value = x[index]!;
                  // a NaN is neither larger nor smaller: it is taken, and then stays
                  if (where < 0 || value > best || (value !== value && best === best)) {
                    [best, where] = [value, index];
                  }
                }
              }
            }
            positions[at++] = where;
          }
        }
      }
    }
  }
  return positions;
}

function forward(x: tf.TensorInfo, plan: Windows, backend: WasmBackend): tf.TensorInfo {
  const out = backend.makeOutput(plan.shape, x.dtype);
  const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)];
  const positions = largest(from, plan);
  for (let i = 0; i < to.length; i++) {
    to[i] = positions[i]! < 0 ? -Infinity : from[positions[i]!]!;
  }
  return out;
}

function backward(
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  plan: Windows,
  backend: WasmBackend,
): tf.TensorInfo {
  const dx = backend.makeOutput(x.shape, "float32");
  const [to, from] = [floats(backend, dx), floats(backend, dy)];
  const positions = largest(backend.typedArrayFromHeap(x), plan);
  to.fill(0);
  for (let i = 0; i < from.length; i++) if (positions[i]! >= 0) to[positions[i]!]! += from[i]!;
  return dx;
}

/** M6: the gradient of maxPool starts its search from the smallest positive number. */
export function repairMaxPoolGradient(): void {
  replace<PoolAttrs>("MaxPoolGrad", () => ({ inputs: { input, dy }, attrs, backend }) => {
    return backward(input!, dy!, windows2D(input!.shape, attrs), backend);
  });
  replace<Pool3DAttrs>("MaxPool3DGrad", () => ({ inputs: { input, dy }, attrs, backend }) => {
    return backward(input!, dy!, windows3D(input!.shape, attrs), backend);
  });
}

/** M6: maxPool3d starts its search from the smallest positive number. */
export function repairMaxPool3d(): void {
  replace<Pool3DAttrs>("MaxPool3D", () => ({ inputs: { x }, attrs, backend }) => {
    return forward(x!, windows3D(x!.shape, attrs), backend);
  });
}

/** M18: maxPool refuses integers, and both pools read past the input where the output is rounded up. */
export function repairRoundedPools(): void {
  replace<PoolAttrs>("MaxPool", (stock) => (call) => {
    const { inputs: { x }, attrs, backend } = call;
    const plan = windows2D(x!.shape, attrs);
    if (x!.dtype === "float32" && endsInside(plan, attrs)) return stock(call);
    return forward(x!, plan, backend);
  });
  replace<PoolAttrs>("AvgPool", (stock) => (call) => {
    const { inputs: { x }, attrs, backend } = call;
    const plan = windows2D(x!.shape, attrs);
    if (endsInside(plan, attrs)) return stock(call);
    return averages(x!, plan, backend);
  });
}

/** Whether no window reaches past the padding that XNNPACK is told of. */
function endsInside(
  { input, output, window, stride, before }: Windows,
  { pad }: PoolAttrs,
): boolean {
  if (pad === "same") return true;
  return [1, 2].every((i) => {
    const after = Array.isArray(pad) ? pad[i]![1]! : before[i]!;
    return (output[i]! - 1) * stride[i]! + window[i]! <= before[i]! + input[i]! + after;
  });
}

function averages(x: tf.TensorInfo, plan: Windows, backend: WasmBackend): tf.TensorInfo {
  const { batch, channels, input: [, Y, X], output: [, outY, outX], window, stride, before } = plan;
  const out = backend.makeOutput(plan.shape, "float32");
  const [from, to] = [floats(backend, x), floats(backend, out)];
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outY; oy++) {
      const top = oy * stride[1] - before[1];
      const [y0, y1] = [Math.max(0, top), Math.min(Y, top + window[1])];
      for (let ox = 0; ox < outX; ox++) {
        const left = ox * stride[2] - before[2];
        const [x0, x1] = [Math.max(0, left), Math.min(X, left + window[2])];
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let y = y0; y < y1; y++) {
            for (let i = x0; i < x1; i++) sum += from[((b * Y + y) * X + i) * channels + c]!;
          }
          to[at++] = sum / ((y1 - y0) * (x1 - x0));
        }
      }
    }
  }
  return out;
}
