import * as tf from "../tensor/_tf.ts";
import { ShapeError, sizeOf, type Tensor } from "../tensor/mod.ts";
import type { GPUBackend } from "../tensor/dispatch.ts";
import { multiplyAndSum, wrapKernel } from "../tensor/gpu_product.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel } from "./_define.ts";
import gradWgsl from "./linear_grad.wgsl" with { type: "text" };
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

/** The gradients of weight and bias together: one dispatch instead of two. */
const together = defineKernel<"dy" | "x", Record<never, never>>({
  name: "LinearGrad",
  inputs: ["dy", "x"],
  outputs: ({ dy, x }) => [[dy[1]!, x[1]!], [dy[1]!]],
  host({ dy, x }, [dweight, dbias], _attrs, shapes) {
    const [rows, outs] = shapes.dy as [number, number];
    const ins = shapes.x[1]!;
    dweight!.fill(0);
    dbias!.fill(0);
    for (let row = 0; row < rows; row++) {
      for (let o = 0; o < outs; o++) {
        const d = dy[row * outs + o]!, [from, to] = [row * ins, o * ins];
        dbias![o]! += d;
        for (let i = 0; i < ins; i++) dweight![to + i]! += d * x[from + i]!;
      }
    }
  },
  gpu({ dy, x }, _attrs, run) {
    const [outs, ins] = [dy.shape[1]!, x.shape[1]!];
    return run.all({
      name: "linearGrad",
      wgsl: gradWgsl,
      inputs: ["dy", "x"],
      outShape: [outs, ins],
      further: { dbias: [outs] },
      launch: Math.ceil(outs / 32) * Math.ceil(ins / 32),
    }, [dy, x]);
  },
});

if (tf.getKernel("LinearGrad", "webgpu")) {
  wrapKernel("LinearGrad", (run) => (call) => {
    const { dy, x } = call.inputs as Record<"dy" | "x", tf.TensorInfo>;
    return multiplyAndSum(call.backend as GPUBackend, dy, x) ?? run(call);
  });
}

/** Multiplications up to which a dispatch less is worth more than the best product there is. */
const SMALL = 2 ** 24;

/**
 * The gradients of weight and bias of `y = x Wᵀ + b`.
 *
 * @param dy The gradient of `y`, `[R, O]`.
 * @param x `[R, I]`
 * @returns Functions that give `[O, I]` and `[O]`.
 */
export function parameterGradients(
  dy: Tensor,
  x: Tensor,
): { weight: () => Tensor; bias: () => Tensor } {
  const fused = tf.getBackend() !== "wasm" && dy.size * x.shape[1]! <= SMALL
    ? together({ dy, x }, {})
    : undefined; // the wasm device has BLAS
  return {
    weight: () => fused?.[0] ?? tf.matMul(dy, x, true, false),
    bias: () => fused?.[1] ?? columnSums({ x: dy }, {})[0]!,
  };
}

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
    gradFunc: (dy, [x, weight]) => linearGradients(dy as Tensor, x!, weight!),
  });
}

/** The gradients of `x Wᵀ + b`, given that of the result. */
export function linearGradients(
  dy: Tensor,
  x: Tensor,
  weight: Tensor,
): Record<"x" | "weight" | "bias", () => Tensor> {
  return { x: () => tf.matMul(dy, weight), ...parameterGradients(dy, x) };
}

/** The rows of what an affine map is applied to, `[R, I]`. @throws {ShapeError} If they are not as long as the weight's. */
export function rowsFor(x: Tensor, weight: Tensor): Tensor {
  const ins = weight.shape[1]!;
  const lead = x.shape.slice(0, -1);
  if (x.shape.at(-1) === ins) return tf.reshape(x, [sizeOf(lead), ins]);
  throw new ShapeError(
    `Cannot apply linear as the last axis of x must be ${ins}: current shape is [${x.shape}]`,
    [...lead, ins],
    x.shape,
  );
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
  const rows = rowsFor(x, weight);
  const y = bias
    ? tf.engine().runKernel("Linear", { x: rows, weight, bias }) as Tensor
    : tf.matMul(rows, weight, false, true);
  return tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[0]!]);
}
