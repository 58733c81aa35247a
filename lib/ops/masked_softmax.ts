import * as tf from "../tensor/_tf.ts";
import { matricesOf, type Shape, ShapeError, type Tensor } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel, type GpuProgram, seenAs } from "./_define.ts";
import { exp } from "./exp.ts";
import wgsl from "./masked_softmax.wgsl" with { type: "text" };

/** How {@link maskedSoftmax} is computed. */
export interface MaskedSoftmaxOptions {
  /** What the scores are multiplied by first. @default {1} */
  scale?: number;
  /** Whether row `t` of `T` sees only the columns `s ≤ t + S − T`. @default {false} */
  causal?: boolean;
}

type Attrs = Required<MaskedSoftmaxOptions>;

/** How many columns a row sees. */
function seen(row: number, height: number, cols: number, causal: boolean): number {
  return causal ? Math.max(0, Math.min(cols, row % height + 1 + cols - height)) : cols;
}

function program(gradient: boolean, shape: Shape, { scale, causal }: Attrs): GpuProgram {
  return {
    name: "maskedSoftmax",
    wgsl,
    inputs: ["x", "dy"],
    outShape: shape,
    launch: shape[0]! * shape[1]!,
    workgroup: 32,
    uniforms: [{ name: "scale", type: "f32", value: scale }],
    constants: { CAUSAL: Number(causal), GRADIENT: Number(gradient) },
  };
}

const derivative = defineKernel<"y" | "dy", Attrs>({
  name: "MaskedSoftmaxGrad",
  inputs: ["y", "dy"],
  outputs: ({ y }) => [y],
  host({ y, dy }, [dx], { scale, causal }, shapes) {
    const [count, height, cols] = matricesOf(shapes.y);
    const simd = simdFor(y, dy, dx!);
    if (simd) {
      const places = [y.byteOffset, dy.byteOffset, dx!.byteOffset] as const;
      simd.maskedSoftmaxGrad(...places, count * height, height, cols, scale, causal);
      return;
    }
    for (let row = 0; row < count * height; row++) {
      const start = row * cols, end = start + seen(row, height, cols, causal);
      let dot = 0;
      for (let i = start; i < end; i++) dot += y[i]! * dy[i]!;
      for (let i = start; i < end; i++) dx![i] = scale * y[i]! * (dy[i]! - dot);
      dx!.fill(0, end, start + cols);
    }
  },
  gpu({ y, dy }, attrs, run) {
    const shape = matricesOf(y.shape);
    const dx = run(program(true, shape, attrs), [seenAs(y, shape), seenAs(dy, shape)]);
    return [seenAs(dx, y.shape)];
  },
});

const kernel = defineKernel<"x", Attrs>({
  name: "MaskedSoftmax",
  inputs: ["x"],
  outputs: ({ x }) => [x],
  host({ x }, [y], { scale, causal }, shapes) {
    const [count, height, cols] = matricesOf(shapes.x);
    const simd = simdFor(x, y!);
    if (simd) {
      const places = [x.byteOffset, y!.byteOffset] as const;
      simd.maskedSoftmax(...places, count * height, height, cols, scale, causal);
      return;
    }
    for (let row = 0; row < count * height; row++) {
      const start = row * cols, end = start + seen(row, height, cols, causal);
      let top = -Infinity;
      for (let i = start; i < end; i++) {
        const v = scale * x[i]!;
        if (!(v <= top)) top = v; // NaN gets through
      }
      let sum = 0;
      for (let i = start; i < end; i++) {
        const e = top === -Infinity ? 0 : exp(scale * x[i]! - top);
        y![i] = e;
        sum += e;
      }
      const norm = sum === 0 ? 0 : 1 / sum; // a row that sees nothing gives 0, not NaN
      for (let i = start; i < end; i++) y![i]! *= norm;
      y!.fill(0, end, start + cols);
    }
  },
  gpu({ x }, attrs, run) {
    const shape = matricesOf(x.shape);
    const scores = seenAs(x, shape);
    return [seenAs(run(program(false, shape, attrs), [scores, scores]), x.shape)];
  },
  saves: { inputs: [], output: true },
  gradient: (dy, _inputs, attrs, y) => ({ x: () => derivative({ y, dy }, attrs)[0]! }),
});

/**
 * Softmax of scaled attention scores along the last axis, optionally causal.
 *
 * A row that sees nothing, or only −∞, gives zeros.
 *
 * @param x Scores, `[..., T, S]`, float32.
 * @returns Weights, the same shape; each row sums to 1.
 * @throws {ShapeError} If `x` has fewer than two axes.
 */
export function maskedSoftmax(
  x: Tensor,
  { scale = 1, causal = false }: MaskedSoftmaxOptions = {},
): Tensor {
  if (x.rank < 2) {
    throw new ShapeError(
      `Cannot apply maskedSoftmax as x must have at least 2 axes: current shape is [${x.shape}]`,
      [-1, -1],
      x.shape,
    );
  }
  return kernel({ x }, { scale, causal })[0]!;
}

/** The gradient of {@link maskedSoftmax} with respect to its scores, from what it gave. */
export function maskedSoftmaxGradient(
  y: Tensor,
  dy: Tensor,
  { scale = 1, causal = false }: MaskedSoftmaxOptions,
): Tensor {
  return derivative({ y, dy }, { scale, causal })[0]!;
}

/** {@link maskedSoftmax} in TensorFlow.js's own operations: the definition that tests compare with. */
export function maskedSoftmaxReference(x: Tensor, { scale, causal }: Attrs): Tensor {
  const scores = tf.mul(x, scale);
  if (!causal) return tf.softmax(scores);
  const [T, S] = x.shape.slice(-2) as [number, number];
  const mask = tf.greater(
    tf.reshape(tf.range(0, S), [1, S]),
    tf.reshape(tf.range(S - T, S), [T, 1]),
  );
  return tf.softmax(tf.add(scores, tf.mul(tf.cast(mask, "float32"), -1e9)));
}
