import * as tf from "../tensor/_tf.ts";
import { ShapeError, sizeOf, type Tensor } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel } from "./_define.ts";
import wgsl from "./column_sums.wgsl" with { type: "text" };

const columnSums = defineKernel<"x", Record<never, never>>({
  name: "ColumnSums",
  inputs: ["x"],
  outputs: ({ x }) => [[x[1]!]],
  host({ x }, [y], _attrs, shapes) {
    const [rows, cols] = shapes.x as [number, number];
    const simd = simdFor(x, y!);
    if (simd) return simd.columnSums(x.byteOffset, y!.byteOffset, rows, cols);
    y!.fill(0);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let c = 0; c < cols; c++, i++) y![c]! += x[i]!;
    }
  },
  gpu({ x }, _attrs, run) {
    const cols = x.shape[1]!;
    return [run({
      name: "columnSums",
      wgsl,
      inputs: ["x"],
      outShape: [cols],
      launch: Math.ceil(cols / 16),
      workgroup: 256,
    }, [x])];
  },
});

for (const backendName of ["cpu", "wasm", "webgpu"]) {
  if (tf.getKernel("Linear", backendName)) continue;
  tf.registerKernel({
    kernelName: "Linear",
    backendName,
    kernelFunc({ inputs: { x, weight, bias }, backend }) {
      const batch = (info: tf.TensorInfo) => ({ ...info, shape: [1, ...info.shape] });
      const y = tf.getKernel("_FusedMatMul", backendName)!.kernelFunc({
        inputs: { a: batch(x!), b: batch(weight!), bias: bias! },
        attrs: { transposeA: false, transposeB: true, activation: "linear" },
        backend,
      }) as tf.TensorInfo;
      return { ...y, shape: y.shape.slice(1) };
    },
  });
}
if (!tf.getGradient("Linear")) {
  tf.registerGradient({
    kernelName: "Linear",
    inputsToSave: ["x", "weight"],
    gradFunc: (dy, [x, weight]) => ({
      x: () => tf.matMul(dy as Tensor, weight!),
      weight: () => tf.matMul(dy as Tensor, x!, true, false),
      bias: () => columnSums({ x: dy as Tensor }, {})[0]!,
    }),
  });
}

/**
 * An affine map of the last axis.
 *
 * `y = x Wᵀ + b`
 *
 * @param x `[..., I]`, float32.
 * @param weight `[O, I]`, float32, as PyTorch stores it.
 * @param bias `[O]`, float32; none adds nothing.
 * @returns `[..., O]`
 * @throws {ShapeError} If the last axis of `x` is not `I`.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [outs, ins] = weight.shape as [number, number];
  if (x.shape.at(-1) !== ins) {
    throw new ShapeError(
      `Cannot apply linear as the last axis of x must be ${ins}: current shape is [${x.shape}]`,
      [...x.shape.slice(0, -1), ins],
      x.shape,
    );
  }
  const lead = x.shape.slice(0, -1);
  const rows = tf.reshape(x, [sizeOf(lead), ins]);
  const y = bias
    ? tf.engine().runKernel("Linear", { x: rows, weight, bias }) as Tensor
    : tf.matMul(rows, weight, false, true);
  return tf.reshape(y, [...lead, outs]);
}
